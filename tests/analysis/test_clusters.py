"""Questions that count as one: single ones change nothing, copies tell nothing, and claims stay rare.
Knows nothing about how clusters are found."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.analysis.simulating import Array, alike, as_token_f1, sections, sweep
from workbench.analysis.all_pairs import all_pairs
from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import difference_intervals, mean_interval
from workbench.analysis.consistency import find_consistency
from workbench.analysis.effects import find_effects
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.power import questions_needed
from workbench.analysis.significance import ScoreTable, compare_with
from workbench.analysis.summaries import summarise
from workbench.store.figures import AnswerFigures, Comparison, RepeatedAnswer, ScoreFigures

GRID = [
    dict(zip(("prompt", "top_k"), levels, strict=True)) for levels in product(("short", "cited"), (2, 4, 8))
]


@st.composite
def sets(draw: st.DrawFn) -> tuple[Array, Array, int]:
    """(values of two configurations by question, how often each question is copied)"""
    questions = draw(st.integers(2, 60))
    cells = st.sampled_from([0.0, 0.25, 0.5, 1.0])
    rows = draw(st.lists(st.lists(cells, min_size=questions, max_size=questions), min_size=2, max_size=2))
    return np.array(rows[0]), np.array(rows[1]), draw(st.integers(2, 4))


def named(table: ScoreTable, clusters: list[str]) -> ScoreTable:
    return replace(table, named_clusters=dict(zip(table.question_ids, clusters, strict=True)))


def copied(table: ScoreTable, times: int) -> ScoreTable:
    """Each question so many times, its copies in one cluster."""
    ids = tuple(f"{id_}.{copy}" for id_ in table.question_ids for copy in range(times))
    return replace(
        table,
        question_ids=ids,
        values=np.repeat(table.values, times, axis=1),
        named_clusters={id_: id_.rpartition(".")[0] for id_ in ids},
    )


def figures_of(comparison: Comparison) -> list[float | None]:
    c = comparison
    return [c.mean, c.low, c.high, c.p, c.p_corrected]


@given(sets())
@settings(max_examples=25, deadline=None)
def test_clusters_of_one_question_change_nothing(drawn: tuple[Array, Array, int]) -> None:
    one, other, _ = drawn
    single = Clusters.of([f"q{i}" for i in range(len(one))], {f"q{i}": f"c{i}" for i in range(len(one))})
    by_question, differences = one[:, None].tolist(), (one - other)[:, None]
    assert mean_interval(by_question, single) == mean_interval(by_question)
    assert difference_intervals(differences, of_unit=True, clusters=single) == difference_intervals(
        differences, of_unit=True
    )
    assert permutation_p(differences, None, single) == permutation_p(differences, None)
    assert questions_needed(differences[:, 0], clusters=single) == questions_needed(differences[:, 0])


# The bootstrap's means tie with the mean here, up to rounding.
TIES = np.array([0.0] * 25 + [0.25, 0.5, 0.5, 0.25] + [0.5] * 19)


@given(sets())
@example((TIES, np.zeros_like(TIES), 2))
@settings(max_examples=25, deadline=None)
def test_copies_of_questions_leave_means_intervals_and_p_values_as_they_are(
    drawn: tuple[Array, Array, int],
) -> None:
    one, other, times = drawn
    clusters = Clusters(np.repeat(np.arange(len(one)), times))
    often = [np.repeat(values, times) for values in (one, other)]
    once, many = mean_interval(one[:, None].tolist()), mean_interval(often[0][:, None].tolist(), clusters)
    assert many[:3] == pytest.approx(once[:3], abs=1e-6)
    differences, copies = (one - other)[:, None], (often[0] - often[1])[:, None]
    (pair,), (pair_of_copies,) = (
        difference_intervals(differences, of_unit=True),
        difference_intervals(copies, of_unit=True, clusters=clusters),
    )
    assert pair_of_copies == pytest.approx(pair, abs=1e-6)
    assert permutation_p(copies, None, clusters) == pytest.approx(permutation_p(differences, None))
    needed = questions_needed(differences[:, 0])
    of_copies = questions_needed(copies[:, 0], clusters=clusters)
    if needed is not None and of_copies is not None:
        assert needed * times - times <= of_copies <= needed * times


def test_copies_change_no_verdict_of_a_leaderboard_and_no_effect() -> None:
    table = replace(sweep(np.random.default_rng(4), 6, 50, better=2, by=0.2), of_unit=False)
    facts = dict(zip(table.trial_ids, GRID, strict=True))
    for found, of_copies in zip(
        compare_with(table, "t0", "leader"), compare_with(copied(table, 3), "t0", "leader"), strict=True
    ):
        assert figures_of(of_copies) == pytest.approx(figures_of(found), abs=1e-6)
        assert (of_copies.better, of_copies.verdict) == (found.better, found.verdict)
        assert (found.questions, found.groups) == (50, None)
        assert (of_copies.questions, of_copies.groups) == (150, 50)
    once, often = find_effects(table, facts), find_effects(copied(table, 3), facts)
    assert (often["questions"], often["groups"]) == (150, 50)
    for kind in ("axes", "pairs"):
        for effect, of_copies in zip(once[kind], often[kind], strict=True):
            for figure in ("share", "share_low", "share_high", "p", "p_holm"):
                assert of_copies[figure] == pytest.approx(effect[figure], abs=1e-6), (kind, figure)
    assert often["sentences"] == once["sentences"]


def test_copies_narrow_no_figure_of_a_summary() -> None:
    random = np.random.default_rng(5)
    values = {f"q{i}": float(value) for i, value in enumerate(random.random(30))}

    def rows(times: int) -> tuple[list[AnswerFigures], list[ScoreFigures], list[RepeatedAnswer]]:
        ids = [(id_, f"{id_}.{copy}") for id_ in values for copy in range(times)]
        answers = [AnswerFigures(copy, n, "search", "ok", 0.0, 1.0, 5) for _, copy in ids for n in (0, 1)]
        scores = [ScoreFigures(copy, "search", "token_f1", values[id_], "ok") for id_, copy in ids]
        repeated = [
            RepeatedAnswer(copy, "search", "yes", False, float(n == 0 or values[id_] > 0.5))
            for id_, copy in ids
            for n in (0, 1)
        ]
        return answers, scores, repeated

    (once,) = summarise("t", *rows(1))
    clusters = {f"{id_}.{copy}": id_ for id_ in values for copy in range(3)}
    (often,) = summarise("t", *rows(3), clusters)
    assert once.consistency is not None and often.consistency is not None
    for figure, of_copies in (
        (once.scores["token_f1"], often.scores["token_f1"]),
        (once.consistency.correctness_flips, often.consistency.correctness_flips),
    ):
        assert figure is not None and of_copies is not None
        assert (of_copies.low, of_copies.high) == pytest.approx((figure.low, figure.high), abs=1e-6)
        assert (figure.groups, of_copies.groups) == (None, 30)
    alone = find_consistency(rows(3)[2], 2)
    assert alone.correctness_flips is not None and alone.correctness_flips.groups is None


def test_a_mean_is_that_of_the_questions_whatever_their_clusters() -> None:
    clusters = Clusters(np.array([0, 0, 0, 0, 1, 2]))
    values = [[1.0], [1.0], [1.0], [0.5], [0.0], [0.0]]
    found = mean_interval(values, clusters)
    assert found.mean == pytest.approx(3.5 / 6)
    spread = clusters.pseudo_values(np.array(values))
    assert spread.mean() == pytest.approx(found.mean) and len(spread) == 3


def test_questions_of_one_group_allow_no_interval_and_no_test() -> None:
    table = ScoreTable(
        "correctness", ("t0", "t1"), ("a", "b", "c"), np.array([[0.1, 0.2, 0.3], [0.4, 0.4, 0.9]]),
        named_clusters=dict.fromkeys("abc", "one"),
    )  # fmt: skip
    (found,) = compare_with(table, "t0", "leader")
    assert (found.low, found.p, found.groups) == (None, None, 1)
    assert found.verdict == "the 3 questions in common with the leader are one group: no test is possible"
    means = mean_interval([[0.1], [0.2], [0.3]], table.clusters)
    assert (means.low, means.note) == (None, "one group of 3 questions: no interval")
    effects = find_effects(table, {"t0": {"top_k": 2}, "t1": {"top_k": 4}})
    assert "questions of two or more groups" in effects["notes"][0]


def test_few_groups_that_differ_are_named_beside_the_questions() -> None:
    values = np.zeros((2, 20))
    values[1, :8] = 1.0
    clusters = [f"c{i // 2}" for i in range(20)]
    table = named(
        ScoreTable("correctness", ("t0", "t1"), tuple(f"q{i}" for i in range(20)), values), clusters
    )
    (found,) = compare_with(table, "t0", "leader")
    assert found.verdict == "tied with the leader: only 8 of 20 questions in 4 groups differ"
    assert found.better_alone is None
    assert compare_with(replace(table, named_clusters={}), "t0", "leader")[0].better is True


def test_degrees_of_freedom_are_the_clusters_minus_one_and_fewer_where_sizes_differ() -> None:
    def degrees(*sizes: int) -> float:
        clusters = Clusters(np.repeat(np.arange(len(sizes)), sizes))
        return float(clusters.degrees(np.zeros((sum(sizes), 1)))[0])

    assert degrees(1, 1, 1, 1) == degrees(5, 5, 5, 5) == 3
    assert 1 == degrees(90, 1) < degrees(9, 1, 1, 1) < degrees(3, 2, 2, 1) < 3


def test_a_question_without_a_value_leaves_its_cluster_to_the_others() -> None:
    clusters = Clusters(np.array([0, 0, 1, 1, 2]))
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, 2.0], [4.0, 2.0], [0.0, 5.0]])
    np.testing.assert_array_equal(clusters.sums(values), [[4.0, np.nan], [4.0, 4.0], [0.0, 5.0]])
    np.testing.assert_array_equal(clusters.sizes(values), [[2, 0], [1, 2], [1, 1]])
    assert np.isnan(clusters.pseudo_values(values)[0, 1])
    assert np.nanmean(clusters.pseudo_values(values), axis=0) == pytest.approx([2.0, 3.0])


def test_questions_about_the_same_sections_claim_no_more_than_is_promised() -> None:
    """Simulated at length by benchmarks/statistics_clusters.py."""
    random = np.random.default_rng(6)
    claims = alone = held = tables = 0
    for _ in range(20):
        of_question = sections(random, 120)
        clusters = Clusters(of_question)
        values = as_token_f1(np.stack([alike(random, 2, of_question, 0.5) for _ in range(15)]))
        differences = (values[:, 1] - values[:, 0]).T
        claims += int((permutation_p(differences, None, clusters) <= ALPHA).sum())
        alone += int((permutation_p(differences, None) <= ALPHA).sum())
        pairs = difference_intervals(differences, of_unit=True, clusters=clusters)
        held += sum(pair is not None and pair[0] <= 0 <= pair[1] for pair in pairs)
        tables += differences.shape[1]
    assert alone / tables > 0.10
    assert claims / tables < 0.08 and held / tables > 0.92  # 0.05 and 0.95 but for chance


def test_all_pairs_flip_whole_clusters() -> None:
    random = np.random.default_rng(7)
    of_question = sections(random, 100)
    values = as_token_f1(alike(random, 10, of_question, 0.9))
    together, apart = all_pairs(values, Clusters(of_question)), all_pairs(values)
    differences = (values[1:] - values[0]).T
    p = np.zeros(differences.shape[1])
    assert (together.corrected(differences, p) >= apart.corrected(differences, p)).all()
