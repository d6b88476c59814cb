"""Vectors and corpora that homes share through the store, in both databases.
Knows nothing about models or documents."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import update

from workbench.errors import StoreError
from workbench.store.database import Store
from workbench.store.sharing import corpus_copies
from workbench.store.sharing.corpus_copies import (
    CorpusCopy,
    Needs,
    fetch_copy,
    free_copies,
    keep_copy,
    list_copies,
)
from workbench.store.sharing.shared_vectors import KEPT_SECONDS, KEYS_PER_QUERY, SharedVectors
from workbench.store.sharing.tables import CorpusFileRow, SharedVectorRow
from workbench.store.tables import sql_table


def test_vectors_are_found_by_all_who_open_the_store(store: Store) -> None:
    kept = {n.to_bytes(20, "big"): bytes([n % 256, 0, 255]) for n in range(KEYS_PER_QUERY + 10)}
    SharedVectors(store).keep(kept)
    vectors = SharedVectors(store)
    assert vectors.find([*kept, b"unknown"]) == kept
    assert vectors.find_stored([*kept, b"unknown"]) == set(kept)
    vectors.keep({next(iter(kept)): b"again"})
    assert vectors.find([next(iter(kept))]) == {next(iter(kept)): b"again"}
    assert vectors.find([]) == {} and vectors.find_stored([]) == set()


def test_vectors_are_freed_once_they_are_old_and_nothing_uses_them(store: Store) -> None:
    vectors = SharedVectors(store)
    vectors.keep({b"used": b"12", b"old": b"1234", b"new": b"123456"})
    with store.write() as session:
        older = sql_table(SharedVectorRow).c.kept_at - KEPT_SECONDS - 60
        session.execute(update(SharedVectorRow).where(SharedVectorRow.key != b"new").values(kept_at=older))  # type: ignore[arg-type]
    assert vectors.free({b"used"}, dry_run=True) == (1, 4) and len(vectors.find([b"old"])) == 1
    assert vectors.free({b"used"}, dry_run=False) == (1, 4)
    assert set(vectors.find([b"used", b"old", b"new"])) == {b"used", b"new"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    names = ("documents/a.md", "documents/deep/b.md", "questions.jsonl")
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(f"{name}\0ä".encode())
        os.utime(tmp_path / name, (1_000_000 + number, 1_000_000 + number))
    return {name: tmp_path / name for name in names}


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {p.relative_to(folder).as_posix(): (p.read_bytes(), int(p.stat().st_mtime)) for p in paths}


def test_a_corpus_comes_out_of_the_store_as_it_went_in(
    store: Store, tmp_path: Path, files: dict[str, Path]
) -> None:
    copy = keep_copy(store, "v1", files)
    assert copy is not None and keep_copy(store, "v1", files) == copy and list_copies(store) == [copy]
    fetch_copy(store, copy, tmp_path / "cache" / "k" / "mine")
    assert contents(tmp_path / "cache" / "k" / "mine") == {
        name: (path.read_bytes(), int(path.stat().st_mtime)) for name, path in files.items()
    }
    fetch_copy(store, copy, tmp_path / "cache" / "k" / "mine")  # as by somebody who was faster
    assert [path.name for path in (tmp_path / "cache" / "k").iterdir()] == ["mine"]
    assert free_copies(store, lambda _: Needs({"v1"}, False), dry_run=False) == (0, 0)
    nothing = Needs(set(), True)
    assert free_copies(store, lambda _: nothing, dry_run=True) == (1, copy.bytes)
    assert free_copies(store, lambda _: nothing, dry_run=False) == (1, copy.bytes)
    assert list_copies(store) == []


def test_a_damaged_copy_is_forgotten_and_made_again(
    store: Store, tmp_path: Path, files: dict[str, Path]
) -> None:
    copy = keep_copy(store, "v1", files)
    assert copy is not None
    with store.write() as session:
        session.execute(update(sql_table(CorpusFileRow)).values(data=b"other"))
    with pytest.raises(StoreError, match="not whole"):
        fetch_copy(store, copy, tmp_path / "other")
    assert not (tmp_path / "other").exists() and list_copies(store) == []
    assert free_copies(store, lambda _: Needs(set(), True), dry_run=False) == (0, 0)  # it may be under way
    assert keep_copy(store, "v1", files) == copy
    fetch_copy(store, copy, tmp_path / "other")


def test_a_file_that_changes_while_it_is_copied_makes_no_copy(
    store: Store, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def list_and_change(store: Store) -> list[CorpusCopy]:
        files["questions.jsonl"].write_bytes(b"other")
        return []

    monkeypatch.setattr(corpus_copies, "list_copies", list_and_change)
    with pytest.raises(StoreError, match="changed while it was copied"):
        keep_copy(store, "v1", files)
    monkeypatch.undo()
    assert list_copies(store) == []


def test_a_large_corpus_is_not_copied(
    store: Store, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_copies, "MOST_BYTES", 10)
    assert keep_copy(store, "v1", files) is None and list_copies(store) == []


@pytest.mark.parametrize("name", ["../outside.md", "/outside.md", "a/../../outside.md"])
def test_a_copy_is_written_into_its_folder_alone(
    store: Store, tmp_path: Path, files: dict[str, Path], name: str
) -> None:
    copy = keep_copy(store, "v1", files)
    assert copy is not None
    with store.write() as session:
        session.execute(
            update(CorpusFileRow).where(CorpusFileRow.path == "questions.jsonl").values(path=name)
        )  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="leads elsewhere"):
        fetch_copy(store, copy, tmp_path / "cache" / "mine")
    assert not list(tmp_path.glob("**/outside.md")) and not (tmp_path / "cache" / "mine").exists()
