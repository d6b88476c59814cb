"""Every fusion and every way to merge texts, over rankings of all kinds: order, ties, length, the ends of alpha.
Knows nothing about how rankings come about."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ExperimentError
from workbench.parts.choice import choose
from workbench.parts.part import Fusion
from workbench.parts.registry import parts_of
from workbench.parts.rrf_constant import settle_rrf_constant
from workbench.pipeline.fusion import (
    Rankings,
    fuse_by_rank,
    fuse_by_score,
    merge_texts,
    reciprocal_rank_fusion,
)
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.searching import search
from workbench.pipeline.types import Chunk
from workbench.pipeline.vector_stores.exact import ExactIndex
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

EMBEDDING = Model(name="first", kind="embedding", base_url="http://127.0.0.1:9/v1", model="a")
SECOND = Model(name="second", kind="embedding", base_url="http://127.0.0.1:9/v1", model="b")


def ranked(low: float, high: float) -> st.SearchStrategy[Ranked]:
    """Rankings as retrievers make them: best first, equal scores by position."""
    scores = st.dictionaries(st.integers(0, 30), st.floats(low, high, width=32), max_size=12)
    return scores.map(lambda found: sorted(found.items(), key=lambda hit: (-hit[1], hit[0])))


COSINES, BM25 = ranked(-1, 1), ranked(0.125, 40)
RANKINGS: st.SearchStrategy[dict[str, Ranked]] = st.one_of(
    st.fixed_dictionaries({"dense": COSINES, "keyword": BM25}),
    st.fixed_dictionaries({"dense": COSINES, "second": COSINES, "keyword": BM25}),
    st.fixed_dictionaries({"dense": COSINES, "second": COSINES}),
)
every_fusion = pytest.mark.parametrize("fusion", parts_of(Fusion))


@every_fusion
@given(rankings=RANKINGS, n=st.integers(1, 20))
def test_a_fusion_ranks_what_it_is_given_once_best_first_and_ties_by_position(
    fusion: str, rankings: Rankings, n: int
) -> None:
    fuse = choose(Fusion, fusion).part.load()
    found = fuse(rankings, n)
    assert found == fuse(rankings, n) == sorted(found, key=lambda hit: (-hit[1], hit[0]))
    everything = {position for ranking in rankings.values() for position, _ in ranking}
    positions = [position for position, _ in found]
    assert len(set(positions)) == len(positions) == min(n, len(everything)) and set(positions) <= everything


@given(rankings=RANKINGS, n=st.integers(1, 20), alpha=st.floats(0, 1))
def test_weighted_scores_are_from_0_to_1_and_the_ends_are_one_ranking(
    rankings: Rankings, n: int, alpha: float
) -> None:
    assert all(0 <= score <= 1 + 1e-9 for _, score in fuse_by_score(rankings, n, alpha=alpha))
    other = "keyword" if "keyword" in rankings else "second"
    alone = fuse_by_score({other: rankings[other]}, n, alpha=0)
    assert fuse_by_score(rankings, n, alpha=0) == alone and scaled_in_order(alone, rankings[other])
    if "keyword" not in rankings or "second" not in rankings:
        alone = fuse_by_score({"dense": rankings["dense"]}, n)
        assert fuse_by_score(rankings, n, alpha=1) == alone and scaled_in_order(alone, rankings["dense"])


def scaled_in_order(found: Ranked, ranking: Ranked) -> bool:
    """Whether scaling kept a ranking's order; scores that are equal after it go by position."""
    given = dict(ranking)
    return all(given[a] >= given[b] or s == t for (a, s), (b, t) in pairwise(found))


