"""Backups: a consistent copy of a database that others write to, complete or not made at all.
Knows nothing about what the database holds."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from workbench.errors import InputError, StoreError
from workbench.store.backup import back_up
from workbench.store.database import Store, open_store
from workbench.store.ratings import list_ratings, put_rating
from workbench.store.records import Rating

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "home" / "workbench.db")


def rate(store: Store, number: int, size: int = 10) -> None:
    put_rating(store, Rating(f"s{number}", "ann", 1, "", "q", "x" * size, (), 0.0))


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_file())


def test_a_backup_opens_as_a_store_with_all_that_was_committed(store: Store, tmp_path: Path) -> None:
    for number in range(20):
        rate(store, number)
    made = back_up(store.path, tmp_path / "copy.db")
    assert made.rows["rating"] == 20 and made.bytes == made.file.stat().st_size
    assert leftovers(tmp_path) == ["copy.db"]
    assert list_ratings(open_store(made.file)) == list_ratings(store)


def test_backups_made_while_others_write_are_each_of_one_moment(store: Store, tmp_path: Path) -> None:
    """Every transaction of the writer adds two rows: half of one would be an odd number."""
    ended = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        with sqlite3.connect(store.path, isolation_level=None, timeout=10) as connection:
            while not ended.is_set():
                connection.execute("BEGIN IMMEDIATE")
                for half in "ab":
                    connection.execute(
                        "INSERT INTO rating (seen, rater, value, comment, question, answer, passages, created_at, updated_at)"
                        " VALUES (?, 'ann', 1, '', 'q', ?, '[]', 0, 0)",
                        (f"{written}{half}", "x" * 2000),
                    )
                connection.execute("COMMIT")
                written += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [back_up(store.path, tmp_path / "copy.db", force=True).rows["rating"] for _ in range(8)]
        meanwhile = written
    finally:
        ended.set()
        writer.join()
    assert all(count % 2 == 0 for count in found) and found == sorted(found)
    assert found[-1] > found[0] and meanwhile > 8  # it did write while copies were made


def test_a_file_that_is_there_is_replaced_only_when_told(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        back_up(store.path, file)
    assert file.read_text() == "mine"
    back_up(store.path, file, force=True)
    assert file.read_bytes().startswith(b"SQLite format 3")


def test_places_where_no_backup_can_be_are_said_in_words(store: Store, tmp_path: Path) -> None:
    for file, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "copy.db", "no folder"),
        (store.path, "the database itself"),
        (Path(f"{store.path}-wal"), "the database itself"),
    ):
        with pytest.raises(InputError, match=words):
            back_up(store.path, file, force=True)
    with pytest.raises(InputError, match="nothing to back up"):
        back_up(tmp_path / "none.db", tmp_path / "copy.db")


def test_a_damaged_database_gives_no_backup_and_the_old_one_stays(store: Store, tmp_path: Path) -> None:
    for number in range(200):
        rate(store, number, size=3000)
    good = back_up(store.path, tmp_path / "copy.db").file.read_bytes()
    store.dispose()
    whole = store.path.read_bytes()
    harmed = tmp_path / "harmed.db"
    harmed.write_bytes(whole[: len(whole) // 2] + b"\0" * 20_000 + whole[len(whole) // 2 + 20_000 :])
    with pytest.raises(StoreError, match="harmed.db is damaged"):
        back_up(harmed, tmp_path / "copy.db", force=True)
    assert leftovers(tmp_path) == ["copy.db", "harmed.db"]
    assert (tmp_path / "copy.db").read_bytes() == good


def test_a_full_disk_leaves_no_half_file(store: Store, tmp_path: Path) -> None:
    for number in range(200):
        rate(store, number, size=3000)
    store.dispose()  # nothing is left in its log: only the copy is written
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "backup", str(tmp_path / "copy.db")],
        env={"PYTHONPATH": str(PROJECT), "WORKBENCH_HOME": str(store.path.parent), "PATH": ""},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "copy.db cannot be written" in done.stderr and "another disk" in done.stderr
    assert leftovers(tmp_path) == []
