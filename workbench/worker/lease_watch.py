"""Finds leases that are no longer renewed, by how long they have stood still.
Knows nothing about experiments or workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from workbench.store.leases import LEASE_SECONDS
from workbench.store.records import HeldLease
from workbench.store.silence import SilenceWatch


class LeaseWatch:
    """Remembers when each lease last changed.

    A lease that had run out before this process first looked is never called silent: its experiment was
    interrupted long ago, and its user decides whether to resume it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._watch = SilenceWatch(clock)
        self._over: dict[str, bool] = {}  # experiment id: whether its lease had run out when first seen
        self._signs: dict[str, tuple[int, float]] = {}

    def find_silent(self, leases: Iterable[HeldLease]) -> list[HeldLease]:
        """The leases that were alive and have not changed for more than LEASE_SECONDS.

        leases: all leases of the store, at every call.
        """
        found = {lease.experiment_id: lease for lease in leases}
        signs = {id_: (lease.epoch, lease.until) for id_, lease in found.items()}
        self._over = {
            id_: self._over[id_] and self._signs[id_] == signs[id_] if id_ in self._over else lease.ran_out
            for id_, lease in found.items()
        }
        self._signs, silent = signs, self._watch.look(signs)
        return [lease for id_, lease in found.items() if not self._over[id_] and silent[id_] > LEASE_SECONDS]