def test_a_weighted_sum_is_that_of_the_scaled_scores() -> None:
    rankings = {"dense": [(0, 0.9), (1, 0.7), (2, 0.5)], "keyword": [(2, 8.0), (3, 4.0)]}
    found = fuse_by_score(rankings, 9, alpha=0.6)
    assert [(position, round(score, 6)) for position, score in found] == [
        (0, 0.6),
        (2, 0.4),
        (1, 0.3),
        (3, 0.2),
    ]
    assert fuse_by_score({"dense": [(4, 0.3)], "keyword": []}, 9) == [(4, 0.5)]
    assert fuse_by_score({"dense": [], "keyword": []}, 9) == fuse_by_rank({"dense": []}, 9) == []


def test_vectors_of_two_embeddings_share_the_weight_of_vectors_and_alone_divide_it() -> None:
    dense, second, keyword = [(0, 0.9), (1, 0.1)], [(2, 0.9), (1, 0.1)], [(3, 5.0)]
    three = {"dense": dense, "second": second, "keyword": keyword}
    assert fuse_by_score(three, 9, alpha=0.5) == [(3, 0.5), (0, 0.25), (2, 0.25), (1, 0.0)]
    both = fuse_by_score({"dense": dense, "second": second}, 9, alpha=0.75)
    assert both == [(0, 0.75), (2, 0.25), (1, 0.0)]


@given(st.lists(BM25, min_size=1, max_size=4), st.integers(1, 30), st.booleans())
def test_merged_texts_hold_each_chunk_once_with_its_best_score(
    rankings: list[Ranked], n: int, in_turn: bool
) -> None:
    found = merge_texts(rankings, n, in_turn=in_turn)
    assert found == merge_texts(rankings, n, in_turn=in_turn)
    best: dict[int, float] = {}
    for position, score in (hit for ranking in rankings for hit in ranking):
        best[position] = max(score, best.get(position, 0.0))
    assert len(found) == min(n, len(best)) == len(dict(found)) and all(best[p] == s for p, s in found)
    if in_turn:
        firsts = {ranking[0][0] for ranking in rankings if ranking}
        assert firsts <= {position for position, _ in found[: len(rankings)]} or n < len(rankings)
    elif len(rankings) > 1:
        assert [p for p, _ in found] == [p for p, _ in reciprocal_rank_fusion(rankings, n)]


def chunks() -> list[Chunk]:
    texts = ["the tank holds two litres", "the heater warms a room", "order a filter for the tank", "coffee"]
    return [Chunk("d", "", n * 100, n * 100 + len(t), t, len(t.split())) for n, t in enumerate(texts)]


def corpus(*, second: bool = False) -> SearchableCorpus:
    vectors = np.eye(4, dtype=np.float32)
    other = np.eye(4, 7, dtype=np.float32)[::-1].copy()  # of other dimensions, in another order
    further: dict[str, Any] = {"second_index": ExactIndex(other), "second_vectors": other} if second else {}
    return SearchableCorpus(chunks(), vectors, ExactIndex(vectors), **further)


def unit(*values: float) -> Any:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


QUERY = Query("tank filter", unit(4, 3, 2, 1), unit(4, 3, 2, 1, 0, 0, 0))


