"""The vectors of a large corpus in a file: the same as in memory, found again after whatever ends the work, and
written anew when damaged. Knows nothing about models."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.event_loop import EMBEDDING
from tests.pipeline.small_corpus import DENSE, DOCUMENTS, VectorsByText, vector_of
from workbench.errors import StoreError
from workbench.pipeline import corpus_opener, stage_counts, stored_arrays
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.embedding import embed_rows, embed_texts
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.searchable import SearchableCorpus
from workbench.pipeline.stage_counts import StageCounts
from workbench.pipeline.stored_arrays import find_arrays, new_arrays
from workbench.pipeline.vector_cache import VectorCache
from workbench.run.progress import Progress


def opened(folder: Path, asker: VectorsByText, progress: Progress | None = None) -> SearchableCorpus:
    opener = CorpusOpener(DOCUMENTS, Caches(folder / "cache", folder / "indexes"), progress or Progress())
    return asyncio.run(opener.open(DENSE, asker))


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_opener, "LEAST_MAPPED", 1)


@settings(max_examples=25)
@given(
    texts=st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=20),
    stored=st.sets(st.sampled_from("abcz")),
)
def test_rows_in_a_file_are_those_in_memory(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], stored: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    cache, asker = VectorCache(folder / "v.db"), VectorsByText()
    asyncio.run(embed_texts(asker, EMBEDDING, sorted(stored), cache, kind="embed"))
    asked = asker.texts
    progress = Progress()
    with new_arrays(folder, "key", "content") as new:
        count = asyncio.run(
            embed_rows(
                asker, EMBEDDING, texts, cache, lambda n, width: new.rows("v", n, width), kind="embed",
                observer=progress,
            )
        )  # fmt: skip
    found = find_arrays(folder, "key", "content")
    expected = np.stack([vector_of(text) for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert found is not None and np.array_equal(found.arrays["v"], expected)
    assert count == len(set(texts)) == progress["embed"].total
    assert progress["embed"].reused == len(set(texts) & stored)
    assert asker.texts - asked == len(set(texts) - stored)
    in_memory = asyncio.run(embed_texts(asker, EMBEDDING, texts, cache, kind="embed"))
    assert np.array_equal(in_memory, expected)
    cache.close()


def test_a_mapped_corpus_ranks_as_one_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for least, name in ((10_000, "memory"), (1, "file"), (1, "file")):
        monkeypatch.setattr(corpus_opener, "LEAST_MAPPED", least)
        opener = CorpusOpener(DOCUMENTS, Caches(tmp_path / name, tmp_path / "indexes"))
        asker = VectorsByText()
        rankings = asyncio.run(rank_questions(opener, DENSE, ["Text 3?", "Part 2?"], asker))
        found.append([[(hit.chunk, hit.score) for hit in ranking.hits] for ranking in rankings])
    assert found[0] == found[1] == found[2] and len(found[0][0]) > 10
    assert asker.texts <= 2  # only the questions


@pytest.mark.usefixtures("mapped")
def test_the_file_is_found_again_and_counted_as_reused(tmp_path: Path) -> None:
    first, again = Progress(), Progress()
    vectors = opened(tmp_path, VectorsByText(), first).vectors
    asker = VectorsByText()
    found = opened(tmp_path, asker, again).vectors
    assert asker.texts == 0 and found is not None and np.array_equal(found, vectors)
    assert isinstance(found.base, np.memmap) and not found.flags.writeable
    assert again["embed"].total == first["embed"].total == again["embed"].reused


@pytest.mark.usefixtures("mapped")
def test_a_damaged_file_is_written_again_from_the_cache(tmp_path: Path) -> None:
    before = np.array(opened(tmp_path, VectorsByText()).vectors)
    [file] = (tmp_path / "cache" / "vectors").glob("*/vectors.npy")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    asker = VectorsByText()
    assert np.array_equal(opened(tmp_path, asker).vectors, before) and asker.texts == 0


KILLED = """
import sys
from pathlib import Path
from tests.pipeline import test_vector_files as tests
from workbench.pipeline import corpus_opener
from workbench.pipeline import embedding
corpus_opener.LEAST_MAPPED = 1
embedding.BATCH = 2
# Eight batches are in flight: a ninth is asked for only once one of them is stored.
tests.opened(Path(sys.argv[1]), tests.VectorsByText(most=8))
"""


@pytest.mark.usefixtures("mapped")
def test_after_a_kill_in_the_middle_only_what_was_in_flight_is_embedded_again(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    folder = tmp_path / "cache" / "vectors"
    assert all(path.name.startswith("building-") for path in folder.iterdir())
    asker, progress = VectorsByText(), Progress()
    vectors = opened(tmp_path, asker, progress).vectors
    assert progress["embed"].reused >= 2 and asker.texts == progress["embed"].total - progress["embed"].reused
    assert vectors is not None and len(list(folder.glob("*/complete.json"))) == 1


@pytest.mark.usefixtures("mapped")
def test_a_full_disk_is_said_and_what_was_embedded_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(StoreError, match="No space left on device"):
        patch.setattr(stored_arrays, "_checksum", full)
        opened(tmp_path, VectorsByText())
    assert not list((tmp_path / "cache" / "vectors").iterdir())
    asker = VectorsByText()
    assert opened(tmp_path, asker).vectors is not None and asker.texts == 0


@pytest.mark.usefixtures("mapped")
def test_a_plan_reads_no_chunks_whose_vectors_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches = Caches(tmp_path / "cache", tmp_path / "indexes")
    [(_, before)] = StageCounts(DOCUMENTS, [DENSE], caches).embed(["Which?"])
    assert before.stored == 0 and before.distinct > 1
    progress = Progress()
    opened(tmp_path, VectorsByText(), progress)
    monkeypatch.setattr(stage_counts, "find_stored_chunks", None)
    [(_, after)] = StageCounts(DOCUMENTS, [DENSE], caches).embed(["Which?"])
    assert (after.stored, after.left) == (progress["embed"].total, 1)


def test_texts_are_read_a_block_at_a_time(tmp_path: Path) -> None:
    class Texts(Sequence[str]):
        longest = 0

        def __len__(self) -> int:
            return 9_000

        def __getitem__(self, place: int | slice) -> str | list[str]:  # type: ignore[override]
            if isinstance(place, slice):
                places = range(*place.indices(len(self)))
                self.longest = max(self.longest, len(places))
                return [f"t{n % 50}" for n in places]
            return f"t{place % 50}"

    texts, asker = Texts(), VectorsByText()
    vectors = asyncio.run(embed_texts(asker, EMBEDDING, texts, VectorCache(tmp_path / "v.db"), kind="embed"))
    assert texts.longest <= 2_000 and asker.texts == 50
    assert np.array_equal(vectors[:50], vectors[-50:])
