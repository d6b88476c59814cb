"""Keyword indexes: scores to the bit those of bm25s, built block by block, stored, and built anew when damaged.
Knows nothing about how well anything is found."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline.vectors import chunks_of
from workbench.errors import StoreError
from workbench.pipeline import keyword_files, postings, stored_arrays
from workbench.pipeline.bm25 import KeywordIndex
from workbench.pipeline.keyword_files import KeywordFiles
from workbench.pipeline.postings import BLOCK, Vocabulary, build_postings
from workbench.pipeline.stored_arrays import NewArrays

WORDS = st.lists(st.sampled_from(["tank", "water", "a", "é", "日本", "\udc80", "x\x00", "b"]), max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_scores_are_those_of_bm25s_to_the_bit(texts: list[list[str]]) -> None:
    vocabulary, arrays = build_postings(texts)
    terms = {term for text in texts for term in text}
    assert sorted(vocabulary) == sorted(terms)
    if not terms:
        return
    theirs = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    theirs.index(texts, show_progress=False)
    for term in terms:
        number, other = vocabulary.find(term), theirs.vocab_dict[term]
        assert number is not None
        mine = slice(*arrays["indptr"][number : number + 2])
        its = slice(*theirs.scores["indptr"][other : other + 2])
        assert arrays["data"][mine].tobytes() == theirs.scores["data"][its].tobytes()
        assert arrays["indices"][mine].tolist() == theirs.scores["indices"][its].tolist()


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [[f"w{n % 7}", f"w{n % 3}", "all"] for n in range(50)]
    whole = build_postings(texts)
    monkeypatch.setattr(postings, "BLOCK", 4)
    pieces = build_postings(texts)
    assert list(whole[0]) == list(pieces[0])
    assert all(whole[1][name].tobytes() == pieces[1][name].tobytes() for name in whole[1])


def test_the_terms_of_a_block_of_texts_at_most_are_in_memory() -> None:
    living: set[int] = set()
    most = 0

    class Terms(list[str]):
        def __del__(self) -> None:
            living.discard(id(self))

    def texts() -> Iterator[list[str]]:
        nonlocal most
        for n in range(3 * BLOCK):
            terms = Terms([f"w{n % 5}"])
            living.add(id(terms))
            most = max(most, len(living))
            yield terms

    build_postings(texts())
    assert most <= BLOCK + 2


def test_no_text_has_a_term_that_is_not_there() -> None:
    vocabulary = Vocabulary.of(["ab", "abc", "b"])
    assert [vocabulary.find(term) for term in ("", "a", "ab", "abc", "abd", "b", "c")] == [
        None, None, 0, 1, None, 2, None,
    ]  # fmt: skip
    assert Vocabulary.of([]).find("a") is None


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeywordFiles:
    monkeypatch.setattr(keyword_files, "LEAST_STORED", 1)
    return KeywordFiles(tmp_path / "keywords", "key")


def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gets an entry for each index that is built."""
    entries: list[str] = []

    def build(texts: Iterator[list[str]]) -> object:
        entries.append("built")
        return build_postings(texts)

    monkeypatch.setattr(keyword_files, "build_postings", build)
    return entries


def test_a_stored_index_is_opened_and_ranks_as_one_in_memory(
    stored: KeywordFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks, entries = chunks_of(30), built(monkeypatch)
    fresh = stored.open(chunks, "bigrams").query("text 7", 9)
    opened = stored.open(chunks, "bigrams").query("text 7", 9)
    assert fresh == opened == KeywordIndex(chunks).query("text 7", 9) != []
    assert entries == ["built"]
    stored.open(chunks, "icu")
    assert entries == ["built", "built"]  # it may find other words


def test_other_contexts_of_the_same_chunks_are_indexed_anew(stored: KeywordFiles) -> None:
    chunks = chunks_of(3)
    assert not stored.open(chunks, "bigrams", ["", "", ""]).query("zebra", 5)
    assert stored.open(chunks, "bigrams", ["", "zebra", ""]).query("zebra", 5)


@pytest.mark.parametrize(("package", "indexes"), [("PyStemmer", 2), ("icu4py", 1)])
def test_another_version_of_a_package_that_finds_terms_builds_anew(
    stored: KeywordFiles, monkeypatch: pytest.MonkeyPatch, package: str, indexes: int
) -> None:
    chunks, entries = chunks_of(3), built(monkeypatch)
    stored.open(chunks, "bigrams")
    stored.open(chunks, "icu")
    monkeypatch.setattr(
        keyword_files, "package_version", lambda name: "9.9" if name == package else version(name)
    )
    entries.clear()
    stored.open(chunks, "bigrams")
    stored.open(chunks, "icu")
    assert len(entries) == indexes


@pytest.mark.parametrize("damage", ["byte", "cut", "marker", "missing"])
def test_a_damaged_index_is_built_again(
    stored: KeywordFiles, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = chunks_of(30)
    before = stored.open(chunks, "bigrams").query("text 7", 9)
    [file] = stored.folder.glob("*/data.npy")
    if damage == "byte":
        data = bytearray(file.read_bytes())
        data[-3] ^= 1
        file.write_bytes(data)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-8])
    elif damage == "marker":
        (file.parent / "complete.json").write_text("{")
    else:
        file.unlink()
    entries = built(monkeypatch)
    assert stored.open(chunks, "bigrams").query("text 7", 9) == before
    assert entries == ["built"]
    assert [path.name for path in stored.folder.iterdir()] == ["key-bigrams"]


def test_what_ends_in_the_middle_of_writing_leaves_the_old_index(
    stored: KeywordFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.open(chunks_of(3), "bigrams")
    [marker] = stored.folder.glob("*/complete.json")
    before = marker.read_text()

    def stop(self: NewArrays, name: str, array: np.ndarray) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(NewArrays, "keep", stop)
    with pytest.raises(KeyboardInterrupt):
        stored.open(chunks_of(4), "bigrams")
    assert marker.read_text() == before and len(list(stored.folder.iterdir())) == 1


def test_a_full_disk_is_said(stored: KeywordFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(stored_arrays, "make_private_file", full)
    with pytest.raises(StoreError, match="cannot be written: No space left on device") as raised:
        stored.open(chunks_of(3), "bigrams")
    assert raised.value.hint == "Free some disk space and resume."
    assert not list(stored.folder.iterdir())
