"""A store in a SQLite file on this machine: pragmas, transactions, its clock and its space.
Knows nothing about any table."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from workbench.errors import StoreError
from workbench.files.private import make_private_file, make_private_folder, tighten
from workbench.store import clock
from workbench.store.dialects.change_watch import ChangeWatch
from workbench.store.dialects.sqlite_errors import BUSY_MILLISECONDS, explain_database_error
from workbench.store.dialects.sqlite_integrity import find_damage

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
class SQLiteFile:
    """A `Database` in one file. One transaction writes at a time."""

    path: Path

    @property
    def address(self) -> str:
        return str(self.path)

    def make_engines(self) -> tuple[Engine, Engine]:
        path = self.path
        try:
            make_private_folder(path.parent)
        except OSError as error:
            raise StoreError(f"The folder {path.parent} cannot be created: {error.strerror}.") from None
        with suppress(OSError):  # SQLite says what is wrong with a file that cannot be written
            make_private_file(path)  # SQLite gives its -wal and -shm the same permissions
        tighten(*(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm", "-journal")))
        writer = _make_engine(path, "BEGIN IMMEDIATE", WRITER_CACHE_KILOBYTES)
        return writer, _make_engine(path, "BEGIN", READER_CACHE_KILOBYTES)

    def begin(self, session: Session, *, shared: bool) -> None:
        """Nothing: the first statement of a transaction of the writer takes the file's lock."""

    def begin_reading(self, session: Session) -> None:
        """Nothing: the first statement opens the view."""

    def commit(self, session: Session) -> None:
        session.commit()

    def watch_changes(self) -> ChangeWatch:
        def connect() -> sqlite3.Connection:
            # It does not wait for a file that somebody holds alone: then the answer is that it may change.
            return sqlite3.connect(self.path, isolation_level=None, timeout=0, check_same_thread=False)

        return ChangeWatch(connect, "PRAGMA data_version")

    def now(self, session: Session) -> float:
        return clock.wall_seconds()

    def explain(self, error: Exception) -> StoreError:
        return explain_database_error(error, self.path)

    def size_bytes(self) -> int:
        files = (Path(f"{self.path}{suffix}") for suffix in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def find_damage(self) -> list[str]:
        return find_damage(self.path)

    def gather_statistics(self) -> None:
        """Nothing: queries are planned, and their plans tested, without statistics."""

    def free_space(self) -> int:
        before = self.size_bytes()
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
                connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise self.explain(error) from error
        return before - self.size_bytes()
