"""One provider's limits: calls at a time, requests and tokens a minute, and a circuit for a dead one.
Knows nothing about what is asked. Lives in one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiolimiter import AsyncLimiter

from workbench.errors import ProviderError
from workbench.space.model import Limits

# Additive increase, multiplicative decrease (Chiu and Jain 1989), as TCP does.
DECREASE = 0.7
SUCCESSES_TO_GROW = 20
DECREASE_AT_MOST_EVERY_SECONDS = 1.0
# So many failures in a row that say "nobody is there" open the circuit.
FAILURES_TO_OPEN = 5
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 30.0
DEAD_KINDS = ("refused", "timeout", "cut")
# It answers, but only to send us away. When one call has used up its attempts and no other got through
# meanwhile, that opens the circuit too.
BUSY_KINDS = ("rate_limit", "server")
LONGEST_ASKED_PAUSE_SECONDS = 600.0
# Not a passing trouble: asking again with the same settings cannot help.
HOPELESS_KINDS = ("key", "no_model")


class ProviderLimits:
    """Concurrency adapts: down on 429 and overload, slowly back up to the limit."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = limits.concurrency
        self._allowed = float(limits.concurrency)
        self._in_flight = 0
        self._changed = asyncio.Condition()
        self._requests = _per_minute(limits.requests_per_minute)
        self._tokens = _per_minute(limits.tokens_per_minute)
        self._tokens_most = limits.tokens_per_minute
        self._successes = 0
        self._decreased_at = float("-inf")
        self._failures = 0
        self.succeeded = 0
        self.waiting = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._open_until: float | None = None
        self._opened_at: float | None = None
        self._probing = False
        self._last_problem = ""

    @property
    def in_flight(self) -> int:
        return self._in_flight

    @property
    def allowed(self) -> int:
        """Calls at a time, as adapted: at least 1."""
        return max(1, int(self._allowed))

    @property
    def dead_seconds(self) -> float:
        """For how long the circuit has been open without a success; 0 when it is closed."""
        return 0.0 if self._opened_at is None else self._clock() - self._opened_at

    @property
    def state_in_words(self) -> str:
        """What is wrong, for a page; empty when nothing is."""
        if self._opened_at is not None:
            return f"Not serving us for {self.dead_seconds:.0f} s, tried now and then. {self._last_problem}"
        if self.allowed < self._most:
            return f"It limits us: {self.allowed} calls at a time instead of {self._most}."
        return ""

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: calls are let through one at a time, to see if it is back."""
        return self._opened_at is not None

    @asynccontextmanager
    async def slot(
        self, *, tokens: int = 0, race: Callable[[Coroutine[Any, Any, None]], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """Hold one of the provider's places; `tokens` is what the call is expected to use. `race` waits for
        what it is given, or raises when the wait is not worth it any more."""
        if not self._enter_at_once():
            waiting = self._queue(tokens)
            self.waiting += 1
            try:
                await (race(waiting) if race is not None else waiting)
            finally:
                self.waiting -= 1
        try:
            yield
        finally:
            async with self._changed:
                self._in_flight -= 1
                self._probing = False  # a probe that was stopped must not keep others from probing
                self._changed.notify_all()

    def _enter_at_once(self) -> bool:
        """The common case without a wait: no limit a minute, nothing wrong, a free place."""
        limited = self._requests is not None or self._tokens is not None
        if limited or self._open_until is not None or self.waiting or self._in_flight >= self.allowed:
            return False
        self._in_flight += 1
        return True

    async def _queue(self, tokens: int) -> None:
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None and self._tokens_most is not None:
            await self._tokens.acquire(min(tokens, self._tokens_most))
        await self._enter()

    async def _enter(self) -> None:
        async with self._changed:
            while True:
                wait = None
                if self._open_until is not None:
                    wait = max(0.0, self._open_until - self._clock())
                    if wait == 0 and not self._probing:
                        self._probing = True  # one call finds out whether it is back
                        break
                    wait = max(wait, 0.2)
                elif self._in_flight < self.allowed:
                    break
                # Not wait_for: in Python 3.11 it loses a cancellation that comes with a notification.
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
            self._in_flight += 1

    def note_success(self) -> None:
        self.succeeded += 1
        self._failures, self._probing = 0, False
        self._open_until = self._opened_at = None
        self._pause = FIRST_PAUSE_SECONDS
        self._successes += 1
        if self._allowed < self._most and self._successes >= SUCCESSES_TO_GROW:
            self._successes = 0
            self._allowed = min(float(self._most), self._allowed + 1)

    def note_failure(self, error: ProviderError) -> None:
        self._last_problem = error.message
        if error.kind in BUSY_KINDS:
            self._decrease()
        if error.kind in DEAD_KINDS:
            self._failures += 1
            if self._failures >= FAILURES_TO_OPEN or self._probing:
                self._open()
        elif error.kind in BUSY_KINDS:
            self._failures = 0
            if self._probing:
                self._open(error.retry_after)
        else:
            # It answered, if badly: the circuit is for those who do not.
            self._failures, self._probing = 0, False
            self._open_until = self._opened_at = None

    def note_given_up(self, error: ProviderError, succeeded_before: int) -> None:
        """A call's attempts are used up, or it was asked to wait for longer than a call may take.
        succeeded_before: what `succeeded` was when it began."""
        told_to_wait = error.retry_after is not None and error.retry_after > self._pause
        nobody_got_through = self.succeeded == succeeded_before
        if error.kind in BUSY_KINDS and not self.is_open and (told_to_wait or nobody_got_through):
            self._open(error.retry_after)

    def _decrease(self) -> None:
        now = self._clock()
        if now - self._decreased_at < DECREASE_AT_MOST_EVERY_SECONDS:
            return  # the refusals of one burst count once
        self._decreased_at = now
        self._successes = 0
        self._allowed = max(1.0, min(self._allowed, float(max(1, self._in_flight))) * DECREASE)

    def _open(self, asked_seconds: float | None = None) -> None:
        now = self._clock()
        self._opened_at = self._opened_at or now
        self._open_until = now + max(self._pause, min(asked_seconds or 0.0, LONGEST_ASKED_PAUSE_SECONDS))
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
        self._probing = False


def _per_minute(most: int | None) -> AsyncLimiter | None:
    return AsyncLimiter(most, 60) if most is not None else None
