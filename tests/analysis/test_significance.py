"""Comparisons of trials: what is called real, and how often that is wrong.
Knows nothing about the store."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.analysis.simulating import sweep
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.power import questions_needed
from workbench.analysis.significance import (
    ScoreTable,
    compare_pair,
    compare_with,
    make_score_table,
)


def table_of(*rows: list[float | None]) -> ScoreTable:
    cells = [
        (f"t{i}", f"q{j}", value)
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value is not None
    ]
    return make_score_table("correctness", cells)


def test_with_no_true_difference_claims_are_as_rare_as_promised() -> None:
    """10 configurations, 200 sweeps (of a leader 100): at 5 % more than 21 (13) have claims in 0.1 % of all
    cases. With 50 configurations: benchmarks/statistics.py."""
    random = np.random.default_rng(11)
    claims = {"baseline": 0, "leader": 0}
    for number in range(200):
        table = sweep(random, 10, 60)
        claims["baseline"] += any(c.better is not None for c in compare_with(table, "t0", "baseline"))
        if number % 2:
            continue
        leader = table.trial_ids[int(np.argmax(table.values.mean(axis=1)))]
        claims["leader"] += any(c.better is not None for c in compare_with(table, leader, "leader"))
    assert claims["baseline"] <= 21
    assert claims["leader"] <= 13


def test_the_questions_said_to_be_needed_find_the_difference_in_four_of_five_cases() -> None:
    random = np.random.default_rng(12)
    pilot = sweep(random, 2, 20_000, better=1, by=0.05)
    needed = questions_needed(pilot.values[1] - pilot.values[0])
    assert needed is not None
    tables = [sweep(random, 2, needed, better=1, by=0.05) for _ in range(400)]
    differences = np.stack([table.values[1] - table.values[0] for table in tables], axis=1)
    found = (permutation_p(differences) <= ALPHA) & (differences.mean(axis=0) > 0)
    assert 0.74 <= found.mean() <= 0.86  # three standard errors
    assert [compare_pair(table, "t1", "t0").better is True for table in tables[:10]] == list(found[:10])


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 1_225])
@pytest.mark.parametrize("effect", [0.05, 0.25, 0.8])
def test_questions_needed_are_those_of_the_t_tests_exact_power(effect: float, alpha: float) -> None:
    values = np.array([1.0, -1.0] * 50)
    values = values / values.std(ddof=1) + effect
    needed = questions_needed(values, alpha)
    assert needed is not None
    power, fewer = (power_of_t_test(effect, n, alpha / 2) for n in (needed, needed - 3))
    assert fewer < 0.8 < power + 0.005


def power_of_t_test(effect: float, questions: int, alpha: float) -> float:
    """Of the paired t test, one-sided: Student's t, shifted by what is there to be found."""
    critical = stats.t.isf(alpha, questions - 1)
    return float(stats.nct.sf(critical, questions - 1, effect * np.sqrt(questions)))


@pytest.mark.parametrize(
    ("difference", "deviation", "alpha", "expected"),
    [(0.05, 0.35, 0.05, 386.516), (0.02, 0.41, 0.05 / 45, 7_077.953), (0.5, 0.2, 0.0005, 9.047)],
)
def test_questions_needed_are_statsmodels_sample_size_and_guenthers_term(
    difference: float, deviation: float, alpha: float, expected: float
) -> None:
    """statsmodels 0.15.0: normal_sample_size_one_tail(difference, 0.8, alpha / 2, deviation), and z² / 2."""
    values = np.array([1.0, -1.0] * 50)
    values = values / values.std(ddof=1) * deviation + difference
    fewest = 1 + math.log2(1 / alpha)
    assert questions_needed(values, alpha) == math.ceil(max(expected, fewest))


@pytest.mark.parametrize("questions", [6, 9, 12])
def test_few_differences_give_scipys_exact_p(questions: int) -> None:
    values = np.random.default_rng(questions).normal(0.1, 0.3, questions)
    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert permutation_p(values[:, None])[0] == pytest.approx(expected, abs=1e-12)


