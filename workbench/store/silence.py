"""Tells how long things that renew themselves have been silent, by the process's monotonic clock: wall clocks
jump and differ. Knows nothing about what is watched, nor where it is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

LONGEST_GAP_SECONDS = 3.0
"""Looks that are further apart have seen nothing of what happened between: a few beats."""


class SilenceWatch:
    """Remembers what it saw at each look, and since when each thing has stood still.

    Time in which it did not look is nobody's silence. While a database is away nobody can renew anything, and
    who is first to read it again must not take all others for dead.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked_at = clock()
        self._seen: dict[str, tuple[object, float]] = {}  # name: its sign of life, and since when it is that

    def look(self, signs: Mapping[str, object]) -> dict[str, float]:
        """Name → for how many seconds its sign of life has been seen not to change.

        signs: of all things that are watched, at every call.
        """
        now, before = self._clock(), self._seen
        has_watched, self._looked_at = now - self._looked_at <= LONGEST_GAP_SECONDS, now
        self._seen = {}
        for name, sign in signs.items():
            seen, since = before.get(name, (None, now))
            self._seen[name] = sign, since if has_watched and seen == sign else now
        return {name: now - since for name, (_, since) in self._seen.items()}
