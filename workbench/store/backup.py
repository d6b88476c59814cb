"""Makes a consistent copy of the database while others write to it.
Knows nothing about what the tables mean. Indexes and caches, which can be rebuilt, are not copied."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError, StoreError
from workbench.store.database import BUSY_MILLISECONDS, explain_database_error

# Errors about writing the copy; the database itself is only read.
NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE")
COUNTED = ("experiment", "answer", "call", "rating")


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    file: Path
    bytes: int
    """The size of the file."""
    rows: dict[str, int]
    """Table → number of rows in the copy, for the tables in COUNTED."""


def back_up(database: Path, file: Path, *, force: bool = False) -> Backup:
    """Copy the database, as it is at one moment, to `file`. The copy is checked, then moved into place.

    Raises InputError when `file` exists already (unless `force`), its folder does not exist, or there is no
    database. Raises StoreError when the disk is full or the copy is damaged. After an error `file` is
    unchanged.
    """
    file = file.expanduser().absolute()
    _check(database, file, force=force)
    scratch = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        _copy(database, scratch)
        rows = _check_whole(scratch)
        with scratch.open("rb") as copied:
            os.fsync(copied.fileno())
        size = scratch.stat().st_size
        scratch.replace(file)
        _sync_folder(file.parent)
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
    return Backup(file, size, rows)


def _check(database: Path, file: Path, *, force: bool) -> None:
    if not database.exists():
        raise InputError(f"There is no database at {database} yet, so nothing to back up.")
    if file.is_dir():
        raise InputError(f"{file} is a folder.", hint=f"Name a file, such as {file / 'workbench-backup.db'}.")
    if not file.parent.is_dir():
        raise InputError(f"There is no folder {file.parent}.")
    database_files = {Path(f"{database.resolve()}{suffix}") for suffix in ("", "-wal", "-shm")}
    if file.resolve() in database_files:
        raise InputError(f"{file} is the database itself.")
    if file.exists() and not force:
        raise InputError(f"{file} is there already.", hint="Name another file, or give --force.")


def _copy(database: Path, scratch: Path) -> None:
    """Copy in one read transaction, which in WAL mode neither waits for writers nor blocks them."""
    scratch.touch(mode=0o600)  # only the owner may read the questions and answers in it
    with closing(sqlite3.connect(database, isolation_level=None)) as source:
        source.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        source.execute("VACUUM INTO ?", (str(scratch),))


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


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the operating system can do so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
