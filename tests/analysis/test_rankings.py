"""How two sets of questions rank configurations: alike, differently, or too little to tell.
Knows nothing about who made the questions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.simulating import Array
from workbench.analysis import rankings
from workbench.analysis.rankings import ENOUGH_CLUSTERS, RankAgreement, compare_rankings
from workbench.analysis.significance import ScoreTable
from workbench.analysis.source_rankings import Pick, SourceRankings
from workbench.store.figures import Comparison


def table_of(values: Array) -> ScoreTable:
    trials, questions = values.shape
    return ScoreTable(
        "correctness", tuple(f"t{i}" for i in range(trials)), tuple(f"q{i}" for i in range(questions)), values
    )


def simulate(seed: int, *, same: bool, first: int = 40, second: int = 80, trials: int = 12) -> ScoreTable:
    """Right or wrong answers of configurations whose abilities are the same for both sets, or reversed."""
    random = np.random.default_rng(seed)
    ability = np.linspace(-1.2, 1.2, trials)
    parts = [
        1 / (1 + np.exp(-(able[:, None] + random.normal(0, 1.2, n) + hard)))
        for able, n, hard in ((ability, first, 0.0), (ability if same else -ability, second, 1.0))
    ]
    chance = np.hstack(parts)
    return table_of((random.random(chance.shape) < chance).astype(float))


def compare(table: ScoreTable, first: int = 40, each: int = 1) -> RankAgreement | None:
    """each: how many questions in a row are one cluster."""
    questions = len(table.question_ids)
    return compare_rankings(
        table, [i < first for i in range(questions)], [f"c{i // each}" for i in range(questions)]
    )


def test_sets_that_rank_alike_and_differently_are_told() -> None:
    alike = compare(simulate(1, same=True))
    assert alike is not None and alike.tau > 0.6 and alike.low <= alike.tau <= alike.high <= 1
    assert not alike.differ and alike.p > 0.05
    apart = compare(simulate(1, same=False))
    assert apart is not None and apart.tau < 0 and apart.differ and apart.high < alike.low


def test_the_same_figures_come_again_whatever_the_order_of_trials() -> None:
    table = simulate(2, same=True)
    again = table_of(table.values[::-1])
    one, other = compare(table), compare(again)
    assert one is not None and other is not None
    assert one == compare(table)
    assert other.tau == pytest.approx(one.tau) and other.low == pytest.approx(one.low, abs=1e-9)


def test_a_true_null_is_seldom_claimed_to_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets of different difficulty and size whose true order is the same: at most about 5 % of claims."""
    monkeypatch.setattr(rankings, "RESAMPLES", 200)
    found = [compare(simulate(seed, same=True, trials=8)) for seed in range(40)]
    assert sum(one is not None and one.differ for one in found) <= 5


def test_clusters_make_the_interval_wider() -> None:
    """Each question three times: nothing new is known."""
    table = simulate(3, same=True, first=30, second=30)
    thrice = table_of(np.repeat(table.values, 3, axis=1))
    plain, by_cluster, ignored = compare(table, 30), compare(thrice, 90, each=3), compare(thrice, 90)
    assert plain is not None and by_cluster is not None and ignored is not None
    assert by_cluster.tau == pytest.approx(plain.tau)
    width = by_cluster.high - by_cluster.low
    assert width == pytest.approx(plain.high - plain.low, rel=0.15)
    assert width > 1.2 * (ignored.high - ignored.low) and by_cluster.p > ignored.p


def test_tau_is_what_scipy_computes() -> None:
    from scipy.stats import kendalltau

    values = np.random.default_rng(6).integers(0, 3, (9, 60)) / 2  # with many ties
    found = compare(table_of(values), 30)
    assert found is not None
    expected = kendalltau(values[:, :30].mean(axis=1).round(9), values[:, 30:].mean(axis=1).round(9))
    assert found.tau == pytest.approx(expected.statistic)


def test_too_little_is_not_judged() -> None:
    few = simulate(4, same=True, first=ENOUGH_CLUSTERS - 1)
    assert compare(few, ENOUGH_CLUSTERS - 1) is None
    assert compare(simulate(4, same=True, first=30), 30, each=3) is None  # ten clusters
    assert compare(simulate(4, same=True, trials=3)) is None
    assert compare(table_of(np.ones((6, 120)))) is None  # all are equal


def test_missing_values_are_left_out() -> None:
    table = simulate(5, same=True)
    values = table.values.copy()
    values[0, ::2] = np.nan
    values[1, :40] = np.nan
    found = compare(table_of(values))
    assert found is not None and np.isfinite([found.tau, found.low, found.high, found.p]).all()


def said(agreement: RankAgreement | None, *, loss: bool | None = None, same: bool = False) -> str:
    pick, other = Pick("t1", "dense 64"), Pick("t2", "keyword 128")
    compared = Comparison(
        "pair", "t1", "t2", "correctness", -0.08, -0.14, -0.02, 0.001, 0.01, 66, 40, None, loss, loss, "worse"
    )
    made = SourceRankings(
        80, 40, "person", 12, agreement, pick, pick if same else other, None if same else compared
    )
    assert made.to_json()["in_words"] == made.in_words and made.to_json()["differ"] == made.differ
    return made.in_words


def test_what_was_found_is_said_in_words() -> None:
    assert said(RankAgreement(0.31, 0.1, 0.49, 0.002), loss=False) == (
        "Drafted and people's questions rank the configurations differently: Kendall's tau 0.31 (0.10 to 0.49), "
        "p = 0.002. The drafted questions' first, dense 64, is worse by 0.080 (0.02 to 0.14) on people's "
        "questions than their own first, keyword 128."
    )
    alike = said(RankAgreement(0.85, 0.7, 0.93, 0.6), same=True)
    assert "rank the configurations alike" in alike and alike.endswith("Both put dense 64 first.")
    assert said(RankAgreement(0.85, 0.7, 0.93, 0.6)).endswith(
        "is tied with theirs, keyword 128, on people's questions."
    )
    assert said(None) == (
        "Too little to tell whether drafted and people's questions rank the configurations alike: 20 "
        "independent questions of each are needed (drafted: 80, people's: 40)."
    )
