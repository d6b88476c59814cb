"""A machine that is priced by the hour is paid for the time it is busy, whatever overlaps, and never above a cap.
Knows nothing about models or servers: attempts begin and end on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.budget import Budget, BudgetSpent
from workbench.calls.machine_time import MachineTime

LONGEST = 10.0
PER_HOUR = 36.0
PER_SECOND = PER_HOUR / 3600

seconds = st.floats(0, 100, allow_nan=False)
attempts = st.lists(st.tuples(seconds, st.floats(0, LONGEST, allow_nan=False)), min_size=1, max_size=12)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def union(intervals: Sequence[tuple[float, float]]) -> float:
    total, reached = 0.0, -1.0
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


async def play(intervals: Sequence[tuple[float, float]], budget: Budget) -> tuple[list[float], list[int]]:
    """(the shares of the attempts that ran, which ones the budget had no room for)."""
    clock = Clock()

    async def race(waiting: Awaitable[None]) -> None:
        await waiting

    machine = MachineTime(PER_HOUR, budget, race, clock)
    shares: list[float] = []
    refused: list[int] = []
    ends = [asyncio.Event() for _ in intervals]

    async def attempt(number: int) -> None:
        try:
            async with machine.attempt(LONGEST, shares.append):
                await ends[number].wait()
        except BudgetSpent:
            refused.append(number)

    events = sorted(
        [(start, 1, n) for n, (start, _) in enumerate(intervals)]
        + [(end, 0 if end > start else 2, n) for n, (start, end) in enumerate(intervals)]
    )
    async with asyncio.TaskGroup() as group:
        for at, kind, number in events:
            clock.now = at
            if kind == 1:
                group.create_task(attempt(number))
            else:
                ends[number].set()
            for _ in range(8):
                await asyncio.sleep(0)
    return shares, refused


@given(attempts)
def test_the_shares_add_up_to_the_time_in_which_any_was_under_way(drawn: list[tuple[float, float]]) -> None:
    intervals = [(start, start + length) for start, length in drawn]
    budget = Budget(None, 0.0)
    shares, _ = asyncio.run(play(intervals, budget))
    assert sum(shares) == pytest.approx(union(intervals), abs=1e-6)
    assert budget.spent == pytest.approx(union(intervals) * PER_SECOND, abs=1e-8)
    assert budget.reserve_at_once(0.0) and budget._reserved == pytest.approx(0.0, abs=1e-9)


@given(attempts, st.floats(0, 60 * PER_SECOND, allow_nan=False))
def test_the_cap_is_never_passed(drawn: list[tuple[float, float]], cap: float) -> None:
    # All that do not wait for room end in time; those that waited are ended by the clock, early.
    intervals = [(start, start + length) for start, length in drawn]
    budget = Budget(cap, 0.0)
    asyncio.run(play(intervals, budget))
    assert budget.spent <= cap + 1e-9


def test_attempts_that_overlap_are_reserved_once_and_share_alike() -> None:
    budget = Budget(LONGEST * PER_SECOND, 0.0)  # room for one attempt alone
    shares, refused = asyncio.run(play([(0.0, 6.0)] * 8, budget))
    assert refused == [] and shares == pytest.approx([6.0 / 8] * 8)