def order(setting: dict[str, Any], *, second: bool = False) -> list[int]:
    retrieval = Retrieval(embedding=EMBEDDING, **({"second_embedding": SECOND} if second else {}), **setting)
    [hits] = search(corpus(second=second), retrieval.canonical(), [[QUERY]])
    return [hit.chunk.start // 100 for hit in hits]


def test_a_hybrid_at_the_ends_of_alpha_is_dense_or_keyword_search() -> None:
    assert (
        order({"retriever": "hybrid", "fusion": "weighted:1"})
        == order({"retriever": "dense"})
        == [0, 1, 2, 3]
    )
    assert order({"retriever": "hybrid", "fusion": "weighted:0"}) == order({"retriever": "keyword"}) == [2, 0]
    assert order({"retriever": "hybrid", "fusion": "weighted:0.4"})[0] == 2


def test_a_second_embedding_has_its_say_whatever_its_dimensions() -> None:
    # First in one ranking and last in the other counts for more than the middle of both; ties by position.
    assert order({"retriever": "dense"}, second=True) == [0, 3, 1, 2]
    assert order({"retriever": "dense", "fusion": "weighted:0.1"}, second=True) == [3, 2, 1, 0]
    three = order({"retriever": "hybrid"}, second=True)
    assert three[:2] == [2, 0] and set(three) == {0, 1, 2, 3}


def canonical(**setting: Any) -> Retrieval:
    return Retrieval(embedding=EMBEDDING, **setting).canonical()


def test_what_does_not_combine_rankings_has_no_fusion_and_no_second_embedding() -> None:
    given = {"fusion": "weighted:0.3", "second_embedding": SECOND}
    assert canonical(retriever="keyword", **given) == canonical(retriever="keyword")
    assert canonical(retriever="dense", fusion="weighted:0.3") == canonical(retriever="dense")
    assert canonical(retriever="dense", **given).fusion == "weighted:0.3"
    assert canonical(retriever="hybrid", second_embedding=EMBEDDING) == canonical(retriever="hybrid")
    renamed = SECOND.model_copy(update={"name": "again"})
    assert (
        canonical(retriever="hybrid", second_embedding=renamed).content
        == canonical(retriever="hybrid", second_embedding=SECOND).content
    )


@pytest.mark.parametrize(
    ("retriever", "fusion", "settled"),
    [
        ("hybrid", "rrf", ("hybrid", "rrf")),
        ("hybrid(k=20)", "rrf", ("hybrid(k=20)", "rrf")),  # as stored by earlier versions
        ("hybrid", "rrf(k=20)", ("hybrid(k=20)", "rrf")),
        ("hybrid(k=20)", "rrf(k=30)", ("hybrid(k=30)", "rrf")),
        ("hybrid(k=20)", "weighted:0.3", ("hybrid", "weighted:0.3")),
        ('hybrid(segmenter="icu", k=20)', "rrf(k=30)", ('hybrid(segmenter="icu", k=30)', "rrf")),
        ('hybrid(segmenter="icu", k=20)', "weighted:0.3", ('hybrid(segmenter="icu")', "weighted:0.3")),
        ("dense", "rrf(k=30)", ("dense", "rrf(k=30)")),
    ],
)
def test_the_constant_of_rrf_is_said_in_one_place(
    retriever: str, fusion: str, settled: tuple[str, str]
) -> None:
    assert settle_rrf_constant(retriever, fusion) == settled
    assert settle_rrf_constant(*settled) == settled


def test_the_constant_that_is_said_is_the_one_that_counts() -> None:
    searched = [
        search(corpus(), canonical(retriever=retriever, fusion=fusion), [[QUERY]])
        for retriever, fusion in (("hybrid(k=5)", "rrf"), ("hybrid", "rrf(k=5)"), ("hybrid(k=9)", "rrf(k=5)"))
    ]
    assert searched[0] == searched[1] == searched[2] and searched[0][0][0].score == pytest.approx(
        1 / 6 + 1 / 7
    )


def test_alpha_is_written_behind_a_colon_where_that_can_be_read_again() -> None:
    for text in ("weighted:0.3", "weighted(alpha=0.3)"):
        assert choose(Fusion, text).text == "weighted:0.3"
    assert choose(Fusion, "weighted").text == choose(Fusion, "weighted:0.5").text == "weighted:0.5"
    tiny = choose(Fusion, "weighted(alpha=1e-07)")
    assert choose(Fusion, tiny.text) == tiny
    for bad in ("weighted:1.5", "weighted:-0.1", "rrf:20", "rrf(k=0)"):
        with pytest.raises(ExperimentError):
            choose(Fusion, bad)


def test_merging_fifty_candidates_of_ten_texts_takes_no_time() -> None:
    import time

    rankings = [[(n * text % 997, 1 / (n + 1)) for n in range(50)] for text in range(1, 11)]
    started = time.process_time()
    for way in (True, False):
        partial(merge_texts, rankings, 50, in_turn=way)()
    assert time.process_time() - started < 0.05
