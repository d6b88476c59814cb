"""What sparse search takes over many passages: time of a question, memory, time to build and to open.
Knows nothing about how well anything is found: vectors are made up.

    python -m benchmarks.sparse [--quick]

100,000 passages with 120 weights each and questions with 30, over BERT's vocabulary of 30,522, drawn by
Zipf's law: so a question's indexes are those that most passages have, more so than SPLADE's. Times are
processor time. A plain product of all weights by rows, which gives the same scores, stands beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csc_array

from benchmarks.figures import Figure, run_alone
from benchmarks.large_corpus import Memory, own_megabytes
from workbench.pipeline.sparse import Postings, SparseIndex, postings_of
from workbench.pipeline.stored_arrays import find_arrays, new_arrays
from workbench.pipeline.vector_forms import SPARSE
from workbench.providers.types import SparseVectors

PASSAGES, QUICK_PASSAGES, QUESTIONS = 100_000, 5_000, 100
WEIGHTS, WEIGHTS_OF_QUESTION = 120, 30
VOCABULARY = 30_522
CANDIDATES = 50
MOST_MS = 20.0


def draw_vectors(count: int, weights: int, rng: np.random.Generator) -> SparseVectors:
    """Vectors with about so many weights each; an index that is drawn twice counts once."""
    shares = 1.0 / (np.arange(VOCABULARY) + 10)
    drawn = rng.choice(VOCABULARY, size=(count, weights * 3 // 2), p=shares / shares.sum())
    vectors = []
    for row in drawn:
        indexes = np.unique(row)
        indexes = np.sort(rng.permutation(indexes)[:weights])
        values = rng.gamma(2.0, 0.4, len(indexes))
        vectors.append(np.concatenate([indexes, values]).astype(np.float32))
    return SPARSE.stack(vectors)


def milliseconds(search: Callable[[np.ndarray], object], questions: SparseVectors) -> np.ndarray:
    taken = []
    for question in questions:
        started = time.process_time()
        search(question)
        taken.append(1000 * (time.process_time() - started))
    return np.array(taken)


def median(values: np.ndarray) -> float:
    return float(np.median(values))


def search_in(index: SparseIndex) -> Callable[[np.ndarray], object]:
    return lambda question: index.query(question, CANDIDATES)


def by_rows(index: SparseIndex) -> Callable[[np.ndarray], object]:
    """The plain product: every weight of every passage."""
    parts = index.postings
    rows = csc_array((parts["data"], parts["indices"], parts["indptr"])).tocsr()
    width = rows.shape[1]

    def search(question: np.ndarray) -> object:
        indexes, values = np.split(question, 2)
        known, dense = indexes < width, np.zeros(width)
        dense[indexes[known].astype(int)] = values[known]
        return rows @ dense

    return search


def measure_in_memory(vectors: SparseVectors, questions: SparseVectors) -> tuple[Postings, list[Figure]]:
    memory = Memory()
    before, started = own_megabytes(), time.process_time()
    postings = postings_of(vectors)
    built, added = time.process_time() - started, own_megabytes() - before
    index = SparseIndex(postings, len(vectors))
    half = index.within(np.arange(0, len(vectors), 2))
    index.query(questions[0], CANDIDATES)  # imports
    taken, plain = milliseconds(search_in(index), questions), milliseconds(by_rows(index), questions)
    weights = np.mean([len(vector) // 2 for vector in vectors])
    note = f"p95 {np.quantile(taken, 0.95):.1f}; {np.median(plain):.1f} for the product of all weights"
    of_half = milliseconds(search_in(half), questions)
    return postings, [
        Figure("ms per question", median(taken), bar=MOST_MS, at_most=True, digits=1, note=note),
        Figure("ms, half of them by a filter", median(of_half), bar=MOST_MS, at_most=True, digits=1),
        Figure("s to build the index", built, digits=2),
        Figure("MB of the index", added, digits=0, note=f"{weights:.0f} weights per passage"),
        Figure("MB at most while it is built", memory.peak - before, digits=0),
    ]


def measure_files(folder: Path, postings: Postings, passages: int, questions: SparseVectors) -> list[Figure]:
    with new_arrays(folder, "key", "content") as new:
        for name, array in postings.items():
            new.keep(name, array)
    before, started = own_megabytes(), time.process_time()
    stored = find_arrays(folder, "key", "content")
    assert stored is not None
    index = SparseIndex(stored.arrays, passages)
    opened = time.process_time() - started
    taken = milliseconds(search_in(index), questions)
    disk = sum(path.stat().st_size for path in folder.rglob("*.npy")) / 2**20
    note = f"{own_megabytes() - before:.0f} MB of memory, {disk:.0f} on disk"
    return [
        Figure("ms, from files", median(taken), bar=MOST_MS, at_most=True, digits=1),
        Figure("s to open them", opened, digits=2, note=note),
    ]


def measure(options: argparse.Namespace) -> list[Figure]:
    passages, rng = QUICK_PASSAGES if options.quick else PASSAGES, np.random.default_rng(7)
    vectors = draw_vectors(passages, WEIGHTS, rng)
    questions = draw_vectors(QUESTIONS, WEIGHTS_OF_QUESTION, rng)
    postings, figures = measure_in_memory(vectors, questions)
    with tempfile.TemporaryDirectory() as folder:
        figures += measure_files(Path(folder), postings, passages, questions)
    return [replace(figure, name=f"{passages:,} passages, {figure.name}") for figure in figures]


if __name__ == "__main__":
    sys.exit(run_alone("sparse", measure, __doc__))
