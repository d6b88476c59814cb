"""A store in a PostgreSQL database that several machines share: connections, locks, commits that are certain.
Knows nothing about any table. Needs psycopg, which is imported when a store is opened here."""

from __future__ import annotations

import getpass
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import URL, Engine, Integer, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from workbench.errors import InputError, MissingPackage, StoreError
from workbench.replies.untrusted import storable_json
from workbench.settings import DATABASES
from workbench.store.dialects.change_watch import ChangeWatch
from workbench.store.dialects.postgresql_errors import SETTING, explain_postgresql_error, is_cut

Result = TypeVar("Result")

OLDEST = 13
"""The oldest version of PostgreSQL that tells whether a transaction was committed (pg_xact_status)."""
RECONNECT_SECONDS = 30.0
"""How long a connection that broke is tried again; a restarted server is back within seconds."""
PAUSE_SECONDS = 0.25
LOCK = 0x52414757
"""The key of the advisory lock that every transaction that writes takes."""
LOCK_SECONDS = 60
"""How long a transaction waits for the lock."""
IDLE_SECONDS = 20
"""After so long without a word inside a transaction the server ends it: who is gone holds no lock, and others
have it long before they give up."""
CONNECT_SECONDS = 10

_TAKE = {
    shared: text(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}({LOCK})")
    for shared in (False, True)
}
_NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS FLOAT)")
_TRANSACTION = text("SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT)")
# Which transactions have ended: every commit that changed something alters it.
_SNAPSHOT = "SELECT CAST(pg_current_snapshot() AS TEXT)"
_STATUS = text("SELECT pg_xact_status(CAST(CAST(:id AS TEXT) AS xid8))")


def is_postgresql(address: object) -> bool:
    """Whether this is the address of a PostgreSQL database, and not a path."""
    if not isinstance(address, str):
        return False
    scheme, mark, _ = address.partition("://")
    return bool(mark) and scheme.lower() in DATABASES


