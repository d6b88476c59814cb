"""Opens the store, in a SQLite file or a PostgreSQL database: sessions for writing and for reading.
Knows nothing about any table, nor about what differs between the two (dialects/)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlmodel import Session

from workbench.errors import InputError, StoreError, StoreUnavailable
from workbench.input.plain_data import shown
from workbench.settings import Settings
from workbench.store import clock
from workbench.store.dialects.database import Database
from workbench.store.dialects.postgresql import PostgreSQL, is_postgresql
from workbench.store.dialects.sqlite import SQLiteFile
from workbench.store.schema import bring_up_to_date

Result = TypeVar("Result")

TRY_AGAIN_SECONDS = 60.0
"""How long `Store.transact` runs an undone transaction again."""


@dataclass(frozen=True)
class Store:
    """The open database. Sessions are short: never hold one across a model call."""

    database: Database
    """Where it is."""
    writer: Engine = field(repr=False)
    """Its transactions take the lock before they read."""
    reader: Engine = field(repr=False)
    """Its transactions only read, and see the store as it was when they began."""

    @property
    def address(self) -> str:
        """Where it is, for people to read: a path, or a URL without its password."""
        return self.database.address

    @property
    def path(self) -> Path:
        """The SQLite file. Raises InputError where the store is a PostgreSQL database, which has none."""
        if isinstance(self.database, SQLiteFile):
            return self.database.path
        raise InputError(f"The store is {self.address}, not a file.")

    @property
    def is_shared(self) -> bool:
        """Whether several machines can use it: a PostgreSQL database."""
        return isinstance(self.database, PostgreSQL)

    @contextmanager
    def write(self, *, shared: bool = False) -> Iterator[Session]:
        """Open a transaction that commits at the end of the block, or rolls back on any error.

        shared: others that are shared may write at the same time (in SQLite none does). Only for transactions
            that change rows by what a statement itself finds, or rows that they locked first, and that insert
            through `insert_new` and `put`.

        Raises StoreUnavailable when the connection broke in the block: nothing of it is stored.
        """
        with self._session(self.writer) as session:
            self.database.begin(session, shared=shared)
            yield session
            self.database.commit(session)

    def transact(self, work: Callable[[Session], Result], *, shared: bool = False) -> Result:
        """Run `work` in a transaction, and again when the database undid it or could not be reached.

        work: changes nothing but the session; it may run several times.
        shared: as in `write`.

        Raises StoreUnavailable when it is still undone after a minute.
        """
        return _until_done(lambda: self.write(shared=shared), work)

    def query(self, work: Callable[[Session], Result]) -> Result:
        """Read with `work` in a consistent view, and again when the connection broke: for what a run looks at
        again and again, which need not pause when its server is restarted.

        work: as in `transact`; returns plain data.

        Raises StoreUnavailable when it still breaks after a minute.
        """
        return _until_done(self.read, work)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a consistent view. Rows must be copied to plain data before the block ends."""
        with self._session(self.reader) as session:
            self.database.begin_reading(session)
            yield session

    def now(self, session: Session) -> float:
        """Unix seconds by the clock that all users of the store share: the database's."""
        return self.database.now(session)

    def free_space(self) -> int:
        """Give unused space back to the disk; returns how many bytes.

        Nobody can write in the meantime: not while an experiment is under way. Raises StoreError.
        """
        return self.database.free_space()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False, info={clock.DATABASE: self.database}) as session:
                yield session
        except UnicodeEncodeError as error:
            raise InputError(
                f"{shown(error.object)} is not text: it contains half a character (a lone surrogate)."
            ) from None
        except (OperationalError, DatabaseError) as error:
            if isinstance(error, DBAPIError) and type(error).__name__ == "IntegrityError":
                raise
            raise self.database.explain(error) from error

    def __reduce__(self) -> tuple[object, tuple[Path | str]]:
        """Pickle the address alone: a connection must not cross into another process."""
        return open_store, (self.database.url if isinstance(self.database, PostgreSQL) else self.path,)

    def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def _until_done(
    open_session: Callable[[], AbstractContextManager[Session]], work: Callable[[Session], Result]
) -> Result:
    until = time.monotonic() + TRY_AGAIN_SECONDS
    while True:
        try:
            with open_session() as session:
                return work(session)
        except StoreUnavailable:
            if time.monotonic() > until:
                raise


def open_home_store(settings: Settings) -> Store:
    """Open the store of these settings: the shared database that they name, else the home's file."""
    return open_store(settings.database_url or settings.database)


def find_home_store(settings: Settings) -> Store | None:
    """The store of these settings; None where it is a file that nothing has been stored in yet."""
    if settings.database_url is None and not settings.database.exists():
        return None
    return open_home_store(settings)


def open_store(address: Path | str) -> Store:
    """Open the database at a path or a postgresql:// URL, creating or migrating its tables. There is one
    Store per address and process.

    Raises StoreError for a newer version's database, a full disk, a folder that cannot be written, and a
    server that cannot be reached or refuses the connection; MissingPackage without psycopg.
    """
    return _open(_database_at(address), os.getpid())


def open_unchecked(address: Path | str) -> Store:
    """Open a database as it is: its tables may be older, newer, half filled or none. The caller disposes of
    it.

    Raises as `open_store`, but for the version.
    """
    database = _database_at(address)
    return Store(database, *database.make_engines())


def _database_at(address: Path | str) -> PostgreSQL | SQLiteFile:
    if is_postgresql(address):
        return PostgreSQL(str(address))
    return SQLiteFile(Path(address).expanduser().resolve())


@lru_cache(maxsize=8)
def _open(database: Database, _pid: int) -> Store:
    store = Store(database, *database.make_engines())
    try:
        bring_up_to_date(store.address, store.write)
    except StoreError:
        store.dispose()
        raise
    return store
