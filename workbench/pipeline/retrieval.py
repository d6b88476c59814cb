"""Ranks chunks for queries: dense, keyword, and both fused.
Knows nothing about how chunks were made, or what becomes of the ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import IndexBuildError
from workbench.pipeline.keyword import KeywordIndex
from workbench.pipeline.types import CANDIDATES, Chunk, Hit
from workbench.pipeline.vector_index import VectorIndex

RRF_K = 60


@dataclass(frozen=True)
class Query:
    """vector: [d], unit length; None when no setting needs it."""

    text: str
    vector: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Searchable:
    chunks: Sequence[Chunk]
    dense: VectorIndex | None
    keyword: KeywordIndex


Ranked = list[tuple[int, float]]


def _dense(searchable: Searchable, queries: Sequence[Query]) -> list[Ranked]:
    if searchable.dense is None or any(q.vector is None for q in queries):
        raise IndexBuildError("Dense retrieval needs an index and query vectors.")
    vectors = np.stack([q.vector for q in queries if q.vector is not None])
    return searchable.dense.query(vectors, CANDIDATES)


def _keyword(searchable: Searchable, queries: Sequence[Query]) -> list[Ranked]:
    return [searchable.keyword.query(q.text, CANDIDATES) for q in queries]


def fuse(rankings: Sequence[Ranked]) -> Ranked:
    """Reciprocal rank fusion: the sum of 1 / (60 + rank). Cormack, Clarke and Büttcher, SIGIR 2009."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (position, _) in enumerate(ranking, start=1):
            scores[position] = scores.get(position, 0.0) + 1.0 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:CANDIDATES]


def _hybrid(searchable: Searchable, queries: Sequence[Query]) -> list[Ranked]:
    both = zip(_dense(searchable, queries), _keyword(searchable, queries), strict=True)
    return [fuse(pair) for pair in both]


def _as_hits(
    rank: Callable[[Searchable, Sequence[Query]], list[Ranked]],
) -> Callable[[Searchable, Sequence[Query]], list[list[Hit]]]:
    def retrieve(searchable: Searchable, queries: Sequence[Query]) -> list[list[Hit]]:
        if not queries:
            return []
        return [
            [Hit(searchable.chunks[position], score) for position, score in ranking]
            for ranking in rank(searchable, queries)
        ]

    return retrieve


# Each: (searchable, queries) → for each query up to CANDIDATES hits, best first, ties by position.
RETRIEVERS: dict[str, Callable[[Searchable, Sequence[Query]], list[list[Hit]]]] = {
    "dense": _as_hits(_dense),
    "keyword": _as_hits(_keyword),
    "hybrid": _as_hits(_hybrid),
}
