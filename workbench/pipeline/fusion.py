"""Hybrid retrieval: dense and keyword rankings, merged by reciprocal rank fusion.
Knows nothing about the two retrievers but the rankings they return."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.pipeline.bm25 import retrieve_bm25
from workbench.pipeline.dense import retrieve_dense
from workbench.pipeline.search_terms import Segmenter
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus

K = 60
"""The constant of reciprocal rank fusion: the higher, the less the first ranks stand out."""


def reciprocal_rank_fusion(rankings: Sequence[Ranked], n: int, k: int = K) -> Ranked:
    """The n chunks with the highest sum of 1 / (k + rank). Cormack, Clarke and Büttcher, SIGIR 2009."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (position, _) in enumerate(ranking, start=1):
            scores[position] = scores.get(position, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:n]


def retrieve_hybrid(
    corpus: SearchableCorpus,
    queries: Sequence[Query],
    n: int,
    *,
    k: int = K,
    segmenter: Segmenter = "bigrams",
) -> list[Ranked]:
    """For each query up to n chunks, with their fused scores."""
    keyword = retrieve_bm25(corpus, queries, n, segmenter=segmenter)
    both = zip(retrieve_dense(corpus, queries, n), keyword, strict=True)
    return [reciprocal_rank_fusion(rankings, n, k) for rankings in both]
