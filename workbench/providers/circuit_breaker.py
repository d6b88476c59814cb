"""A circuit breaker: opens when a provider does not answer, and lets one call through now and then to see.
Knows nothing about places, queues or what is asked."""

from __future__ import annotations

import time
from collections.abc import Callable

from workbench.errors import ProviderError

# So many failures in a row that say "nobody is there" open the circuit.
FAILURES_TO_OPEN = 5
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 30.0
DEAD_KINDS = ("refused", "timeout", "cut")
# It answers, but only to send us away. When one call has used up its attempts and no other got through
# meanwhile, that opens the circuit too.
BUSY_KINDS = ("rate_limit", "server")
LONGEST_ASKED_PAUSE_SECONDS = 600.0
# So many refusals in a row while nothing else is in flight: it takes nobody, and asking on is a nuisance.
REFUSALS_TO_OPEN = 10


class CircuitBreaker:
    """Closed while calls get through. Open, it lets one call at a time probe, after a pause that doubles.

    on_change: called when calls may be let through again: at once, or after so many seconds.
    """

    def __init__(
        self, on_change: Callable[[float], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_change = on_change
        self._clock = clock
        self._failures = 0
        self._refusals = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._open_until: float | None = None
        self._opened_at: float | None = None
        self._asked_until = float("-inf")
        self.is_probing = False
        self.last_problem = ""

    @property
    def is_open(self) -> bool:
        """Whether calls are let through one at a time, to see if the provider is back."""
        return self._opened_at is not None

    @property
    def open_seconds(self) -> float:
        """For how long it has been open without a success; 0 when it is closed."""
        return 0.0 if self._opened_at is None else self._clock() - self._opened_at

    @property
    def seconds_shut(self) -> float:
        """For how long it will let nobody through; 0 when it lets somebody through now."""
        if self._open_until is None or self.lets_probe:
            return 0.0
        return max(FIRST_PAUSE_SECONDS, self._open_until - self._clock())

    @property
    def was_asked_to_wait(self) -> bool:
        """Whether it is open since the server asked for a wait, which is not over yet."""
        return self.is_open and self._clock() < self._asked_until

    @property
    def lets_probe(self) -> bool:
        """Whether an open circuit lets a call through now."""
        return not self.is_probing and self._open_until is not None and self._clock() >= self._open_until

    def note_success(self) -> None:
        self._refusals = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._close()

    def note_failure(self, error: ProviderError, *, alone: bool) -> None:
        """alone: no other call is in flight."""
        self.last_problem = error.message
        if error.kind in DEAD_KINDS:
            self._failures += 1
            if self._failures >= FAILURES_TO_OPEN or self.is_probing:
                self._open()
        elif error.kind in BUSY_KINDS:
            self._failures = 0
            self._refusals += 1
            nobody_else = alone and self._refusals >= REFUSALS_TO_OPEN
            if self.is_probing or (nobody_else and not self.is_open):
                self._open(error.retry_after)
        else:
            self._close()  # it answers, if badly: the circuit is for servers that do not

    def note_given_up(self, error: ProviderError, *, nobody_got_through: bool) -> None:
        """A call's attempts are used up, or it was asked to wait for longer than a call may take."""
        told_to_wait = error.retry_after is not None and error.retry_after > self._pause
        if error.kind in BUSY_KINDS and not self.is_open and (told_to_wait or nobody_got_through):
            self._open(error.retry_after)

    def _close(self) -> None:
        self._failures, self.is_probing = 0, False
        self._open_until = self._opened_at = None
        self._on_change(0.0)

    def _open(self, asked_seconds: float | None = None) -> None:
        now = self._clock()
        self._opened_at = self._opened_at or now
        self._asked_until = now + min(asked_seconds or 0.0, LONGEST_ASKED_PAUSE_SECONDS)
        self._open_until = max(now + self._pause, self._asked_until)
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
        self.is_probing = False
        self._on_change(self._open_until - now + 0.001)
