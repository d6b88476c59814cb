"""Sends one call of any kind: under the budget, with its claim, within limits, again after failures.
Knows nothing about what is asked, nor about which calls are stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from workbench.calls.budget import Budget, Reservation
from workbench.calls.call_records import CallRecordBuilder
from workbench.calls.claims import UNSHARED, Claims, Hold, NoClaims
from workbench.calls.clients import Opened, more_patient, provider_key
from workbench.calls.first_requests import FirstRequests
from workbench.calls.ledger import Ledger
from workbench.calls.machine_time import HourlyReservation, MachineTime
from workbench.calls.retry_policy import UNATTENDED, RetryPolicy
from workbench.calls.stop_signal import StopSignal
from workbench.calls.worst_case import worst_cost
from workbench.errors import ProviderError
from workbench.providers.prices import Prices
from workbench.providers.rate_limits import ProviderLimits, Slot
from workbench.providers.retries import call_with_retries
from workbench.providers.types import ChatReply, EmbeddingReply, Usage
from workbench.space.model import Model
from workbench.store.sharing.claims import Claim

ModelReply = TypeVar("ModelReply", ChatReply, EmbeddingReply)


@dataclass
class CallCounts:
    """What became of the calls of one Caller."""

    made: int = 0
    """Calls sent, failed ones included."""
    reused: int = 0
    """Calls answered from the store, or by the same call while it was under way."""
    failed: int = 0
    """Calls that failed after their last attempt; a part of `made`."""
    retried: int = 0
    """Attempts beyond each call's first."""


@dataclass
class Sending:
    """What all calls of one Caller are sent with, and counted by."""

    ledger: Ledger
    """Where calls are looked up and written down."""
    opened: Opened
    """The run's clients and its providers' limits."""
    prices: Prices
    """By model name."""
    budget: Budget
    """The cap that every call is reserved under."""
    experiment_id: str | None
    """None outside an experiment."""
    stop_signal: StopSignal
    """Once set, no further request is sent."""
    retry_policy: RetryPolicy = UNATTENDED
    """For how long a call is tried."""
    claims: Claims = field(default_factory=NoClaims)
    """Through which calls are shared with other processes and other Callers."""
    first_requests: FirstRequests = field(default_factory=FirstRequests, init=False)
    counts: CallCounts = field(default_factory=CallCounts, init=False)
    _machines: dict[str, MachineTime] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.records = CallRecordBuilder(self.prices, self.experiment_id)

    async def limits(self, model: Model) -> ProviderLimits:
        """Those of the model's provider. Raises ProviderError where it is shut and nobody waits."""
        await self.opened.facts(model)
        limits = self.opened.limits(model)
        if not self.retry_policy.waits_for_circuit:
            limits.raise_if_shut()
        return limits

    def worst_cost(self, model: Model, usage: Usage, texts: int) -> float:
        """Dollars that a call costs at the most."""
        return worst_cost(self.prices, model, usage, texts)

    @asynccontextmanager
    async def reserved(self, model: Model, worst_case: float) -> AsyncIterator[Reservation]:
        """A call's hold on the budget, once there is room. Raises BudgetSpent and Stopped."""
        reservation = self._reservation(model, worst_case)
        if not reservation.open_at_once():
            await self.stop_signal.race(reservation.open())
        try:
            yield reservation
        finally:
            await reservation.close()

    def hold(
        self, key: str, model: Model, kind: str, worst_case: float, *, is_stored_whole: bool = True
    ) -> Hold:
        """The call's claim, which is yet to be taken."""
        if model.embedded:
            return UNSHARED
        worst_usd = worst_case if self.prices.get(model.name) is not None else None
        claim = Claim(key, kind, model.name, worst_usd, self._machine_of(model), is_stored_whole)
        return self.claims.hold(claim, provider_key(model), model.limits.concurrency)

    def _machine_of(self, model: Model) -> str | None:
        """The machine of a served model that is priced by the hour. Models of one address and price are taken
        for one machine: a base model and its adapters, say."""
        price = self.prices.get(model.name)
        if model.embedded or price is None or price.per_hour is None:
            return None
        return f"{provider_key(model)} {price.per_hour}"

    def _reservation(self, model: Model, worst_case: float) -> Reservation:
        price, machine = self.prices.get(model.name), self._machine_of(model)
        if machine is None or price is None or price.per_hour is None:
            return Reservation(self.budget, worst_case)
        if machine not in self._machines:
            self._machines[machine] = MachineTime(price.per_hour, self.budget, self.stop_signal.race)
        return HourlyReservation(self.budget, self._machines[machine])

    async def book(
        self,
        key: str,
        model: Model,
        kind: str,
        repeat: int,
        error: ProviderError,
        reservation: Reservation,
        slot: Slot,
    ) -> None:
        """Write down an attempt that was billed and failed: it is money spent, so it is a row of its own and
        counts against the cap. Other calls get the slot while this one waits to be sent again or for room
        under the cap."""
        if not isinstance(error.billed, Usage):
            slot.release()
            return
        seconds = reservation.charged_seconds(error.seconds)
        record = self.records.build_billed_failure(key, model, kind, repeat, error, error.billed, seconds)
        await self.ledger.add(record)
        slot.release()
        await self.stop_signal.race(reservation.renew(record.cost_usd or 0.0))

    async def with_retries(
        self,
        model: Model,
        send: Callable[[Model], Awaitable[ModelReply]],
        on_failure: Callable[[ProviderError], Awaitable[None]],
        slot: Slot,
        attempts: int,
        reservation: Reservation,
    ) -> ModelReply:
        limits = self.opened.limits(model)
        asked = model

        async def attempt() -> ModelReply:
            nonlocal asked
            await slot.acquire()
            self.stop_signal.raise_if_set()
            try:
                async with reservation.attempt(asked.limits.timeout_seconds):
                    reply = await send(asked)
            except ProviderError as error:
                slot.note_failure(error)
                if error.kind == "timeout":
                    asked = more_patient(model)
                raise
            slot.note_reply()
            return reply

        return await call_with_retries(
            attempt,
            attempts=1 if limits.is_open else attempts,
            deadline_seconds=self.retry_policy.deadline_seconds(model.limits.timeout_seconds),
            limits=limits,
            sleep=lambda seconds: self.stop_signal.race(asyncio.sleep(seconds)),
            before=self.stop_signal.raise_if_set,
            on_failure=on_failure,
        )
