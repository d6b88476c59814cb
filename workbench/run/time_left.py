"""Estimates how long a run still takes from how fast its work has gone so far, stage by stage.
Knows nothing about what the work is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

WINDOW_SECONDS = 120.0
"""How far back a pace looks."""
ENOUGH = 20
"""Pieces of new work that a pace needs; with fewer no time is estimated."""
SHORTEST_SECONDS = 5.0
"""A pace that was measured for less says little."""
SMOOTHING = 0.25
"""The weight of a new estimate of the end against the one before it."""


@dataclass
class Pace:
    """How fast one kind of work goes. Work that was stored already counts only among new work."""

    left: int = 0
    """Pieces of work that are still to come."""
    _since: float | None = None
    """When the first piece of the window began."""
    _done: deque[tuple[float, int, int]] = field(default_factory=deque)
    """(when, pieces done, pieces of them that were new), at most one entry per second."""

    def begin(self, now: float) -> None:
        """Note that work of this kind is being done from now on."""
        if self._since is None:
            self._since = now

    def note(self, now: float, done: int, new: int) -> None:
        self.left = max(0, self.left - done)
        self.begin(now)
        if not new and not self._done:  # a head start from the store says nothing about the rest
            self._since = now
            return
        if self._done and now - self._done[-1][0] < 1.0:
            last, done_then, new_then = self._done.pop()
            self._done.append((last, done_then + done, new_then + new))
        else:
            self._done.append((now, done, new))
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Shorten the window, as long as what remains is enough to go by."""
        new = sum(entry[2] for entry in self._done)
        while now - self._done[0][0] > WINDOW_SECONDS and new - self._done[0][2] >= ENOUGH:
            self._since, _, gone = self._done.popleft()
            new -= gone

    def seconds_each(self, now: float) -> float | None:
        """Seconds per piece; None while too little is known."""
        if self._since is None or sum(entry[2] for entry in self._done) < ENOUGH:
            return None
        taken = (now if self._is_overdue(now) else self._done[-1][0]) - self._since
        return taken / sum(entry[1] for entry in self._done) if taken >= SHORTEST_SECONDS else None

    def _is_overdue(self, now: float) -> bool:
        """Replies come in bursts: a pace is measured up to the last one, unless the next one is overdue."""
        times = [self._since or now, *(entry[0] for entry in self._done)]
        longest_gap = max(later - earlier for earlier, later in pairwise(times))
        return now - times[-1] > max(longest_gap, SHORTEST_SECONDS)

    def seconds_left(self, now: float) -> float | None:
        """Seconds until the rest is done; None while too little is known."""
        each = self.seconds_each(now)
        if not self.left or each is None:
            return None if self.left else 0.0
        waited = 0.0 if self._is_overdue(now) else now - self._done[-1][0]
        return max(0.0, each * self.left - waited)


class TimeLeft:
    """The seconds that a run still takes. Its kinds of work go on at the same time, so the slowest decides.

    clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paces: dict[str, Pace] = {}
        self._later: tuple[int, Sequence[str]] = (0, ())
        self._end: float | None = None

    def expect(self, kind: str, more: int) -> None:
        """So many more pieces of this kind are to come; fewer when `more` is negative."""
        self.set_left(kind, self._pace(kind).left + more)

    def set_left(self, kind: str, left: int) -> None:
        self._pace(kind).left = max(0, left)

    def expect_later(self, count: int, *, like: Sequence[str]) -> None:
        """So many pieces follow all the rest, as fast as these kinds of work together."""
        self._later = count, like

    def begin(self, kind: str) -> None:
        self._pace(kind).begin(self._clock())

    def note(self, kind: str, done: int, *, new: int) -> None:
        self._pace(kind).note(self._clock(), done, new)

    def _pace(self, kind: str) -> Pace:
        return self._paces.setdefault(kind, Pace())

    def estimate(self) -> float | None:
        """Seconds, smoothed from call to call; None while the pace of something that is left is not known."""
        now = self._clock()
        each = [pace.seconds_left(now) for pace in self._paces.values()]
        known = [seconds for seconds in each if seconds is not None]
        later = self._later_seconds(now)
        if later is None or not each or len(known) < len(each):
            self._end = None
            return None
        end = now + max(known) + later
        self._end = end if self._end is None else self._end + SMOOTHING * (end - self._end)
        return max(0.0, self._end - now)

    def _later_seconds(self, now: float) -> float | None:
        count, like = self._later
        paces = [each for kind in like if (each := self._pace(kind).seconds_each(now))]
        if not count:
            return 0.0
        return count / sum(1 / each for each in paces) if paces else None
