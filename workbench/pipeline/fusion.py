"""Combines rankings: by ranks, by scores, or in turn; and hybrid retrieval, which needs that.
Knows nothing about the retrievers but the rankings they return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Literal

from workbench.parts.fusions import RRF_K
from workbench.pipeline.bm25 import retrieve_bm25
from workbench.pipeline.dense import rank_by_vectors
from workbench.pipeline.search_terms import Segmenter
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.sparse import retrieve_sparse

Rankings = Mapping[str, Ranked]
"""By name, rankings of the same chunks for one query: "dense", "second", "keyword", "sparse", in order."""
LEXICAL = ("keyword", "sparse")
"""The rankings by what a chunk shares with the query, of which there is one at most."""
Fuse = Callable[[Rankings, int], Ranked]
"""Makes one ranking of at most so many chunks out of several."""


def reciprocal_rank_fusion(rankings: Iterable[Ranked], n: int, k: int = RRF_K) -> Ranked:
    """The n chunks with the highest sum of 1 / (k + rank). Cormack, Clarke and Büttcher, SIGIR 2009."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (position, _) in enumerate(ranking, start=1):
            scores[position] = scores.get(position, 0.0) + 1.0 / (k + rank)
    return _best(scores, n)


def fuse_by_rank(rankings: Rankings, n: int, *, k: int = RRF_K) -> Ranked:
    """The n best chunks by reciprocal rank fusion."""
    return reciprocal_rank_fusion(rankings.values(), n, k)


def fuse_by_score(rankings: Rankings, n: int, *, alpha: float = 0.5) -> Ranked:
    """The n best chunks by a weighted sum of scaled scores: a convex combination, after Bruch, Gai and Ingber
    2023, arXiv 2210.11934.

    Dense vectors weigh alpha, shared by two embeddings, and keywords or sparse vectors the rest; without
    these the second embedding has the rest. A chunk that a ranking lacks gets 0 from it, and a ranking that
    weighs nothing adds no chunks: so 0 and 1 leave the order of one ranking.
    """
    vectors = [name for name in rankings if name not in LEXICAL]
    lexical = next((name for name in LEXICAL if name in rankings), None)
    if lexical is not None:
        weights = {name: alpha / len(vectors) for name in vectors} | {lexical: 1 - alpha}
    elif len(vectors) == 2:
        weights = {"dense": alpha, "second": 1 - alpha}
    else:
        weights = dict.fromkeys(vectors, 1.0)
    scores: dict[int, float] = {}
    for name, weight in weights.items():
        for position, score in _scaled(name, rankings[name]) if weight else ():
            scores[position] = scores.get(position, 0.0) + weight * score
    return _best(scores, n)


def _scaled(name: str, ranking: Ranked) -> Ranked:
    """The scores from 0 to 1, where 1 is the best chunk's.

    0 is the last candidate's cosine, but for keywords and sparse vectors the score of a chunk that shares
    nothing with the query, which is 0: so one that shares a few words is not made equal to one that shares
    none. Bruch et al. call the two min-max and theoretical min-max scaling. Where all scores are equal, all
    are the best.
    """
    if not ranking:
        return []
    values = [score for _, score in ranking]
    low, high = (0.0 if name in LEXICAL else min(values)), max(values)
    if high <= low:
        return [(position, 1.0) for position, _ in ranking]
    return [(position, (score - low) / (high - low)) for position, score in ranking]


def _best(scores: Mapping[int, float], n: int) -> Ranked:
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:n]


def merge_texts(rankings: Sequence[Ranked], n: int, *, in_turn: bool) -> Ranked:
    """One ranking of what was found for several texts, by reciprocal rank fusion or one of each in turn.

    A chunk keeps the best score that it has for one of the texts: so scores mean what they mean for one text.
    """
    if len(rankings) == 1:
        return rankings[0][:n]
    best: dict[int, float] = {}
    for position, score in (hit for ranking in rankings for hit in ranking):
        best[position] = max(score, best.get(position, score))
    if in_turn:
        order = list(dict.fromkeys(hit[0] for row in zip_longest(*rankings) for hit in row if hit))
    else:
        order = [position for position, _ in reciprocal_rank_fusion(rankings, n)]
    return [(position, best[position]) for position in order[:n]]


def retrieve_dense(
    corpus: SearchableCorpus, queries: Sequence[Query], n: int, *, fuse: Fuse = fuse_by_rank
) -> list[Ranked]:
    """For each query the n nearest chunks with their cosine similarities; with a second embedding, the
    rankings of both combined. Raises IndexBuildError as `rank_by_vectors` does."""
    found = rank_by_vectors(corpus, queries, n)
    if len(found) == 1:
        return found["dense"]
    return [fuse(rankings, n) for rankings in _by_query(found)]


def retrieve_hybrid(
    corpus: SearchableCorpus,
    queries: Sequence[Query],
    n: int,
    *,
    k: int = RRF_K,
    segmenter: Segmenter = "bigrams",
    lexical: Literal["keyword", "sparse"] = "keyword",
    fuse: Fuse | None = None,
) -> list[Ranked]:
    """For each query up to n chunks, with their combined scores.

    lexical: the ranking that is combined with the dense one.
    fuse: None for reciprocal rank fusion with k.
    """
    found = rank_by_vectors(corpus, queries, n)
    if lexical == "sparse":
        found["sparse"] = retrieve_sparse(corpus, queries, n)
    else:
        found["keyword"] = retrieve_bm25(corpus, queries, n, segmenter=segmenter)
    fuse = fuse or partial(fuse_by_rank, k=k)
    return [fuse(rankings, n) for rankings in _by_query(found)]


def _by_query(found: Mapping[str, Sequence[Ranked]]) -> list[dict[str, Ranked]]:
    return [dict(zip(found, rankings, strict=True)) for rankings in zip(*found.values(), strict=True)]
