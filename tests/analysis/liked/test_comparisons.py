"""Comparisons of trials by the share of liked answers.
Knows nothing about how shares are estimated."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.liked.joint_estimates import joint_estimates
from workbench.analysis.comparison_words import comparison_in_words, needed_in_words
from workbench.analysis.liked.comparisons import compare_liked, range_p

FAR = {"a": 0.8, "b": 0.5, "c": 0.79}


def test_a_difference_far_beyond_its_error_is_better_and_a_small_one_is_tied() -> None:
    estimates = joint_estimates(FAR, 0.0004 * np.eye(3))
    b, c = compare_liked(estimates, ["a", "b", "c"], "a", "leader")
    assert (b.trial_id, b.other_id, b.better, b.verdict) == ("b", "a", False, "worse than the leader")
    assert (c.trial_id, c.better, c.better_alone, c.verdict) == ("c", None, None, "tied with the leader")
    assert b.mean == pytest.approx(-0.3)
    assert (
        b.low is not None
        and b.high is not None
        and b.high - b.low == pytest.approx(2 * 1.96 * 0.0283, rel=0.01)
    )
    assert (b.compared, b.questions, b.groups) == (3, 20, None)
    assert comparison_in_words(c).startswith("Tied with the leader")
    assert "ratings" in needed_in_words(c)


def test_what_all_trials_share_is_no_part_of_a_difference() -> None:
    apart = joint_estimates(FAR, 0.01 * np.eye(3) + 1e-6 * np.ones((3, 3)))
    together = joint_estimates(FAR, 0.0001 * np.eye(3) + 0.04 * np.ones((3, 3)))
    assert compare_liked(apart, ["b"], "a", "pair")[0].better is None
    assert compare_liked(together, ["b"], "a", "pair")[0].better is False


def test_more_trials_make_a_difference_less_sure() -> None:
    pair = {"a": 0.5, "b": 0.56}
    many = pair | {f"t{n}": 0.5 for n in range(30)}
    alone = compare_liked(joint_estimates(pair, 0.0004 * np.eye(2)), ["b"], "a", "pair")[0]
    among = compare_liked(joint_estimates(many, 0.0004 * np.eye(32)), ["b"], "a", "pair")[0]
    assert alone.p == pytest.approx(alone.p_corrected) and alone.better is True
    assert among.p == pytest.approx(alone.p, abs=0.001)
    assert among.better_alone is True and among.better is None


def test_where_less_is_better_the_lower_share_is() -> None:
    estimates = joint_estimates(FAR, 0.0004 * np.eye(3))
    assert compare_liked(estimates, ["b"], "a", "leader", maximize=False)[0].better is True


def test_trials_with_the_same_answers_are_tied() -> None:
    same = joint_estimates({"a": 0.5, "b": 0.5}, np.full((2, 2), 0.01))
    found = compare_liked(same, ["b"], "a", "pair")[0]
    assert found.better is None and found.p == pytest.approx(1.0)


def test_nothing_is_compared_with_what_has_no_estimate() -> None:
    estimates = joint_estimates(FAR, 0.0004 * np.eye(3))
    assert compare_liked(estimates, ["a", "b"], "unknown", "baseline") == []
    assert compare_liked(estimates, ["unknown"], "a", "leader") == []


def test_the_correction_keeps_five_percent_over_all_pairs() -> None:
    """Simulated: no trial differs, and the largest of all pairs is found in 5 % of the samples."""
    random = np.random.default_rng(1)
    values = random.standard_normal((20_000, 12))
    largest = values.max(axis=1) - values.min(axis=1)
    p = np.array(range_p(largest[:4_000], 12))
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(
    ("statistic", "trials", "p"), [(2.772, 2, 0.05), (3.314, 3, 0.05), (4.474, 10, 0.05)]
)
def test_the_range_has_its_tabulated_values(statistic: float, trials: int, p: float) -> None:
    assert range_p([statistic], trials)[0] == pytest.approx(p, abs=2e-4)
