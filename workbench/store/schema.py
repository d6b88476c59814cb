"""Brings a database to the newest schema: creates the tables of a new one, migrates an older one.
Knows nothing about pragmas or sessions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, Dialect, inspect, text
from sqlalchemy import Table as SQLTable
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import ExecutableDDLElement
from sqlmodel import Session

from workbench.errors import StoreError
from workbench.store.tables import Table

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "a41d8be07c52"
"""The newest migration."""
MOVING = "moving"
"""Stands instead of a migration while a store is moved into the database: it is not whole yet."""
CACHES = frozenset({"shared_vector", "corpus_copy", "corpus_file"})
"""Tables of what homes keep, too, or can make again. They are neither moved nor backed up."""
FIRST_ON_POSTGRESQL = "306c5819c50d"
"""No PostgreSQL database was ever older: migrations up to it are SQLite's alone, later ones run on both."""

_CREATING: dict[str, list[str]] = {}
"""By the name of the database's dialect, what `_creating` returns."""

Write = Callable[[], AbstractContextManager[Session]]


def bring_up_to_date(address: str, write: Write) -> None:
    """Create or migrate the tables of a database.

    address: where it is, for messages.
    write: opens a transaction that takes the lock first, so that of two programs that start at once only one
        does it.

    Raises StoreError for the database of a newer version or of another program, which stays as it is.
    """
    with write() as session:
        connection = session.connection()
        tables = inspect(connection).get_table_names()
        if not tables:
            make_tables(connection)
            return
        if "alembic_version" in tables and schema_of(connection) == HEAD:
            return
    _migrate(address, write)


def all_tables() -> list[SQLTable]:
    """All tables, those that others refer to first."""
    _load_tables()
    return list(Table.metadata.sorted_tables)


def _load_tables() -> None:
    import workbench.store.learning.tables  # noqa: F401
    import workbench.store.serving.tables  # noqa: F401  late: pages open stores that are there already
    import workbench.store.sharing.tables  # noqa: F401


def make_tables(connection: Connection) -> None:
    """Create the tables of a new database.

    The migrations would create the same ones (tests compare them) but take ten times as long: Alembic is slow
    to import.
    """
    for statement in _creating(connection.dialect):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _creating(dialect: Dialect) -> list[str]:
    """The statements that create all tables and indexes. Compiling them takes four times as long as running
    them, so a process that makes several stores does it once."""
    if dialect.name not in _CREATING:
        _load_tables()
        statements: list[str] = []

        def keep(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
            statements.append(str(statement.compile(dialect=dialect)))

        Table.metadata.create_all(MockConnection(dialect, keep), checkfirst=False)
        _CREATING[dialect.name] = statements
    return _CREATING[dialect.name]


def schema_of(connection: Connection) -> str | None:
    """The migration that a database is at; None where none is recorded."""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _migrate(address: str, write: Write) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    with write() as session:
        connection = session.connection()
        if not inspect(connection).has_table("alembic_version"):
            raise StoreError(
                f"{address} is the database of another program.",
                hint="Name another folder in WORKBENCH_HOME. Nothing was changed.",
            )
        current = schema_of(connection)
        if current == MOVING:
            raise StoreError(
                f"The move of a store into {address} is not finished.",
                hint="Move it again, with the settings of the old store.",
                remedy=("move_store",),
            )
        if current is not None and current not in revisions:
            raise StoreError(
                f"{address} was made by a newer version of the workbench (its schema is {current!r}).",
                hint="Update the workbench, or name another folder in WORKBENCH_HOME. Nothing was changed.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