@dataclass(frozen=True)
class PostgreSQL:
    """A `Database` on a server. Its clock is everybody's clock.

    A transaction that writes takes one advisory lock: alone, or shared with others that lock their own rows.
    """

    url: str = field(repr=False)
    """The address, with the password if there is one."""

    @property
    def address(self) -> str:
        return self._parsed.set(drivername="postgresql").render_as_string(hide_password=True)

    @property
    def _parsed(self) -> URL:
        try:
            return make_url(self.url).set(drivername="postgresql+psycopg")
        except Exception:
            raise InputError(
                f"{SETTING} is not the address of a database.",
                hint="It must be like postgresql://user:password@host:5432/database.",
            ) from None

    def make_engines(self) -> tuple[Engine, Engine]:
        try:
            import psycopg
        except ImportError as error:
            raise MissingPackage(
                f"{SETTING} names a PostgreSQL database, which needs the package psycopg ({error}).",
                hint='Install it with `pip install "psycopg[binary]"`, or the extra `cluster`.',
            ) from None
        writer, reader = self._make_engine(), self._make_engine()

        def read_only(connection: Any, _: object) -> None:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            # Values stand in the query: with variables, equal expressions of SELECT and GROUP BY have one
            # each, and PostgreSQL takes them for different ones.
            connection.cursor_factory = psycopg.ClientCursor

        event.listen(reader, "connect", read_only)
        self._check_version(writer)
        return writer, reader

    def _make_engine(self) -> Engine:
        keepalive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
        arguments = {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": _own_name(),
            "options": f"-c lock_timeout={LOCK_SECONDS}s -c client_min_messages=warning"
            f" -c idle_in_transaction_session_timeout={IDLE_SECONDS}s",
            **keepalive,
        }
        given = self._parsed.query
        engine = create_engine(
            self._parsed,
            pool_size=4,
            max_overflow=12,
            pool_pre_ping=True,
            json_serializer=storable_json,
            connect_args={name: value for name, value in arguments.items() if name not in given},
            hide_parameters=True,
        )
        from workbench.store.dialects.postgresql_types import LargeInteger, TablesDDL

        engine.dialect.ddl_compiler = TablesDDL
        engine.dialect.colspecs = {**engine.dialect.colspecs, Integer: LargeInteger}
        event.listen(engine, "connect", _adapt)
        return engine

    def _check_version(self, engine: Engine) -> None:
        try:
            with engine.connect() as connection:
                number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
                encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        except DBAPIError as error:
            engine.dispose()
            raise self.explain(error) from None
        if number < OLDEST * 10_000:
            engine.dispose()
            raise StoreError(
                f"The server of {self.address} is PostgreSQL {number // 10_000}.",
                hint=f"The store needs PostgreSQL {OLDEST} or newer.",
            )
        if encoding != "UTF8":
            engine.dispose()
            raise StoreError(
                f"{self.address} stores its texts as {encoding}, which cannot hold every character.",
                hint="Create the database with `createdb --encoding=UTF8 --template=template0`.",
            )

    def begin(self, session: Session, *, shared: bool) -> None:
        self._until_reached(session, lambda: session.execute(_TAKE[shared]))

    def begin_reading(self, session: Session) -> None:
        self._until_reached(session, session.connection)

    def _until_reached(self, session: Session, first: Callable[[], object]) -> None:
        """Do what a transaction begins with, again and again while the server cannot be reached."""
        until = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                first()
                return
            except DBAPIError as error:
                session.rollback()
                if not is_cut(error) or time.monotonic() > until:
                    raise
            time.sleep(PAUSE_SECONDS)

    def commit(self, session: Session) -> None:
        session.flush()
        transaction = session.execute(_TRANSACTION).scalar()
        engine = session.get_bind().engine
        try:
            session.commit()
        except DBAPIError as error:
            if transaction is None or not is_cut(error) or not self._was_committed(engine, transaction):
                raise

    def _was_committed(self, engine: Engine, transaction: str) -> bool:
        """Whether a transaction is stored whose connection broke during the commit.

        Raises StoreError when the server does not say so in time.
        """
        until = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                with engine.connect() as connection:
                    status = connection.execute(_STATUS, {"id": transaction}).scalar()
                if status != "in progress":
                    return bool(status == "committed")
            except DBAPIError:
                pass  # whatever is wrong: the change must not be made again before this is known
            if time.monotonic() > until:
                raise StoreError(  # not StoreUnavailable, which says that nothing is stored
                    f"{self.address} could not be asked whether the last change was stored.",
                    hint="Check that the server runs. A run that is resumed looks at what is stored.",
                )
            time.sleep(PAUSE_SECONDS)

    def watch_changes(self) -> ChangeWatch:
        def connect() -> Any:
            engine = self._make_engine()
            pooled = engine.raw_connection()
            connection: Any = pooled.driver_connection
            pooled.detach()
            engine.dispose()
            connection.autocommit = True
            return connection

        return ChangeWatch(connect, _SNAPSHOT)

    def now(self, session: Session) -> float:
        return float(session.execute(_NOW).scalar_one())

    def explain(self, error: Exception) -> StoreError:
        return explain_postgresql_error(error, self.address)

    def size_bytes(self) -> int:
        return int(self._ask("SELECT pg_database_size(current_database())"))

    def find_damage(self) -> list[str]:
        """None: PostgreSQL checks its pages as it reads them, and its keys as it writes."""
        return []

    def gather_statistics(self) -> None:
        self._ask("VACUUM (ANALYZE)")

    def free_space(self) -> int:
        before = self.size_bytes()
        self.gather_statistics()
        return max(0, before - self.size_bytes())

    def _ask(self, statement: str) -> Any:
        """Carry out one statement by itself, on a connection of its own."""
        engine = self._make_engine()
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                result = connection.exec_driver_sql(statement)
                return result.scalar_one() if result.returns_rows else None
        except DBAPIError as error:
            raise self.explain(error) from None
        finally:
            engine.dispose()


def _own_name() -> str:
    """Who this is, as the server lists its connections."""
    with suppress(OSError, KeyError):  # a container's user may have no name
        return f"workbench of {getpass.getuser()}@{socket.gethostname()}"[:63]
    return "workbench"


def _adapt(connection: Any, _: object) -> None:
    """Have psycopg send texts without NUL, and give sums of whole numbers as int."""
    from psycopg.adapt import Loader
    from psycopg.types.string import StrDumper

    class Text(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)

    class Number(Loader):
        def load(self, data: Any) -> int | float:
            number = bytes(data)
            return float(number) if b"." in number or not number.lstrip(b"-").isdigit() else int(number)

    connection.adapters.register_dumper(str, Text)
    connection.adapters.register_loader("numeric", Number)
