"""What SQLite's errors mean, told apart: full, locked, read-only, on a network drive, failing, damaged.
Knows nothing about any table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, experiment, tiny  # noqa: F401  (a fixture)
from workbench.errors import StoreError
from workbench.settings import Settings
from workbench.store.database import Store, open_store
from workbench.store.dialects.sqlite_errors import explain_database_error, find_network_drive
from workbench.store.dialects.sqlite_integrity import find_damage

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
server:/export /mnt/team nfs4 rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
/dev/sdb1 /mnt/team/local ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("SQLITE_FULL", "database or disk is full", "is full"),
        ("SQLITE_BUSY", "database is locked", "stayed locked"),
        ("SQLITE_BUSY_SNAPSHOT", "database is locked", "stayed locked"),
        ("SQLITE_LOCKED", "database table is locked", "stayed locked"),
        ("SQLITE_PROTOCOL", "locking protocol", "cannot be locked"),
        ("SQLITE_IOERR_LOCK", "disk I/O error", "cannot be locked"),
        ("SQLITE_IOERR_SHMMAP", "disk I/O error", "cannot be locked"),
        ("SQLITE_READONLY_DIRECTORY", "attempt to write a readonly database", "cannot be written"),
        ("SQLITE_CANTOPEN", "unable to open database file", "cannot be written"),
        ("SQLITE_IOERR_READ", "disk I/O error", "the disk reports an error"),
        ("SQLITE_IOERR_WRITE", "disk I/O error", "the disk reports an error"),
        ("SQLITE_IOERR_SHORT_READ", "disk I/O error", "is damaged"),
        ("SQLITE_CORRUPT", "database disk image is malformed", "is damaged"),
        ("SQLITE_CORRUPT_INDEX", "database disk image is malformed", "is damaged"),
        ("SQLITE_NOTADB", "file is not a database", "is damaged"),
    ],
)
def test_sqlites_codes_are_told_apart(code: str, text: str, words: str) -> None:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = code
    explained = explain_database_error(error, Path("/data/workbench.db"))
    assert words in explained.message and explained.hint
    assert ("Move it away" in str(explained)) == (words == "is damaged")
    assert ("Network drives" in str(explained)) == (words == "cannot be locked")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/team/home/workbench.db", "nfs4"),
        ("/mnt/my share/workbench.db", "cifs"),
        ("/mnt/team/local/workbench.db", None),
        ("/mnt/teamwork/workbench.db", None),
        ("/home/me/workbench.db", None),
        ("\\\\nas\\share\\workbench.db", "smb"),
    ],
)
def test_network_drives_are_recognised_by_their_mounts(path: str, kind: str | None) -> None:
    assert find_network_drive(Path(path), MOUNTS) == kind


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "workbench.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song (title TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_store(path)
    assert path.read_bytes()[100:] == before[100:]


@pytest.fixture
def store(tiny: Settings) -> Store:  # noqa: F811
    runner = Runner(tiny)
    runner.create(experiment())
    with runner.store.writer.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    runner.store.dispose()
    return runner.store


def test_a_sound_database_has_no_damage(store: Store) -> None:
    assert find_damage(store.path) == []


def test_damaged_pages_and_missing_rows_are_found_without_a_change(store: Store, tmp_path: Path) -> None:
    orphaned = tmp_path / "orphaned.db"
    orphaned.write_bytes(store.path.read_bytes())
    with sqlite3.connect(orphaned) as connection:
        connection.execute("DELETE FROM experiment")
    connection.close()
    assert any("refers to nothing in experiment" in text for text in find_damage(orphaned))
    damaged = tmp_path / "damaged.db"
    data = bytearray(store.path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
    damaged.write_bytes(data)
    before = damaged.read_bytes()
    try:
        findings = find_damage(damaged)
    except StoreError as error:
        findings = [error.message]
    assert findings and damaged.read_bytes() == before


def test_what_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError, match="damaged"):
        find_damage(tmp_path / "x.db")
