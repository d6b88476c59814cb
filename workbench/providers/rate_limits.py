"""One provider's limits: calls at a time, requests and tokens a minute, and a circuit for a dead one.
Knows nothing about what is asked. Lives in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiolimiter import AsyncLimiter

from workbench.errors import ProviderError
from workbench.providers.adaptive_concurrency import Level
from workbench.providers.circuit_breaker import BUSY_KINDS, CircuitBreaker
from workbench.space.model import Limits

# Not a passing trouble: asking again with the same settings cannot help.
HOPELESS_KINDS = ("key", "no_model")


Race = Callable[[Coroutine[Any, Any, None]], Awaitable[None]]


class Place:
    """One call's place at a provider: taken for each attempt, held until its reply is safe, given up while
    the call waits to be asked again. race: waits for what it is given, or raises when that is no use."""

    def __init__(self, limits: ProviderLimits, tokens: int, race: Race | None) -> None:
        self._limits = limits
        self._tokens = tokens
        self._race = race
        self._held = False
        self._asked_before = False
        self._sent_at = 0

    async def take(self) -> None:
        """Wait for a free place, unless this call has one; a call that waited its time out comes first."""
        if self._held:
            return
        if not self._limits.enter_at_once():
            waiting = self._limits.enter(self._tokens, first=self._asked_before)
            await (self._race(waiting) if self._race is not None else waiting)
        self._held = self._asked_before = True
        self._sent_at = self._limits.allowed

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._limits.leave()

    def note_answer(self) -> None:
        self._limits.level.note_accepted(self._sent_at)

    def note_failure(self, error: ProviderError) -> None:
        """What sends us away speaks against the level; what is taken in and then fails does not."""
        if error.kind in BUSY_KINDS:
            self._limits.level.note_refused(self._sent_at)
        else:
            self._limits.level.note_accepted(self._sent_at)


class ProviderLimits:
    """Concurrency adapts: down where the provider refuses, slowly back up to the limit."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = limits.concurrency
        self.level = Level(limits.concurrency)
        self._in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._requests = _per_minute(limits.requests_per_minute)
        self._tokens = _per_minute(limits.tokens_per_minute)
        self._tokens_most = limits.tokens_per_minute
        self.succeeded = 0
        self.waiting = 0
        self.circuit = CircuitBreaker(self._circuit_changed, clock)

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def allowed(self) -> int:
        """Calls at a time, as adapted: at least 1."""
        return self.level.allowed

    @property
    def dead_seconds(self) -> float:
        """For how long the circuit has been open without a success; 0 when it is closed."""
        return self.circuit.open_seconds

    @property
    def state_in_words(self) -> str:
        """What is wrong, for a page; empty when nothing is."""
        if self.is_open:
            problem = self.circuit.last_problem
            return f"Not serving us for {self.dead_seconds:.0f} s, tried now and then. {problem}"
        if self.allowed < self._most:
            return f"It limits us: {self.allowed} calls at a time instead of {self._most}."
        return ""

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: calls are let through one at a time, to see if it is back."""
        return self.circuit.is_open

    @asynccontextmanager
    async def slot(self, *, tokens: int = 0, race: Race | None = None) -> AsyncIterator[Place]:
        """Hold one of the provider's places; `tokens` is what the call is expected to use."""
        place = Place(self, tokens, race)
        await place.take()
        try:
            yield place
        finally:
            place.leave()

    def enter_at_once(self) -> bool:
        """The common case without a wait: no limit a minute, nothing wrong, a free place."""
        limited = self._requests is not None or self._tokens is not None
        if limited or self.is_open or self.waiting or not self._has_room():
            return False
        self._in_flight += 1
        return True

    async def enter(self, tokens: int, *, first: bool) -> None:
        """Wait for a place; `first`: before all who wait already."""
        self.waiting += 1
        try:
            if self._requests is not None:
                await self._requests.acquire()
            if self._tokens is not None and self._tokens_most is not None:
                await self._tokens.acquire(min(tokens, self._tokens_most))
            await self._wait_in_line(first)
        finally:
            self.waiting -= 1

    async def _wait_in_line(self, first: bool) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._queue.appendleft if first else self._queue.append)(mine)
        self._let_in()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.leave()  # it was let in at that very moment
            else:
                with suppress(ValueError):  # passed over already
                    self._queue.remove(mine)
            raise

    def leave(self) -> None:
        self._in_flight -= 1
        self.circuit.is_probing = False  # a probe that was stopped must not keep others from probing
        self._let_in()

    def _has_room(self) -> bool:
        if self.is_open:
            return self.circuit.lets_probe
        return self._in_flight < self.allowed

    def _let_in(self) -> None:
        """Let in who waits longest, as far as there is room."""
        while self._queue and self._has_room():
            mine = self._queue.popleft()
            if mine.done():
                continue
            self.circuit.is_probing = self.is_open  # one call finds out whether it is back
            self._in_flight += 1
            mine.set_result(None)

    def note_success(self) -> None:
        self.succeeded += 1
        self.circuit.note_success()

    def note_failure(self, error: ProviderError) -> None:
        self.circuit.note_failure(error, alone=self._in_flight <= 1)

    def note_given_up(self, error: ProviderError, succeeded_before: int) -> None:
        """A call's attempts are used up, or it was asked to wait for longer than a call may take.
        succeeded_before: what `succeeded` was when it began."""
        self.circuit.note_given_up(error, nobody_got_through=self.succeeded == succeeded_before)

    def _circuit_changed(self, seconds: float) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._let_in)
        else:
            self._let_in()


def _per_minute(most: int | None) -> AsyncLimiter | None:
    return AsyncLimiter(most, 60) if most is not None else None
