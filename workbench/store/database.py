"""Opens the database: pragmas, sessions for writing and for reading.
Knows nothing about any table."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from workbench.errors import InputError, StoreError
from workbench.files.private import make_private_file, make_private_folder, tighten
from workbench.input.plain_data import shown
from workbench.store.database_errors import BUSY_MILLISECONDS
from workbench.store.database_errors import explain_database_error as explain_database_error
from workbench.store.schema import bring_up_to_date

# Page cache of each connection. A pool holds several, and all of them fill up in a long run; pages
# beyond that are in the system's file cache.
WRITER_CACHE_KILOBYTES = 16_000
READER_CACHE_KILOBYTES = 4_000


def _pragmas(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin explicitly, see _make_engine
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _make_engine(path: Path, begin: str, cache_kilobytes: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=12,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _pragmas)
    size = f"PRAGMA cache_size=-{cache_kilobytes}"  # below zero: kilobytes, not pages
    event.listen(engine, "connect", lambda connection, _: connection.execute(size))
    # Reading then writing in a deferred transaction loses updates; IMMEDIATE takes the lock first.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@dataclass(frozen=True)
class Store:
    """The open database. Sessions are short: never hold one across a model call."""

    path: Path
    """The SQLite file."""
    writer: Engine
    """Its transactions begin IMMEDIATE: they take the write lock first."""
    reader: Engine
    """Its transactions are deferred."""

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that commits at the end of the block, or rolls back on any error."""
        with self._session(self.writer) as session:
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a consistent view. Rows must be copied to plain data before the block ends."""
        with self._session(self.reader) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session:
                yield session
        except UnicodeEncodeError as error:
            raise InputError(
                f"{shown(error.object)} is not text: it holds half a character (a lone surrogate)."
            ) from None
        except (OperationalError, DatabaseError) as error:
            if isinstance(error, DBAPIError) and type(error).__name__ == "IntegrityError":
                raise
            raise explain_database_error(error, self.path) from error

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """Pickle the path alone: a connection must not cross into another process."""
        return open_store, (self.path,)

    def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def open_store(path: Path | str) -> Store:
    """Open the database at `path`, creating or migrating it. There is one Store per path and process.

    Raises StoreError for a newer version's database, a full disk or a folder that cannot be written.
    """
    return _open(Path(path).expanduser().resolve(), os.getpid())


@lru_cache(maxsize=8)
def _open(path: Path, _pid: int) -> Store:
    try:
        make_private_folder(path.parent)
    except OSError as error:
        raise StoreError(f"The folder {path.parent} cannot be created: {error.strerror}.") from None
    with suppress(OSError):  # SQLite says what is wrong with a file that cannot be written
        make_private_file(path)  # SQLite gives its -wal and -shm the same permissions
    tighten(*(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm", "-journal")))
    writer = _make_engine(path, "BEGIN IMMEDIATE", WRITER_CACHE_KILOBYTES)
    try:
        bring_up_to_date(path, writer)
    except (OperationalError, DatabaseError) as error:
        writer.dispose()
        raise explain_database_error(error, path) from error
    except StoreError:
        writer.dispose()
        raise
    return Store(path, writer, _make_engine(path, "BEGIN", READER_CACHE_KILOBYTES))
