"""The store that another one is moved into: empty, or half filled by a move that was interrupted.
Knows nothing about copying. Until the move is finished nobody can open it as a store (schema.py)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text
from sqlmodel import Session, func, select

from workbench.errors import InputError, StoreError
from workbench.store.database import Store, open_unchecked
from workbench.store.dialects.postgresql import is_postgresql
from workbench.store.schema import HEAD, MOVING, all_tables, make_tables, schema_of
from workbench.store.sharing.tables import StoreNameRow

EMPTY_HINT = "Name an empty database, or a file that does not exist yet. Nothing was changed."


def open_target(address: Path | str, name: str) -> Store:
    """Open the database that the store of this name is moved into, make its tables, mark it as unfinished.

    Raises InputError when it holds anything else or is no address, StoreError for the database of another
    version or program, and where it cannot be opened; MissingPackage without psycopg.
    """
    if "://" in str(address) and not is_postgresql(address):
        raise InputError(
            "The new store's address is neither that of a PostgreSQL database nor a path.",
            hint="Write it like postgresql://user@host:5432/database.",
        )
    store = open_unchecked(address)
    try:
        with store.write() as session:
            _prepare(session, store.address, name)
    except BaseException:
        store.dispose()
        raise
    return store


def _prepare(session: Session, address: str, name: str) -> None:
    connection = session.connection()
    tables = inspect(connection).get_table_names()
    if not tables:
        make_tables(connection)
    elif "alembic_version" not in tables:
        raise StoreError(f"{address} is the database of another program.", hint=EMPTY_HINT)
    schema, row = schema_of(connection), session.get(StoreNameRow, 1) if "store_name" in tables else None
    if schema == MOVING:
        if row is None or row.name != name:
            raise InputError(f"{address} contains a part of another home's data.", hint=EMPTY_HINT)
        return
    if schema != HEAD:
        raise StoreError(
            f"{address} was made by another version of the workbench (its schema is {schema!r}).",
            hint=EMPTY_HINT,
        )
    if row is not None and row.name == name:
        raise InputError(
            f"{address} already contains this store's data.",
            hint="It was moved there before. To move it again, name an empty database. Nothing was changed.",
        )
    filled = [table for table in all_tables() if _has_rows(session, table)]
    if filled:
        names = ", ".join(table.name for table in filled[:5])
        raise InputError(f"{address} contains another home's data ({names}).", hint=EMPTY_HINT)
    session.add(StoreNameRow(name=name))
    _set_schema(session, MOVING)


def _has_rows(session: Session, table: object) -> bool:
    return bool(session.execute(select(func.count()).select_from(table)).scalar())  # type: ignore[arg-type]


def finish_target(session: Session) -> None:
    """Let it be opened as a store from now on."""
    _set_schema(session, HEAD)


def _set_schema(session: Session, schema: str) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})
