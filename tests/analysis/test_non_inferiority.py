"""Tests the test behind gates: its two ways of looking, its intervals, and the questions that it says are needed.
Knows nothing about gates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.analysis.betting import evidence_against, evidence_path
from workbench.analysis.clusters import Clusters
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.non_inferiority import EARLY, Gaps, find_interval, questions_to_tell, weigh

MARGIN = 0.05


def gaps_of(differences: np.ndarray, clusters: Clusters | None = None) -> Gaps:
    clusters = clusters or Clusters.alone(len(differences))
    return Gaps.of(differences + MARGIN, clusters, MARGIN - 1.0, MARGIN + 1.0)


def signs(random: np.random.Generator, n: int, truth: float, both_ways: float = 0.05) -> np.ndarray:
    lost, won = both_ways + max(-truth, 0.0), both_ways + max(truth, 0.0)
    drawn = random.random(n)
    return np.where(drawn < lost, -1.0, np.where(drawn < lost + won, 1.0, 0.0))


def test_evidence_after_some_values_is_that_of_a_sample_of_these_values() -> None:
    values = np.random.default_rng(1).random((3, 30))
    for questions in (None, 60):
        path = evidence_path(values, questions)
        assert np.array_equal(path[:, 11], evidence_against(values[:, :12], questions))


def test_a_sample_without_end_is_the_limit_of_a_large_finite_one() -> None:
    values = np.random.default_rng(2).random((2, 40)) * 0.6
    endless, finite = evidence_against(values, None), evidence_against(values, 10_000_000)
    assert np.allclose(endless, finite, atol=1e-3)


@pytest.mark.parametrize(("n", "losses"), [(40, 0), (100, 0), (100, 3), (300, 6)])
def test_for_yes_and_no_the_last_look_is_clopper_and_pearsons_test(n: int, losses: int) -> None:
    """Losses and draws only: "at least a share of MARGIN is lost" is tested by their number."""
    differences = np.array([-1.0] * losses + [0.0] * (n - losses))
    # Rescaled to [worst, no change], as a condition has it that can only be lost.
    gaps = Gaps.of(differences + MARGIN, Clusters.alone(n), MARGIN - 1.0, MARGIN)
    exact = stats.binom.cdf(losses, n, MARGIN)
    assert gaps.final_p()[0] == pytest.approx(exact, abs=0.015)


def test_forty_equal_answers_do_not_prove_that_fewer_than_one_in_twenty_is_worse() -> None:
    assert weigh(gaps_of(np.zeros(40)), is_complete=True).passes > ALPHA
    assert weigh(gaps_of(np.zeros(120)), is_complete=True).passes <= ALPHA


def test_a_pair_that_is_worse_by_the_margin_rarely_passes_however_often_one_looks() -> None:
    random = np.random.default_rng(3)
    passed = 0
    for _ in range(200):
        gaps = gaps_of(signs(random, 120, -MARGIN))
        early = gaps.early_path(np.zeros(1))[0][0].min() <= ALPHA * EARLY
        passed += early or weigh(gaps, is_complete=True).passes <= ALPHA
    assert passed <= 18  # 0.05 of 200 is 10; more than 18 come with a probability below 0.01


def test_a_clear_case_is_told_early() -> None:
    random = np.random.default_rng(4)
    better = gaps_of(signs(random, 300, 0.3)).early_path(np.zeros(1))[0][0]
    worse = gaps_of(signs(random, 300, -0.35)).early_path(np.zeros(1))[1][0]
    for path in (better, worse):
        assert np.flatnonzero(path <= ALPHA * EARLY)[0] < 0.6 * 300


@given(
    st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=80),
    st.integers(1, 4),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_claim_and_the_interval_of_its_level_agree(
    differences: list[float], size: int, is_complete: bool
) -> None:
    clusters = Clusters(np.arange(len(differences)) // size)
    gaps = gaps_of(np.array(differences), clusters)
    claims = weigh(gaps, is_complete=is_complete)
    low, high = find_interval(gaps, ALPHA, ALPHA, is_complete=is_complete)
    assert gaps.worst - 1e-9 <= low <= gaps.mean + 1e-9 and gaps.mean - 1e-9 <= high <= gaps.best + 1e-9
    if not 0.8 * ALPHA < claims.passes < 1.25 * ALPHA:
        assert (claims.passes <= ALPHA) == (low > -1e-4)
    if not 0.8 * ALPHA < claims.worse < 1.25 * ALPHA:
        assert (claims.worse <= ALPHA) == (high < 1e-4)


def test_questions_of_a_cluster_that_say_the_same_count_once() -> None:
    random = np.random.default_rng(5)
    single = signs(random, 60, 0.0)
    repeated = np.repeat(single, 4)
    clusters = Clusters(np.repeat(np.arange(60), 4))
    alone, together = (
        weigh(g, is_complete=True).passes for g in (gaps_of(single), gaps_of(repeated, clusters))
    )
    assert together == pytest.approx(alone, rel=0.1)
    assert weigh(gaps_of(repeated), is_complete=True).passes < alone


def test_with_the_questions_that_it_says_are_needed_it_passes_what_is_equal() -> None:
    random = np.random.default_rng(6)
    pilot = gaps_of(signs(random, 80, 0.0))
    needed = questions_to_tell(pilot, ALPHA, MARGIN)
    assert needed is not None and needed > 80
    passed = [weigh(gaps_of(signs(random, needed, 0.0)), is_complete=True).passes <= ALPHA for _ in range(60)]
    assert np.mean(passed) >= 0.75


def test_where_nothing_was_seen_no_number_is_said() -> None:
    nothing = gaps_of(np.array([np.nan, np.nan]))
    assert questions_to_tell(nothing, ALPHA) is None and weigh(nothing, is_complete=True).passes == 1.0
    assert questions_to_tell(gaps_of(np.full(50, -MARGIN)), ALPHA) is None  # exactly on the bound
