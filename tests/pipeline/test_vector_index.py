"""What every vector index must do, whichever kind it is; how the kind is chosen.
Knows nothing about documents' texts or models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from tests.pipeline.vectors import chunks_of, unit_vectors
from workbench.corpus.types import Document
from workbench.errors import InputError
from workbench.pipeline import vector_index
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.vector_index import (
    VectorIndex,
    VectorIndexKind,
    choose_index,
    estimate_chunks,
    needs_build,
    open_vector_index,
)
from workbench.providers.types import Vectors
from workbench.settings import load_settings
from workbench.space.retrieval import Retrieval

KINDS = get_args(VectorIndexKind)
COUNT = 200
REPEATED = (5, 60, 61, 150)


def vectors_with_repeats() -> Vectors:
    vectors = unit_vectors(COUNT)
    vectors[list(REPEATED)] = vectors[5]
    return vectors


@pytest.fixture(scope="module", params=KINDS)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    """An open index of vectors that are the same for each kind."""
    folder = tmp_path_factory.mktemp("indexes")
    return open_vector_index(request.param, folder, "key", chunks_of(COUNT), vectors_with_repeats()).index


def test_an_index_finds_the_nearest_best_first_with_their_cosines(index: VectorIndex) -> None:
    vectors, queries = vectors_with_repeats(), unit_vectors(20, seed=4)
    cosines = queries.astype(np.float64) @ vectors.T.astype(np.float64)
    for ranking, row in zip(index.query(queries, 30), cosines, strict=True):
        nearest = np.argsort(-row, kind="stable")[:30]
        # Of equal vectors at the end of the list an approximate index may find others.
        assert [_first_equal(position) for position, _ in ranking] == [_first_equal(p) for p in nearest]
        assert [score for _, score in ranking] == pytest.approx(sorted(row, reverse=True)[:30], abs=1e-5)


def _first_equal(position: int) -> int:
    return REPEATED[0] if position in REPEATED else int(position)


def test_equal_vectors_are_ranked_by_position(index: VectorIndex) -> None:
    [ranking] = index.query(vectors_with_repeats()[5:6], 10)
    assert [position for position, _ in ranking[: len(REPEATED)]] == list(REPEATED)
    assert len({score for _, score in ranking[: len(REPEATED)]}) == 1


def test_whoever_asks_for_more_than_there_is_gets_all(index: VectorIndex) -> None:
    [ranking] = index.query(unit_vectors(1, seed=5), 10 * COUNT)
    assert index.count == COUNT and sorted(position for position, _ in ranking) == list(range(COUNT))


def test_many_queries_at_once_get_what_each_gets_alone(index: VectorIndex) -> None:
    queries = unit_vectors(40, seed=6)
    assert index.query(queries, 10) == [index.query(queries[i : i + 1], 10)[0] for i in range(40)]


def test_threads_may_ask_an_index_at_the_same_time(index: VectorIndex) -> None:
    queries = unit_vectors(40, seed=7)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: index.query(queries, 10), range(8)))
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_no_build_is_reused_and_ranks_as_before(tmp_path: Path, kind: VectorIndexKind) -> None:
    chunks, vectors = chunks_of(40), unit_vectors(40)
    needed = needs_build(kind, tmp_path, "key")
    first = open_vector_index(kind, tmp_path, "key", chunks, vectors)
    assert first.reused == (not needed) == (kind == "exact")
    assert not needs_build(kind, tmp_path, "key")
    again = open_vector_index(kind, tmp_path, "key", chunks, vectors)
    assert again.reused and again.index.query(vectors, 5) == first.index.query(vectors, 5)


def test_an_exact_index_writes_nothing(tmp_path: Path) -> None:
    open_vector_index("exact", tmp_path / "indexes", "key", chunks_of(40), unit_vectors(40))
    assert not any(tmp_path.iterdir())


def document_of(chunks: int, retrieval: Retrieval) -> Document:
    """A document whose length suggests so many chunks."""
    step = retrieval.chunk_tokens - retrieval.chunk_overlap
    return Document("d.md", "D", "x" * (4 * step * (chunks - 1)), "text")


def test_the_program_searches_exactly_up_to_a_number_of_chunks_and_in_chroma_above(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vector_index, "MOST_EXACT_CHUNKS", 1000)
    retrieval = Retrieval(chunk_tokens=128, chunk_overlap=16)
    half = document_of(500, retrieval)
    one = document_of(1, retrieval)
    assert choose_index("auto", [half, half], retrieval) == "exact"
    assert choose_index("auto", [half, half, one], retrieval) == "chroma"
    assert choose_index("exact", [half, half, one], retrieval) == "exact"
    assert choose_index("chroma", [one], retrieval) == "chroma"


def test_the_number_of_chunks_is_estimated_to_within_a_third() -> None:
    text = " ".join(f"Sentence number {n} says something of middling length." for n in range(2000))
    document = Document("d.md", "D", text, "text")
    for tokens in (64, 256):
        counted = len(chunk_document(document, "token", tokens, 16))
        estimated = estimate_chunks(document, tokens, 16)
        assert estimated == pytest.approx(counted, rel=1 / 3)


def test_a_setting_forces_the_kind_and_an_unknown_one_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().vector_index == "auto"
    monkeypatch.setenv("WORKBENCH_VECTOR_INDEX", "chroma")
    assert load_settings().vector_index == "chroma"
    monkeypatch.setenv("WORKBENCH_VECTOR_INDEX", "faiss")
    with pytest.raises(InputError, match="'faiss'; it must be one of auto, exact, chroma"):
        load_settings()
