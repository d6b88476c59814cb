"""Adaptive concurrency against simulated servers: one accepts n calls at a time, one refuses at random.
Knows nothing about clients or time."""

from __future__ import annotations

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.providers.adaptive_concurrency import AdaptiveConcurrency

ROUNDS = 400


def rounds_of(level: AdaptiveConcurrency, taken: int) -> tuple[list[int], int, int]:
    """Send what is allowed, round after round, to a server that takes so many at a time and refuses the rest
    at once. Returns (the levels, attempts and refusals of the second half)."""
    levels, attempts, refused = [], 0, 0
    for number in range(ROUNDS):
        sent_at = level.allowed
        beyond = max(0, sent_at - taken)
        for _ in range(beyond):
            level.note_refused(sent_at)
        for _ in range(sent_at - beyond):
            level.note_accepted(sent_at)
        if number >= ROUNDS // 2:
            levels.append(sent_at)
            attempts, refused = attempts + sent_at, refused + beyond
    return levels, attempts, refused


@settings(deadline=None)
@given(taken=st.integers(2, 80), most=st.integers(1, 128))
@example(taken=50, most=126)  # half the burst judged from its refused part alone: 126, 63, 126, 63, …
def test_it_settles_at_what_the_server_takes_and_little_is_refused(taken: int, most: int) -> None:
    levels, attempts, refused = rounds_of(AdaptiveConcurrency(most), taken)
    wanted = min(taken, most)
    assert 0.8 * wanted <= sum(levels) / len(levels) <= 1.1 * wanted + 1
    assert refused <= 0.05 * attempts


def test_the_first_burst_finds_the_level_at_once() -> None:
    level = AdaptiveConcurrency(64)
    for _ in range(48):
        level.note_refused(64)
    assert level.allowed == 16


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 0.5), st.integers(4, 64))
def test_refusals_that_have_nothing_to_do_with_the_level_do_not_end_at_one_call_at_a_time(
    seed: int, share: float, most: int
) -> None:
    chance, level, levels = random.Random(seed), AdaptiveConcurrency(most), []
    for _ in range(6_000):
        sent_at = level.allowed
        (level.note_refused if chance.random() < share else level.note_accepted)(sent_at)
        levels.append(sent_at)
    assert sum(levels[2_000:]) / 4_000 >= 0.6 * most


def test_after_a_storm_refusals_count_again() -> None:
    chance, level = random.Random(7), AdaptiveConcurrency(32)
    for _ in range(2_000):
        (level.note_refused if chance.random() < 0.4 else level.note_accepted)(level.allowed)
    rounds_of(level, taken=100)  # calm
    levels, _, _ = rounds_of(level, taken=8)
    assert sum(levels) / len(levels) <= 10


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=400), st.integers(1, 40))
def test_it_is_never_below_one_or_above_the_limit(outcomes: list[tuple[bool, int]], most: int) -> None:
    level = AdaptiveConcurrency(most)
    for refused, sent_at in outcomes:
        (level.note_refused if refused else level.note_accepted)(min(sent_at, most))
        assert 1 <= level.allowed <= most
