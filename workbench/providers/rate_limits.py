"""One provider's limits: concurrent calls, requests and tokens per minute, and a circuit breaker.
Knows nothing about what is sent. Belongs to one event loop."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.adaptive_concurrency import AdaptiveConcurrency
from workbench.providers.circuit_breaker import BUSY_KINDS, CircuitBreaker
from workbench.providers.per_minute import PerMinute
from workbench.space.model import Limits

PERMANENT_KINDS = ("key", "no_model", "payment", "unreachable")
"""Kinds of errors that a retry with the same settings cannot help."""

Race = Callable[[Coroutine[Any, Any, None]], Awaitable[None]]
"""Awaits a coroutine, or raises as soon as waiting has become pointless, such as after a stop."""


class Slot:
    """One call's concurrency slot at a provider.

    It is acquired for each attempt, held until the reply is stored, and released while the call waits for its
    next attempt.
    """

    def __init__(self, limits: ProviderLimits, tokens: int, race: Race | None) -> None:
        self._limits = limits
        self._tokens = tokens
        self._race = race
        self._held = False
        self._sent_before = False
        self._sent_at = 0
        self._sent_alone = False
        self._sent_when = 0.0

    async def acquire(self) -> None:
        """Wait for a free slot, unless this call holds one. A retried call goes to the head of the queue."""
        if self._held:
            return
        if not self._limits.try_acquire():
            waiting = self._limits.acquire(self._tokens, first=self._sent_before)
            await (self._race(waiting) if self._race is not None else waiting)
        self._held = self._sent_before = True
        self._sent_at = self._limits.concurrency.allowed
        self._sent_alone = self._limits.in_flight <= 1
        self._sent_when = self._limits.clock()

    def release(self) -> None:
        """Free the slot, if this call holds it."""
        if self._held:
            self._held = False
            self._limits.release()

    def note_reply(self) -> None:
        """The attempt brought a reply."""
        self._limits.concurrency.note_accepted(self._sent_at, self._limits.clock() - self._sent_when)

    def note_failure(self, error: ProviderError) -> None:
        """The attempt failed. The concurrency falls when it was refused, or timed out while others were in
        flight: many servers queue in silence. A time-out of a call that was alone does not count."""
        timed_out = error.kind == "timeout"
        alone = self._sent_alone and self._limits.in_flight <= 1
        if error.kind in BUSY_KINDS or (timed_out and not alone):
            self._limits.concurrency.note_refused(self._sent_at)
        elif not timed_out:
            self._limits.concurrency.note_accepted(self._sent_at)


class ProviderLimits:
    """The limits of one provider. Concurrency adapts: down after refusals, slowly back up to the limit.

    begin: how many calls at a time are sent at first; None means as many as the limit allows.
    """

    def __init__(
        self, limits: Limits, clock: Callable[[], float] = time.monotonic, begin: int | None = None
    ) -> None:
        self.clock = clock
        self._most = limits.concurrency
        self.concurrency = AdaptiveConcurrency(limits.concurrency, begin)
        self._in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._requests = _per_minute(limits.requests_per_minute)
        self._tokens = _per_minute(limits.tokens_per_minute)
        self._share: int | None = None
        self._has_share = asyncio.Event()
        self._has_share.set()
        self.succeeded = 0
        self.waiting = 0
        self.circuit = CircuitBreaker(self._circuit_changed, clock)

    def learn_slots(self, slots: int) -> None:
        """Take it from the server how many calls it works on at a time: more would wait there in a queue."""
        self._most = min(self._most, slots)
        self.concurrency = AdaptiveConcurrency(self._most)

    @property
    def most(self) -> int:
        """How many calls at a time the settings, or the server, allow in all."""
        return self._most

    def take_share(self, share: int, borne: int) -> None:
        """Take a share of the limits, which other processes use as well.

        share: how many calls may be in flight here; 0 for none at present.
        borne: how many the provider bears in all, as far as anybody has learnt.
        """
        self._share = share
        (self._has_share.set if share else self._has_share.clear)()
        self.concurrency.raise_to(borne)
        self.concurrency.part = share / borne
        for limit in (self._requests, self._tokens):
            if limit is not None:
                limit.take_part(share / borne)
        self._admit()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def allowed(self) -> int:
        """How many calls may be in flight now: at least 1, unless others have all of them."""
        allowed = self.concurrency.allowed
        return allowed if self._share is None else min(allowed, self._share)

    @property
    def lowered_to(self) -> int | None:
        """How many calls at a time the provider bears since it refused some here, 0 while it has asked for a
        pause; None where it has refused none."""
        return 0 if self.circuit.was_asked_to_wait else self.concurrency.lowered_to

    @property
    def dead_seconds(self) -> float:
        """How long the circuit has been open without a success; 0 when it is closed."""
        return self.circuit.open_seconds

    @property
    def state_in_words(self) -> str:
        """What is wrong, for a page; empty when nothing is."""
        if self.is_open:
            problem = self.circuit.last_problem
            return f"Unavailable for {self.dead_seconds:.0f} s; it is retried from time to time. {problem}"
        if self.concurrency.was_lowered and self.allowed < self._most:
            now = f"{self.allowed} at a time instead of {self._most}"
            return f"It refuses some calls or answers too late: {now}."
        return ""

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: only single calls are sent, to probe whether the provider is back."""
        return self.circuit.is_open

    def raise_if_shut(self) -> None:
        """Raise ProviderError, with the seconds to wait, while the open circuit lets nobody through."""
        seconds = self.circuit.seconds_shut
        if seconds:
            raise ProviderError(
                self.state_in_words, kind="refused", retryable=True, retry_after=seconds, attempts=0
            )

    @asynccontextmanager
    async def slot(self, *, tokens: int = 0, race: Race | None = None) -> AsyncIterator[Slot]:
        """Hold one of the provider's concurrency slots.

        tokens: how many the call is expected to use.
        race: awaits the slot, or raises when waiting has become pointless.
        """
        slot = Slot(self, tokens, race)
        await slot.acquire()
        try:
            yield slot
        finally:
            slot.release()

    def try_acquire(self) -> bool:
        """Take a slot without waiting: no limits per minute, no queue, a closed circuit, a free slot."""
        limited = self._requests is not None or self._tokens is not None
        if limited or self.is_open or self.waiting or not self._has_room():
            return False
        self._in_flight += 1
        return True

    async def acquire(self, tokens: int, *, first: bool) -> None:
        """Wait for a slot. first: ahead of all calls that wait already."""
        self.waiting += 1
        try:
            if self._requests is not None or self._tokens is not None:
                await self._has_share.wait()
            if self._requests is not None:
                await self._requests.acquire()
            if self._tokens is not None:
                await self._tokens.acquire(tokens)
            await self._wait_in_queue(first)
        finally:
            self.waiting -= 1

    async def _wait_in_queue(self, first: bool) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._queue.appendleft if first else self._queue.append)(waiter)
        self._admit()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()  # it was admitted just before it was cancelled
            else:
                with suppress(ValueError):  # no longer in the queue
                    self._queue.remove(waiter)
            raise

    def release(self) -> None:
        """Free a slot and admit the next call."""
        self._in_flight -= 1
        self.circuit.is_probing = False  # a probe that was stopped must not keep others from probing
        self._admit()

    def _has_room(self) -> bool:
        if self.is_open:
            return self.circuit.lets_probe
        return self._in_flight < self.allowed

    def _admit(self) -> None:
        """Admit waiting calls in order, as far as there are free slots."""
        while self._queue and self._has_room():
            waiter = self._queue.popleft()
            if waiter.done():
                continue
            self.circuit.is_probing = self.is_open  # one call probes whether the provider is back
            self._in_flight += 1
            waiter.set_result(None)

    def note_success(self) -> None:
        """An attempt succeeded."""
        self.succeeded += 1
        self.circuit.note_success()

    def note_failure(self, error: ProviderError) -> None:
        """An attempt failed."""
        self.circuit.note_failure(error, alone=self._in_flight <= 1)

    def note_given_up(self, error: ProviderError, succeeded_before: int) -> None:
        """A call's attempts are used up, or the server told it to wait for longer than a call may take.

        succeeded_before: what `succeeded` was when the call began.
        """
        self.circuit.note_given_up(error, nobody_got_through=self.succeeded == succeeded_before)

    def _circuit_changed(self, seconds: float) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._admit)
        else:
            self._admit()


def _per_minute(most: int | None) -> PerMinute | None:
    return PerMinute(most) if most is not None else None
