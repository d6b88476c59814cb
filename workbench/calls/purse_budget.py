"""A Budget that several processes spend together: each draws money from the store, block by block.
Knows nothing about what the money buys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlmodel import Session

from workbench.calls.budget import Budget, BudgetSpent
from workbench.store.database import Store
from workbench.store.records import CallRecord
from workbench.store.sharing import purses
from workbench.store.sharing.participants import Participant

LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.1, 0.4
"""How soon it is looked again whether calls in flight, or others, have left something. The time doubles with
each look in vain: a look sums up the experiment's ledger while nobody else can write."""
ROUNDING_USD = 1e-7
"""What is left of money that was given back, by rounding: it pays for no call."""
ENOUGH = 2.0
"""What is beyond so many blocks is given back."""


class PurseBudget(Budget):
    """participant: whose purse it is.

    `note_calls` must be called in the transactions that store its calls, `beat` once a second, and `close` at
    the end.
    """

    def __init__(self, store: Store, experiment_id: str, participant: Participant, cap: float | None) -> None:
        super().__init__(cap, 0.0)
        self._store = store
        self._experiment_id = experiment_id
        self._participant = participant
        self._granted = 0.0
        self._ledger = purses.Summed()
        self._most = 0.0  # the most expensive call so far
        self._drawing = asyncio.Lock()
        self._look_seconds = LOOK_SECONDS

    async def change_cap(self, cap: float | None) -> None:
        """See Budget. What is under way when a first cap is set is not cut off."""
        if self.cap is None and cap is not None:
            self._granted = self.spent + self._reserved
        await super().change_cap(cap)

    def _fits(self, worst_case: float) -> bool:
        self._most = max(self._most, worst_case)
        return self.cap is None or self.spent + self._reserved + worst_case <= self._granted

    async def wait_for_room(self, worst_case: float) -> None:
        """See Budget: nobody else may have money under way either."""
        async with self._drawing:
            if self._fits(worst_case) or self.cap is None:
                return
            needed = worst_case + self.spent + self._reserved - self._granted
            spent = self.spent
            drawn = await asyncio.to_thread(self._draw, self.cap, needed)
            self._ledger = drawn.ledger
            if drawn.is_new:  # what was held before is lost: see `beat`
                self._granted = spent
            self._granted += drawn.granted
            may_come = self._in_flight > 0 or drawn.held_by_others > ROUNDING_USD
            if not drawn.granted and may_come:  # one looks for all who wait
                await asyncio.sleep(self._look_seconds)
                self._look_seconds = min(2 * self._look_seconds, LONGEST_LOOK_SECONDS)
        if drawn.granted:
            self._look_seconds = LOOK_SECONDS
            async with self._changed:
                self._changed.notify_all()
        elif not may_come:
            raise BudgetSpent.of(self.cap, drawn.spent, drawn.lost, worst_case)

    def _draw(self, cap: float, needed: float) -> purses.Drawn:
        # A rounding error of a sum must not keep a call waiting for ever.
        needed *= 1 + 1e-9
        return self._store.transact(
            lambda session: purses.draw(
                session, self._experiment_id, self._participant, cap, needed, self._ledger
            )
        )

    def note_calls(self, session: Session, calls: Sequence[CallRecord]) -> None:
        """Note what calls cost that are being stored."""
        usd = sum(call.cost_usd or 0.0 for call in calls)
        if usd and self.cap is not None:
            purses.note_spent(session, self._experiment_id, self._participant.name, usd)

    async def beat(self) -> None:
        """Give back what is not needed, so that others need not wait for it; give up what is lost."""
        async with self._drawing:
            spent = self.spent
            if self._granted > spent and not await asyncio.to_thread(self._is_open):
                # Others took this process for dead, and may have been granted what it held. What is under way
                # is drawn again, too: it counts twice until its bill has come.
                self._granted = spent
            unused = self._granted - self.spent - self._reserved
            if self.cap is None or unused <= 0:
                return
            spare = 0.0 if not self._in_flight else min(unused, ENOUGH * purses.CALLS_EACH * self._most)
            if spare < unused:
                self._granted -= unused - spare
                await asyncio.to_thread(self._give_back, unused - spare)

    def _is_open(self) -> bool:
        return self._store.query(
            lambda session: purses.is_open(session, self._experiment_id, self._participant.name)
        )

    def _give_back(self, usd: float) -> None:
        self._store.transact(
            lambda session: purses.give_back(session, self._experiment_id, self._participant.name, usd)
        )

    async def close(self) -> None:
        """Give up the purse. Nothing is under way any more."""
        if self._granted:
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._store.transact(
            lambda session: purses.close(session, self._experiment_id, self._participant.name)
        )
