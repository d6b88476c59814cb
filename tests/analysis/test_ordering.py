"""Ties in the ranking, and the Pareto front, do not hang on the noise of costs and times.
Knows nothing about the store."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.boards import CORRECTNESS, make_trial, summary
from workbench.analysis.leaderboard import find_front, order_trials
from workbench.analysis.noise import levels

ONE, OTHER = make_trial(1), make_trial(2)


def order(one: tuple[float | None, float | None], other: tuple[float | None, float | None]) -> list[int]:
    """The numbers of two trials in order of rank.  one, other: (cost per 1,000 questions, seconds)."""
    figures = {
        trial.id: summary(trial.id, 1 / 3, cost=cost, seconds=seconds)
        for trial, (cost, seconds) in ((ONE, one), (OTHER, other))
    }
    return [t.number for t in order_trials([ONE, OTHER], figures, CORRECTNESS)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((2.00, 1.0), (1.00, 9.0), [2, 1]),  # cheaper goes before faster
        ((1.05, 2.0), (1.00, 1.0), [2, 1]),  # the same cost: the faster one
        ((1.05, 1.2), (1.00, 1.0), [1, 2]),  # the same in both: the first
        ((0.00054, 0.010), (0.00009, 0.040), [1, 2]),  # a machine's noise
        ((None, 1.0), (5.00, 1.0), [2, 1]),  # an unknown cost is not a low one
        ((None, None), (None, 0.5), [2, 1]),
    ],
)
def test_ties_are_broken_by_cost_then_time_beyond_their_noise(
    one: tuple[float | None, float | None], other: tuple[float | None, float | None], expected: list[int]
) -> None:
    assert order(one, other) == expected


def test_means_that_differ_in_their_last_digit_are_tied() -> None:
    figures = {"t0": summary("t0", 0.1 + 0.2, cost=9.0), "t1": summary("t1", 0.3, cost=1.0)}
    assert [t.id for t in order_trials([ONE, OTHER], figures, CORRECTNESS)] == ["t1", "t0"]


def test_the_front_of_costs_is_not_decided_by_noise() -> None:
    figures = {
        "good": summary("good", 0.8, cost=0.00030),
        "bad": summary("bad", 0.4, cost=0.00020),
        "priced": summary("priced", 0.7, cost=3.0),
    }
    aims = {"correctness": 1, "cost_per_1k_questions": -1}
    assert find_front(figures, aims) == {"good"}
    figures["bad"] = summary("bad", 0.4, cost=0.0)
    figures["good"] = summary("good", 0.8, cost=0.5)
    assert find_front(figures, aims) == {"good", "bad"}
    assert find_front({"one": summary("one", None)}, aims) == set()


@given(st.lists(st.one_of(st.none(), st.floats(0, 100, allow_subnormal=False)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_levels_rise_with_the_values_and_leave_no_gap(values: list[float | None]) -> None:
    found = levels("cost_per_1k_questions", values)
    assert set(found) == set(range(len(set(found))))
    known = sorted((v, place) for v, place in zip(values, found, strict=True) if v is not None)
    for (low, first), (high, second) in zip(known, known[1:], strict=False):
        assert first <= second
        assert first == second or high - low > 0
