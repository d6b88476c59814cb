"""A consistent copy of the database while others write to it.
Knows nothing about any table. What can be made again (indexes, caches) is not in it."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError, StoreError
from workbench.store.database import BUSY_MILLISECONDS, explain_database_error

# What SQLite says of the copy, not of the database, which is only read.
NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE")
COUNTED = ("experiment", "answer", "call", "rating")


@dataclass(frozen=True)
class Backup:
    """rows: by table, as they are in the copy."""

    file: Path
    bytes: int
    rows: dict[str, int]


def back_up(database: Path, file: Path, *, force: bool = False) -> Backup:
    """Copy the database to `file` as it is at one moment, check the copy, then put it in its place at once.

    Raises InputError for a file that is there already (unless `force`), no folder, or no database; StoreError
    when the disk is full or the copy is not whole. Then `file` is as it was.
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
    own = {Path(f"{database.resolve()}{suffix}") for suffix in ("", "-wal", "-shm")}
    if file.resolve() in own:
        raise InputError(f"{file} is the database itself.")
    if file.exists() and not force:
        raise InputError(f"{file} is there already.", hint="Name another file, or give --force.")


def _copy(database: Path, scratch: Path) -> None:
    """In one read transaction: in WAL mode neither waits for writers nor holds them up."""
    scratch.touch(mode=0o600)  # the questions and answers in it are not everybody's
    with closing(sqlite3.connect(database, isolation_level=None)) as source:
        source.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        source.execute("VACUUM INTO ?", (str(scratch),))


def _check_whole(scratch: Path) -> dict[str, int]:
    """The rows of some tables. Raises StoreError when SQLite finds the copy damaged."""
    with closing(sqlite3.connect(scratch)) as copied:
        found = [text for (text,) in copied.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise StoreError(
                f"The copy is damaged ({'; '.join(found)}), so the database may be.",
                hint="Keep your earlier backups, and check the database before you go on.",
            )
        return {name: int(copied.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in COUNTED}


def _sync_folder(folder: Path) -> None:
    """The new name survives a power cut, too; not every system can say so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