def test_many_differences_give_scipys_p_but_for_chance() -> None:
    values = np.random.default_rng(2).normal(0.05, 0.3, (80, 3))
    for column, p in zip(values.T, permutation_p(values), strict=True):
        expected = stats.permutation_test(
            (column,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
        ).pvalue
        assert p == pytest.approx(expected, abs=4 * (expected / 20_000) ** 0.5 + 1e-3)


def test_p_depends_neither_on_the_other_columns_nor_on_which_trial_comes_first() -> None:
    """Sums of a matrix and of a vector differ in their last digits, and tenths are no binary fractions."""
    random = np.random.default_rng(3)
    differences = np.hstack(
        [random.normal(0.05, 0.3, (37, 200)), random.integers(-3, 5, (37, 200)) / 10 + 0.1 - 0.1]
    )
    together = permutation_p(differences)
    alone = [permutation_p(-differences[:, [column]])[0] for column in range(400)]
    shuffled = permutation_p(np.ascontiguousarray(differences[:, ::-1]))[::-1]
    assert together.tolist() == alone == shuffled.tolist()
    tenths = random.integers(-3, 5, (37, 50))
    assert permutation_p(tenths / 10).tolist() == permutation_p(tenths.astype(float)).tolist()


def test_a_trial_is_compared_on_the_questions_that_both_were_asked() -> None:
    full = list(np.linspace(0, 1, 30))
    dropped = [v - 0.2 if i < 12 else None for i, v in enumerate(full)]
    (found,) = compare_with(table_of(full, dropped), "t0", "leader")
    assert (found.questions, found.better) == (12, False)
    assert found.mean == pytest.approx(-0.2)


def test_every_comparison_is_corrected_for_all_pairs() -> None:
    table = sweep(np.random.default_rng(1), 10, 60)
    assert {c.compared for c in compare_with(table, "t0", "leader")} == {45}
    assert {c.compared for c in compare_with(table, "t0", "baseline")} == {45}
    assert compare_pair(table, "t0", "t1").compared == 45


def test_the_corrected_p_is_never_below_p_and_decides() -> None:
    for found in compare_with(sweep(np.random.default_rng(8), 12, 80, better=3, by=0.2), "t0", "baseline"):
        assert found.p is not None and found.p_corrected is not None
        assert found.p <= found.p_corrected <= 1
        assert (found.better is not None) == (found.p_corrected <= 0.05)


def test_where_less_is_better_a_lower_score_is_better() -> None:
    cheap = ScoreTable(
        "tokens_per_answer", ("t0", "t1"), tuple(f"q{i}" for i in range(20)),
        np.array([np.full(20, 900.0), np.arange(500.0, 520.0)]), of_unit=False, maximize=False,
    )  # fmt: skip
    assert compare_pair(cheap, "t1", "t0").verdict == "better than the other"


@pytest.mark.parametrize(
    ("one", "other", "words", "questions"),
    [
        ([0.5] * 40, [0.5] * 40, "the same as the leader on all 40 questions", 40),
        ([0.5, None], [None, 0.5], "no question in common with the leader", 0),
        ([0.5], [0.9], "one question in common with the leader: no test is possible", 1),
        ([0.5] * 4, [0.9, 0.9, 0.8, 0.7], "tied with the leader: only 4 of 4 questions differ", 4),
        ([0.2] * 40, [0.3] * 40, "better than the leader", 40),
    ],
)  # fmt: skip
def test_degenerate_data_get_a_plain_statement(
    one: list[float | None], other: list[float | None], words: str, questions: int
) -> None:
    (found,) = compare_with(table_of(one, other), "t0", "leader")
    assert (found.verdict, found.questions) == (words, questions)
    for value in (found.mean, found.low, found.high, found.p, found.p_corrected):
        assert value is None or np.isfinite(value)


def test_a_trial_without_scores_is_said_to_have_none() -> None:
    found = compare_pair(table_of([0.1, 0.2], [0.3, 0.4]), "t0", "t9")
    assert found.verdict == "one of them has no scores" and found.mean is None
    assert compare_with(table_of([0.1, 0.2]), "t0", "leader") == []


def test_the_same_scores_give_the_same_comparisons() -> None:
    table = sweep(np.random.default_rng(4), 6, 50)
    assert compare_with(table, "t2", "leader") == compare_with(table, "t2", "leader")


def test_a_thousand_trials_on_two_hundred_questions_take_seconds() -> None:
    table = sweep(np.random.default_rng(6), 1_000, 200)
    started = time.process_time()
    assert len(compare_with(table, "t0", "baseline")) == 999
    assert time.process_time() - started < 30  # measured: benchmarks/README.md


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.sampled_from([0.0, 1.0]), st.floats(0, 1)), min_size=6, max_size=6),
        min_size=2,
        max_size=5,
    )
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_missing_no_number_is_nan_and_turning_round_changes_the_sign(
    rows: list[list[float | None]],
) -> None:
    table = table_of(*rows)
    for reference in table.trial_ids:
        for found in compare_with(table, reference, "leader"):
            for value in (found.mean, found.low, found.high, found.p, found.p_corrected):
                assert value is None or np.isfinite(value)
            there, back = (
                compare_pair(table, found.trial_id, found.other_id),
                compare_pair(table, found.other_id, found.trial_id),
            )
            assert there.p == back.p and there.questions == back.questions
            if there.mean is not None and back.mean is not None:
                assert there.mean == pytest.approx(-back.mean, abs=1e-12)


def test_a_plain_difference_is_found_among_hundreds_of_configurations() -> None:
    """Corrected for all pairs of 300, 20,000 flips alone could never say so."""
    rng = np.random.default_rng(2)
    differences = rng.normal(0.2, 0.25, (140, 1))
    assert permutation_p(differences, compared=300 * 299 // 2)[0] * 300 * 299 / 2 < 0.05
