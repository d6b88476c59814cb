"""Makes a consistent copy of the database while others write to it.
Knows nothing about what the tables mean. Indexes and caches, which can be rebuilt, are not copied."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError, StoreError
from workbench.files.writing import already_there, check_destination, move_into_place
from workbench.store.database import Store, open_store
from workbench.store.dialects.sqlite_errors import BUSY_MILLISECONDS, explain_database_error
from workbench.store.moving.table_copy import fill_table
from workbench.store.schema import CACHES, all_tables

# Errors about writing the copy; the database itself is only read.
NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE")
COUNTED = ("experiment", "answer", "call", "rating", "served_request")


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    file: Path
    bytes: int
    """The size of the file."""
    rows: dict[str, int]
    """Table → number of rows in the copy, for the tables in COUNTED."""


def back_up(database: Path | str, file: Path, *, force: bool = False) -> Backup:
    """Copy the database, as it is at one moment, to `file`. The copy is checked, then moved into place.

    Of a PostgreSQL database, too, the copy is a SQLite file: it opens as the store of any home, needs no
    program of PostgreSQL's version, and goes back with `move-store`.

    database: the file, or the address of a PostgreSQL database.

    Raises InputError when `file` exists already (unless `force`), its folder does not exist, or there is no
    database. Raises StoreError when the disk is full or the copy is damaged. After an error `file` is
    unchanged.
    """
    source = None if isinstance(database, Path) else open_store(database)
    database = database if isinstance(database, Path) else Path()
    target = _check(database if source is None else None, file, force=force)
    scratch = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if source is None:
            _copy(database, scratch)
        else:
            _copy_rows(source, scratch)
        rows = _check_whole(scratch)
        with scratch.open("rb") as copied:
            os.fsync(copied.fileno())
        size = scratch.stat().st_size
        move_into_place(scratch, target, overwrite=force)
    except FileExistsError:
        raise already_there(file) from None
    except sqlite3.Error as error:
        if error.sqlite_errorname in NO_ROOM:
            hint = "Free some space there, or name a file on another disk."
            raise StoreError(f"{file} cannot be written: {error}.", hint=hint) from error
        raise explain_database_error(error, database) from error
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{scratch}{suffix}").unlink(missing_ok=True)
    return Backup(target, size, rows)


def _check(database: Path | None, file: Path, *, force: bool) -> Path:
    """The file to write, which is another one than `file` where that is a link. Raises InputError."""
    if database is not None and not database.exists():
        raise InputError(f"There is no database at {database} yet, so nothing to back up.")
    target = check_destination(file, overwrite=True)
    if database is not None and target in {
        Path(f"{database.resolve()}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")
    }:
        raise InputError(f"{file} is the database itself.")
    check_destination(file, overwrite=force)
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent}.")
    return target


def _copy(database: Path, scratch: Path) -> None:
    """Copy in one read transaction, which in WAL mode neither waits for writers nor blocks them."""
    scratch.touch(mode=0o600)  # only the owner may read the questions and answers in it
    with closing(sqlite3.connect(database, isolation_level=None)) as source:
        source.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        source.execute("VACUUM INTO ?", (str(scratch),))


def _copy_rows(source: Store, scratch: Path) -> None:
    """Copy all rows but caches, as they are at one moment, into a file without a journal beside it."""
    scratch.touch(mode=0o600)
    copied = open_store(scratch)
    try:
        with source.read() as reading, copied.write() as writing:
            for table in all_tables():
                if table.name not in CACHES:
                    fill_table(reading, writing, table)
    finally:
        copied.dispose()
    with closing(sqlite3.connect(scratch, isolation_level=None)) as whole:
        whole.execute("PRAGMA journal_mode=DELETE")


def _check_whole(scratch: Path) -> dict[str, int]:
    """Count the rows of the tables in COUNTED. Raises StoreError when SQLite finds the copy damaged."""
    with closing(sqlite3.connect(scratch)) as copied:
        findings = [text for (text,) in copied.execute("PRAGMA integrity_check(3)")]
        if findings != ["ok"]:
            raise StoreError(
                f"The copy is damaged ({'; '.join(findings)}), so the database may be.",
                hint="Keep your earlier backups, and check the database before you go on.",
            )
        return {name: int(copied.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in COUNTED}
