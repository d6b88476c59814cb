"""Ranks chunks for queries: dense, keyword, and both fused.
Knows nothing about how chunks were made, or what becomes of the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.errors import IndexBuildError
from workbench.parts.choice import choose
from workbench.parts.lookup import parts_of
from workbench.parts.part import Retriever
from workbench.pipeline.index import DenseIndex
from workbench.pipeline.keyword import KeywordIndex
from workbench.pipeline.types import CANDIDATES, Chunk, Hit

RRF_K = 60


@dataclass(frozen=True)
class Query:
    """vector: [d], unit length; None when no setting needs it."""

    text: str
    vector: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Searchable:
    chunks: Sequence[Chunk]
    dense: DenseIndex | None
    keyword: KeywordIndex


Ranked = list[tuple[int, float]]


def retrieve_dense(searchable: Searchable, queries: Sequence[Query], n: int) -> list[Ranked]:
    if searchable.dense is None or any(q.vector is None for q in queries):
        raise IndexBuildError("Dense retrieval needs an index and query vectors.")
    vectors = np.stack([q.vector for q in queries if q.vector is not None])
    return searchable.dense.query(vectors, n)


def retrieve_keyword(searchable: Searchable, queries: Sequence[Query], n: int) -> list[Ranked]:
    return [searchable.keyword.query(q.text, n) for q in queries]


def fuse(rankings: Sequence[Ranked], n: int = CANDIDATES, k: int = RRF_K) -> Ranked:
    """Reciprocal rank fusion: the sum of 1 / (k + rank). Cormack, Clarke and Büttcher, SIGIR 2009."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (position, _) in enumerate(ranking, start=1):
            scores[position] = scores.get(position, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:n]


def retrieve_hybrid(
    searchable: Searchable, queries: Sequence[Query], n: int, *, k: int = RRF_K
) -> list[Ranked]:
    both = zip(retrieve_dense(searchable, queries, n), retrieve_keyword(searchable, queries, n), strict=True)
    return [fuse(pair, n, k) for pair in both]


def retrieve(retriever: str, searchable: Searchable, queries: Sequence[Query]) -> list[list[Hit]]:
    """For each query up to CANDIDATES hits, best first, by a retriever named as in an experiment file."""
    if not queries:
        return []
    chosen = choose(Retriever, retriever)
    rankings: list[Ranked] = chosen.part.load()(searchable, queries, CANDIDATES, **chosen.arguments)
    return [[Hit(searchable.chunks[position], score) for position, score in ranked] for ranked in rankings]


RETRIEVERS = {name: partial(retrieve, name) for name in parts_of(Retriever)}
