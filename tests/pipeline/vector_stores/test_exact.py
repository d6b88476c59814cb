"""Exact search: the same ranking on every processor, in bounded memory, however often chunks repeat.
Knows nothing about the other kind of index."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from tests.pipeline.vectors import unit_vectors
from workbench.pipeline.vector_stores import exact as exact_index
from workbench.pipeline.vector_stores.exact import MOST_SCORES, ExactIndex

RANK_AND_PRINT = """
import hashlib
from tests.pipeline.vectors import unit_vectors
from workbench.pipeline.vector_stores.exact import ExactIndex
vectors = unit_vectors(3000, 384)
vectors[1000:2000] = vectors[:1000] + 1e-7  # near ties
print(hashlib.sha256(repr(ExactIndex(vectors).query(unit_vectors(100, 384, seed=4), 50)).encode()).hexdigest())
"""


def test_rankings_are_the_same_with_other_blas_kernels_and_numbers_of_threads() -> None:
    printed = set()
    for kernel in ("Prescott", "Haswell"):
        for threads in ("1", "2"):
            environment = os.environ | {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": threads}
            command = [sys.executable, "-c", RANK_AND_PRINT]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            printed.add(done.stdout)
    assert len(printed) == 1


def test_of_more_equal_chunks_than_are_asked_for_the_first_ones_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exact_index, "MOST_SCORES", 20_000)
    vectors = unit_vectors(25_000)
    repeated = np.arange(100, len(vectors), 400)
    vectors[repeated] = vectors[100]
    [ranking] = ExactIndex(vectors).query(vectors[100:101], 50)
    assert [position for position, _ in ranking] == list(repeated[:50])


@pytest.mark.parametrize("queries", [1, 40])
def test_some_rows_are_searched_as_a_copy_of_them_is(queries: int) -> None:
    vectors, asked = unit_vectors(900), unit_vectors(queries, seed=4)
    rows = np.arange(5, 900, 7)
    assert ExactIndex(vectors, rows).query(asked, 9) == ExactIndex(vectors[rows]).query(asked, 9)


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert ExactIndex(unit_vectors(3)[:0]).query(unit_vectors(2), 5) == [[], []]
    assert ExactIndex(unit_vectors(3)).query(unit_vectors(2)[:0], 5) == []


@pytest.mark.parametrize("queries", [50, 600])
def test_memory_does_not_grow_with_chunks_times_queries(queries: int) -> None:
    index = ExactIndex(unit_vectors(4 * MOST_SCORES // 256))
    asked = unit_vectors(queries, seed=4)
    tracemalloc.start()
    index.query(asked, 50)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120_000_000  # all scores at once would be 315 MB with 600 queries


def test_vectors_that_are_float32_are_not_copied() -> None:
    vectors = unit_vectors(1000, 64)
    tracemalloc.start()
    ExactIndex(vectors)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < vectors.nbytes / 10
