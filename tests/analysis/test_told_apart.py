"""Questions that tell no configurations apart: too easy or too hard for all, the same but for noise.
Knows nothing about the store."""

from __future__ import annotations

from statistics import fmean

from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.told_apart import SAME_WITHIN, ToldApart, find_told_apart
from workbench.store.figures import Spread


def spread_of(name: str, *trials: list[float]) -> Spread:
    """What the store would read. trials: of each configuration, the values of its repeats."""
    means = [fmean(t) for t in trials]
    answers = [x for t in trials for x in t]
    overall = fmean(answers)
    between = sum(len(t) * (m - overall) ** 2 for t, m in zip(trials, means, strict=True))
    within = sum((x - m) ** 2 for t, m in zip(trials, means, strict=True) for x in t)
    return Spread(name, len(trials), len(answers), min(means), max(means), between, within)


def find(*spreads: Spread, right_from: float = 0.5, sign: int = 1) -> ToldApart:
    return find_told_apart("correctness", spreads, right_from, sign)


def test_all_right_is_too_easy_all_wrong_too_hard_and_the_rest_tells() -> None:
    found = find(
        spread_of("easy", [1.0], [1.0], [0.97], [1.0]),
        spread_of("hard", [0.0], [0.02], [0.0], [0.0]),
        spread_of("tells", [0.0], [1.0], [0.0], [0.0]),
        spread_of("more or less right", [0.6], [1.0], [0.8], [0.7]),
        spread_of("on the border", [0.49], [0.51], [0.5], [0.5]),
        spread_of("seldom asked", [1.0], [1.0], [1.0]),
    )
    assert (found.too_easy, found.too_hard, found.questions) == (("easy",), ("hard",), 5)
    assert found.in_words == "2 of 5 questions tell no configurations apart: 1 too easy, 1 too hard."


def test_chance_between_repeats_is_no_difference() -> None:
    noisy = spread_of("noise", [1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1])
    real = spread_of("real", [1, 1, 1], [1, 1, 1], [1, 1, 0], [0, 0, 0])
    assert find(noisy, real).too_easy == ("noise",)
    # Right in all, and yet some configurations are right more often than chance between repeats explains.
    steady = spread_of("steady", [1.0, 0.98], [0.6, 0.62], [1.0, 1.0], [0.99, 1.0])
    assert find(steady).in_words == ""


def test_less_is_better_where_the_score_says_so() -> None:
    found = find(spread_of("a", [0.0], [0.0], [0.0], [0.0]), right_from=0.5, sign=-1)
    assert found.too_easy == ("a",) and found.in_words == (
        "1 of 1 question tells no configurations apart: 1 too easy."
    )
    assert find(spread_of("a", [0.9], [0.9], [0.9], [0.9]), sign=-1).too_hard == ("a",)


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=3), min_size=4, max_size=8))
def test_no_question_is_both_and_none_tells_without_a_difference(trials: list[list[float]]) -> None:
    spread = spread_of("q", *trials)
    found = find(spread)
    assert len(found.too_easy) + len(found.too_hard) <= 1
    if spread.highest - spread.lowest <= SAME_WITHIN and not spread.lowest < 0.5 <= spread.highest:
        assert found.too_easy or found.too_hard
    if spread.lowest < 0.5 <= spread.highest:
        assert not found.in_words
