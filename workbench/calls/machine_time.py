"""Charges machines that are priced by the hour for the time they are busy, once however many calls overlap.
Knows nothing about calls, retries or the ledger: attempts begin and end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from workbench.calls.budget import Budget, Reservation

Race = Callable[[Coroutine[Any, Any, None]], Awaitable[None]]


class MachineTime:
    """The busy time of one machine, shared at each moment by the attempts that are under way on it.

    So the shares of all attempts add up to the time in which at least one was under way. Under a budget, the
    time until the last of them must have ended is reserved once, not for each.

    usd_per_hour: its price.
    budget: the cap that is reserved under.
    race: awaits room under the cap, or raises when waiting has become pointless.
    """

    def __init__(
        self,
        usd_per_hour: float,
        budget: Budget,
        race: Race,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._usd_per_second = usd_per_hour / 3600
        self._budget = budget
        self._race = race
        self._clock = clock
        self._under_way = 0
        self._share = 0.0  # of one attempt that had been under way all the time
        self._changed_at = 0.0
        self._ends_at = 0.0  # the last attempt under way, at the latest
        self._reserved = 0.0

    @asynccontextmanager
    async def attempt(self, longest_seconds: float, note: Callable[[float], None]) -> AsyncIterator[None]:
        """Time one attempt, once there is room for it under the cap. Raises BudgetSpent.

        longest_seconds: after which it has ended, at the latest.
        note: receives its share of the busy time, in seconds, when it has ended.
        """
        await self._reserve(longest_seconds)
        self._advance()
        self._under_way += 1
        before = self._share
        try:
            yield
        finally:
            self._advance()
            self._under_way -= 1
            seconds = self._share - before
            note(seconds)
            cost = seconds * self._usd_per_second
            released = cost if self._under_way else self._reserved
            self._reserved -= released
            await self._budget.settle(released, cost)

    def _advance(self) -> None:
        """Give the time since the last change to those that were under way in it."""
        now = self._clock()
        if self._under_way:
            self._share += (now - self._changed_at) / self._under_way
        self._changed_at = now

    async def _reserve(self, longest_seconds: float) -> None:
        """Reserve the time by which one more attempt may prolong the busy time."""
        while True:
            ends_at = self._clock() + longest_seconds
            more = ends_at - self._ends_at if self._under_way else longest_seconds
            worst_case = min(longest_seconds, max(0.0, more)) * self._usd_per_second
            if self._budget.reserve_at_once(worst_case):
                break
            await self._race(self._budget.wait_for_room(worst_case))
        self._reserved += worst_case
        self._ends_at = max(ends_at, self._ends_at) if self._under_way else ends_at


class HourlyReservation(Reservation):
    """Of a call to a machine that is priced by the hour: each attempt is reserved and settled by itself."""

    def __init__(self, budget: Budget, machine: MachineTime) -> None:
        super().__init__(budget, 0.0)
        self._machine = machine
        self._seconds = 0.0

    def open_at_once(self) -> bool:
        return True

    def attempt(self, longest_seconds: float) -> AbstractAsyncContextManager[None]:
        return self._machine.attempt(longest_seconds, self._note)

    def _note(self, seconds: float) -> None:
        self._seconds += seconds

    def charged_seconds(self, measured: float | None) -> float | None:
        """The shares of all attempts that were not booked, failed ones included."""
        return self._seconds

    async def renew(self, cost: float) -> None:
        """What was booked is settled already; the row that comes next must not charge it again."""
        self._seconds = 0.0
