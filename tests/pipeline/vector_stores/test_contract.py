"""What every vector store and its indexes must do, wherever they are kept.
Knows nothing about documents' texts or models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.vector_stores.conftest import STORES, open_store_of
from tests.pipeline.vectors import chunks_of, unit_vectors
from workbench.errors import IndexBuildError
from workbench.pipeline.vector_index import open_vector_index
from workbench.pipeline.vector_stores.types import IndexContent, VectorIndex, VectorStore
from workbench.providers.types import Vectors

pytestmark = pytest.mark.xdist_group("chroma server")  # it is started once

COUNT = 200
REPEATED = (5, 60, 61, 150)


def vectors_with_repeats() -> Vectors:
    vectors = unit_vectors(COUNT)
    vectors[list(REPEATED)] = vectors[5]
    return vectors


def content_of(count: int = 40, *, start: int = 0) -> IndexContent:
    return IndexContent("0a1b2c", chunks_of(count, start), unit_vectors(count))


@pytest.fixture(scope="module", params=STORES)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    """An open index of vectors that are the same in each store."""
    store = open_store_of(request.param, tmp_path_factory.mktemp("store"), request)
    return store.build(IndexContent("0a1b2c", chunks_of(COUNT), vectors_with_repeats()))


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> VectorStore:
    """An empty store."""
    return open_store_of(request.param, tmp_path, request)


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


def test_what_needs_no_build_is_reused_and_ranks_as_before(store: VectorStore) -> None:
    content = content_of()
    had = store.has(content.key)
    first = open_vector_index(store, content)
    assert first.reused == had
    assert store.has(content.key)
    again = open_vector_index(store, content)
    assert again.reused and again.index.query(content.vectors, 5) == first.index.query(content.vectors, 5)


def test_an_index_of_one_vector_is_an_index(store: VectorStore) -> None:
    content = content_of(1)
    assert [[position for position, _ in row] for row in store.build(content).query(content.vectors, 3)] == [
        [0]
    ]


def test_an_index_of_other_chunks_is_not_taken_for_this_one(store: VectorStore) -> None:
    store.build(content_of())
    other = content_of(start=7)
    opened = open_vector_index(store, other)
    assert opened.index.query(other.vectors[3:4], 1)[0][0][0] == 3
    assert open_vector_index(store, other).reused


def test_one_vector_is_needed_for_each_chunk(store: VectorStore) -> None:
    with pytest.raises(IndexBuildError, match="there are 3 chunks and 2 vectors"):
        store.build(IndexContent("0a1b2c", chunks_of(3), unit_vectors(2)))


def test_threads_that_build_the_same_index_at_once_all_get_one(store: VectorStore) -> None:
    vectors = np.linalg.qr(np.random.default_rng(1).normal(size=(64, 40)))[0].T.astype(np.float32)
    content = IndexContent("0a1b2c", chunks_of(40), vectors)
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(store.build, content) for _ in range(4)]
        assert [one.result().query(vectors[7:8], 1)[0][0][0] for one in made] == [7] * 4
