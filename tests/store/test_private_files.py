"""What a home holds of its user is for the user alone: the database, its companions, caches, backups.
Knows nothing about what is in them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Folder, folder  # noqa: F401  (fixture)
from workbench.files.private import make_private_folder
from workbench.store.database import open_store

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def usual_umask() -> object:
    old = os.umask(0o022)
    yield
    os.umask(old)


def test_a_new_home_and_its_database_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "home" / "workbench.db"
    store = open_store(path)
    with store.write() as session:
        session.connection().exec_driver_sql("DELETE FROM worker")
        assert {f.name: mode(f) for f in path.parent.iterdir()} == {
            "workbench.db": 0o600, "workbench.db-wal": 0o600, "workbench.db-shm": 0o600,
        }  # fmt: skip
    assert mode(path.parent) == 0o700 and mode(tmp_path / "new") == 0o700
    store.dispose()


def test_an_older_database_is_tightened_when_it_is_opened_and_its_folder_stays(tmp_path: Path) -> None:
    path = tmp_path / "workbench.db"
    open_store(path).dispose()
    companions = [path.with_name(f"workbench.db{suffix}") for suffix in ("-wal", "-shm")]
    for file in companions:
        file.touch()
    tmp_path.chmod(0o755)
    for file in (path, *companions):
        file.chmod(0o644)
    from workbench.store import database

    database._open.cache_clear()
    open_store(path)
    assert [mode(file) for file in (path, *companions) if file.exists()] == [0o600] * 3
    assert mode(tmp_path) == 0o755


def test_folders_that_were_there_keep_their_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "a" / "b")
    make_private_folder(tmp_path / "a" / "b")
    assert [mode(p) for p in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")] == [0o755, 0o700, 0o700]


def test_nothing_that_a_run_leaves_in_a_home_can_be_read_by_others(folder: Folder) -> None:  # noqa: F811
    experiment = folder.json("run", str(folder.file))["experiment"]
    folder.run("export", experiment, "--out", "w.yaml")
    folder.run("ask", "w.yaml", "How much does the tank hold?")
    folder.run("backup", "copy.db")
    home = folder.path / ".workbench"
    assert mode(home) == 0o700 and mode(folder.path / "copy.db") == 0o600
    open_folders = [p for p in home.rglob("*") if p.is_dir() and mode(p) & 0o077]
    assert not open_folders
    assert not [p for p in home.glob("workbench.db*") if mode(p) & 0o077]
