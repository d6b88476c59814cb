"""Tells leases that nobody renews any more, by this process's own monotonic clock: the wall clock may jump.
Knows nothing about experiments or workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workbench.store.leases import LEASE_SECONDS
from workbench.store.records import HeldLease


@dataclass
class _Seen:
    """since: when it was last seen to change.  alive: whether it was ever seen to hold, or to be renewed."""

    lease: HeldLease
    since: float
    alive: bool


class LeaseWatch:
    """What had run out before this process looked for the first time is never called silent: its experiment
    was interrupted long ago, and whether it goes on is for its user to say."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def find_silent(self, leases: Iterable[HeldLease]) -> list[HeldLease]:
        """Of all leases there are, those that were alive and have not changed for as long as one lasts."""
        now = self._clock()
        before, self._seen = self._seen, {}
        for lease in leases:
            known = before.get(lease.experiment_id)
            if known is None:
                known = _Seen(lease, now, alive=not lease.ran_out)
            elif (known.lease.epoch, known.lease.until) != (lease.epoch, lease.until):
                known = _Seen(lease, now, alive=True)
            self._seen[lease.experiment_id] = known
        return [seen.lease for seen in self._seen.values() if seen.alive and now - seen.since > LEASE_SECONDS]
