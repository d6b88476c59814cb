"""A hard cap on money: reserved by the worst case before a call, settled after it.
Knows nothing about what the money buys."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from workbench.errors import Stopped


class BudgetSpent(Stopped):
    """The cap leaves no room for the next call."""

    state = "stopped: budget"

    @classmethod
    def of(cls, cap: float | None, spent: float, doubtful: float, worst_case: float) -> BudgetSpent:
        """In words; all in US dollars, `doubtful` as in Budget."""
        lost = f"up to ${doubtful:.4g} may have been charged for calls that were cut off; "
        return cls(
            f"The budget of ${cap:.4g} leaves no room for the next call (spent ${spent:.4g}; "
            f"{lost if doubtful else ''}it may cost ${worst_case:.4g})."
        )


class Budget:
    """A cap, what was spent, and what may be spent by what is under way; all in US dollars.

    cap: for the whole experiment, or None for no cap.
    spent: what the ledger holds already.
    doubtful: what calls cost at most that were under way when a process died. Nobody knows whether they were
        charged, so the cap holds even if they were.
    """

    def __init__(self, cap: float | None, spent: float, doubtful: float = 0.0) -> None:
        self.cap = cap
        self.spent = spent
        self.doubtful = doubtful
        self._reserved = 0.0
        self._in_flight = 0
        self._changed = asyncio.Condition()

    async def change_cap(self, cap: float | None) -> None:
        """Obeyed by the next call; a lower one cuts off nothing that is in flight."""
        if cap != self.cap:
            async with self._changed:
                self.cap = cap
                self._changed.notify_all()

    def reserve_at_once(self, worst_case: float) -> bool:
        """Reserve without a wait, which is the common case. False: it does not fit now."""
        if not self._fits(worst_case):
            return False
        self._reserved += worst_case
        self._in_flight += 1
        return True

    def _fits(self, worst_case: float) -> bool:
        return self.cap is None or self.spent + self.doubtful + self._reserved + worst_case <= self.cap

    async def reserve(self, worst_case: float) -> None:
        """Wait until `worst_case` dollars fit under the cap beside what is in flight.

        Raises BudgetSpent when they do not fit and nothing in flight could make room.
        """
        while not self.reserve_at_once(worst_case):
            await self.wait_for_room(worst_case)

    async def wait_for_room(self, worst_case: float) -> None:
        """Wait until something has changed, unless `worst_case` dollars fit already.

        Raises BudgetSpent when they do not fit and nothing in flight could make room.
        """
        async with self._changed:
            if self._fits(worst_case):
                return
            if not self._in_flight:
                raise BudgetSpent.of(self.cap, self.spent, self.doubtful, worst_case)
            await self._changed.wait()

    async def settle(self, worst_case: float, cost: float) -> None:
        """Replace a reservation by what the call really cost."""
        async with self._changed:
            self._reserved = max(0.0, self._reserved - worst_case)
            self._in_flight -= 1
            self.spent += cost
            self._changed.notify_all()


class Reservation:
    """One call's hold on the budget; `cost` is what its last attempt really cost."""

    def __init__(self, budget: Budget, worst_case: float) -> None:
        self._budget = budget
        self._worst = worst_case
        self._held = False
        self.cost = 0.0

    def open_at_once(self) -> bool:
        self._held = self._budget.reserve_at_once(self._worst)
        return self._held

    async def open(self) -> None:
        await self._budget.reserve(self._worst)
        self._held = True

    async def renew(self, cost: float) -> None:
        """Book an attempt that was paid for, and make room for the next. Raises BudgetSpent."""
        self._held = False
        await self._budget.settle(self._worst, cost)
        await self.open()

    def attempt(self, longest_seconds: float) -> AbstractAsyncContextManager[None]:
        """What an attempt is sent within.

        longest_seconds: after which it has ended, at the latest.
        """
        return nullcontext()

    def charged_seconds(self, measured: float | None) -> float | None:
        """The seconds that an hourly price is charged on.

        measured: how long the model computed, or the last attempt took.
        """
        return measured

    async def close(self) -> None:
        if self._held:
            self._held = False
            await self._budget.settle(self._worst, self.cost)
