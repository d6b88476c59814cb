"""Exact nearest-neighbour search: every query against every vector, as matrix products in bounded blocks.
Knows nothing about chunks, files or models. Nothing is built and nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.vector_stores.types import IndexContent
from workbench.providers.types import Vectors

Positions = NDArray[np.int64]

QUERY_BLOCK = 256
"""Queries in one matrix product."""

MOST_SCORES = QUERY_BLOCK * 32_768
"""Scores of one matrix product. They take at most 32 MB, and selecting from them as much again. So a few
queries are compared with very many vectors at once: one product with a million of them takes half the time of
blocks of 32,768."""

CANDIDATE_BLOCK = 1_024
"""Candidates of one query that are rescored at once."""

FEW_QUERIES = 32
"""Up to so many, the product is made the other way round."""

TOLERANCE = 1e-4
"""How far below the n-th best product a candidate may be. The error of products in float32 is at most 1e-6,
with 384 and with 4,096 dimensions."""


class ExactIndex:
    """Searches vectors that are in memory or mapped into it. A position is the row of a vector."""

    def __init__(self, vectors: Vectors, rows: Positions | None = None) -> None:
        """vectors: [chunks, d], of unit length; not copied when they are contiguous float32.
        rows: the only ones that are searched, in ascending order; a position is then a place among them. None
        for all."""
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._rows = rows
        self.count = len(self._vectors) if rows is None else len(rows)

    def query(self, vectors: Vectors, n: int) -> list[list[tuple[int, float]]]:
        """For each row of vectors [q, d], up to n (position, cosine), best first, ties by position.

        The result depends on the vectors alone. How a matrix product rounds depends on the processor, the
        number of threads and the shape of the block. So products only select candidates; they are ranked by
        a float64 sum that always adds in the same order.
        """
        n = min(n, self.count)
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        if n < 1:
            return [[] for _ in queries]
        return [
            self._rank(query, positions, n)
            for start in range(0, len(queries), QUERY_BLOCK)
            for query, positions in self._select(queries[start : start + QUERY_BLOCK], n)
        ]

    def _select(self, queries: Vectors, n: int) -> Iterator[tuple[NDArray[np.float32], Positions]]:
        """Each query with the positions of all vectors that may be among its n nearest."""
        thresholds = np.full(len(queries), -np.inf, dtype=np.float32)
        blocks: list[tuple[Positions, Positions, NDArray[np.float32]]] = []
        block = MOST_SCORES // (len(queries) if self._rows is None else QUERY_BLOCK)  # rows are copied
        for start in range(0, self.count, block):
            scores = _products(queries, self._at(slice(start, start + block)))
            if scores.shape[1] > n:
                nth = np.partition(scores, -n, axis=1)[:, -n]
                np.maximum(thresholds, nth - TOLERANCE, out=thresholds)
            rows, columns = np.nonzero(scores >= thresholds[:, None])
            blocks.append((rows, columns + start, scores[rows, columns]))
        rows, positions, values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        kept = values >= thresholds[rows]  # which have risen since the first blocks
        rows, positions = rows[kept], positions[kept]
        order = np.argsort(rows, kind="stable")
        ends = np.searchsorted(rows[order], np.arange(1, len(queries)))
        yield from zip(queries, np.split(positions[order], ends), strict=True)

    def _rank(self, query: NDArray[np.float32], positions: Positions, n: int) -> list[tuple[int, float]]:
        """The n best of these positions with their cosines.

        positions: ascending. There are many more than n only where chunks repeat.
        """
        exact = np.concatenate(
            [
                (self._at(positions[i : i + CANDIDATE_BLOCK]) * query.astype(np.float64)).sum(axis=1)
                for i in range(0, len(positions), CANDIDATE_BLOCK)
            ]
        )
        best = np.argsort(-exact, kind="stable")[:n]
        return [(int(positions[i]), float(exact[i])) for i in best]

    def _at(self, positions: Positions | slice) -> Vectors:
        found: Vectors = self._vectors[positions if self._rows is None else self._rows[positions]]
        return found


class ExactStore:
    """Keeps nothing: the vectors are in memory anyway."""

    def has(self, key: str) -> bool:
        return True

    def open(self, content: IndexContent) -> ExactIndex:
        content.require_vectors()
        return ExactIndex(content.vectors)

    def build(self, content: IndexContent) -> ExactIndex:
        return self.open(content)


def _products(queries: Vectors, vectors: Vectors) -> Vectors:
    """[queries, vectors]. With a few queries, vectors first take two thirds of the time, and need a copy."""
    if len(queries) > FEW_QUERIES:
        return queries @ vectors.T
    return np.ascontiguousarray((vectors @ queries.T).T)
