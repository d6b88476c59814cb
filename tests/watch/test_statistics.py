"""The tests behind a check's verdicts: invariants, and how often they are wrong. benchmarks/check.py measures more.
Knows nothing about winners."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.exchangeable_replies import Replies, compare_replies
from workbench.analysis.repeated_falls import find_falls
from workbench.analysis.share_above import share_above_e

TEXTS = st.sampled_from(["yes", "no", "it is 5", "it is 6 euros", "I don't know."])
REPLIES = st.builds(
    Replies,
    st.lists(TEXTS, min_size=1, max_size=4).map(tuple),
    st.lists(TEXTS, min_size=1, max_size=2).map(tuple),
)


@given(st.lists(REPLIES, max_size=6))
def test_a_p_value_of_replies_is_a_chance_and_not_below_the_least_one(requests: list[Replies]) -> None:
    test = compare_replies(requests)
    assert test.least_p - 1e-9 <= test.p <= 1.0


@given(st.lists(TEXTS, min_size=3, max_size=5))
def test_over_all_orders_of_one_requests_replies_small_p_values_are_as_rare_as_they_say(
    texts: list[str],
) -> None:
    p = [compare_replies([Replies(tuple(o[:-1]), tuple(o[-1:]))]).p for o in permutations(texts)]
    for level in (0.2, 0.25, 0.34, 0.5):
        assert np.mean(np.array(p) <= level + 1e-12) <= level + 1e-9


def test_one_reply_each_time_tells_nothing_and_equal_ones_are_no_change() -> None:
    assert compare_replies([Replies(("a",), ("b",))] * 30).p == 1.0
    assert compare_replies([Replies(("a", "a"), ("a",))] * 30).p == 1.0
    assert compare_replies([Replies(("a", "a"), ("b",))] * 6 + [Replies(("a", "a"), ("a",))] * 20).p < 0.002
    assert compare_replies([Replies(("a",), ("b", "b"))] * 6).p < 0.002


@given(
    st.lists(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=8, max_size=8), max_size=6),
    st.integers(0, 7),
)
@settings(max_examples=40)
def test_falls_depend_on_no_later_check_and_on_no_cluster_that_never_differs(
    rows: list[list[float]], at: int
) -> None:
    differences = np.array(rows).reshape(len(rows), 8)
    days = list(range(len(rows)))
    falls = find_falls(differences, days, 0.05)
    with_one_more = np.insert(differences, at, 0.0, axis=1)
    assert find_falls(with_one_more, days, 0.05) == falls
    steady = np.vstack([differences, np.zeros((1, 8))]) if rows else np.zeros((1, 8))
    earlier = find_falls(steady, [*days, len(days)], 0.05)[: len(rows)]
    # The sign patterns are the same, as the clusters that differ are.
    assert earlier == falls


def test_a_rise_is_no_fall_and_a_clear_fall_is_one_however_late() -> None:
    days = list(range(200))
    fall = np.zeros((200, 30))
    fall[150:, :9] = -1.0
    falls = find_falls(fall, days, 0.05)
    assert [f.is_fall for f in falls] == [False] * 150 + [True] * 50
    assert not any(f.is_fall for f in find_falls(-fall, days, 0.05))


@pytest.mark.parametrize("kind", ["noise", "exchanged"])
def test_a_year_of_daily_checks_gives_few_false_alarms(kind: str) -> None:
    random = np.random.default_rng(5)
    alarms, years, days = 0, 120, list(range(0, 360, 4))
    for _ in range(years):
        chance = random.beta(6, 2, 40)
        then = random.random(40) < chance
        if kind == "noise":
            now = random.random((len(days), 40)) < chance
        else:  # another model, as good, on the same questions each day
            now = np.tile(then, (len(days), 1))
            now[30:] = random.random(40) < chance
        alarms += any(f.is_fall for f in find_falls(now.astype(float) - then, days, 0.05))
    assert alarms / years <= 0.09  # 0.05 and twice its standard error


def test_a_share_above_its_bound_is_found_and_one_below_never_is() -> None:
    assert share_above_e([(100, 30)], 0.1) > 20
    assert share_above_e([(3_000, 150), (100, 40)], 0.1) > 20, "it began in the second period"
    assert share_above_e([(3_000, 150)], 0.1) < 1.1
    random = np.random.default_rng(2)
    alarms = 0
    for _ in range(300):
        far = random.random((12, 100)) < 0.1
        looks = [[(100, int(month.sum())) for month in far[:k]] for k in range(1, 13)]
        alarms += any(share_above_e(counts, 0.1) >= 20 for counts in looks)
    assert alarms / 300 <= 0.05
