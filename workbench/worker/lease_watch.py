"""Finds leases that are no longer renewed, by the process's monotonic clock: the wall clock may jump.
Knows nothing about experiments or workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workbench.store.leases import LEASE_SECONDS
from workbench.store.records import HeldLease


@dataclass
class _WatchedLease:
    """A lease as it was last seen."""

    lease: HeldLease
    changed_at: float
    """When it was last seen to change, in seconds of the clock."""
    alive: bool
    """Whether it was ever seen before it ran out, or seen to be renewed."""


class LeaseWatch:
    """Remembers when each lease last changed.

    A lease that had run out before this process first looked is never called silent: its experiment was
    interrupted long ago, and its user decides whether to resume it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._watched: dict[str, _WatchedLease] = {}

    def find_silent(self, leases: Iterable[HeldLease]) -> list[HeldLease]:
        """The leases that were alive and have not changed for more than LEASE_SECONDS.

        leases: all leases of the store, at every call.
        """
        now = self._clock()
        before, self._watched = self._watched, {}
        for lease in leases:
            watched = before.get(lease.experiment_id)
            if watched is None:
                watched = _WatchedLease(lease, now, alive=not lease.ran_out)
            elif (watched.lease.epoch, watched.lease.until) != (lease.epoch, lease.until):
                watched = _WatchedLease(lease, now, alive=True)
            self._watched[lease.experiment_id] = watched
        return [w.lease for w in self._watched.values() if w.alive and now - w.changed_at > LEASE_SECONDS]
