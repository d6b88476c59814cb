"""Keeps what was computed from an experiment's results until the experiment has run again.
Knows nothing about what is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from workbench.store.database import Store
from workbench.store.records import ACTIVE, ExperimentRecord

T = TypeVar("T")


class Kept(Generic[T]):
    """Results of one kind, of the experiments that were asked for last. They live as long as the process."""

    def __init__(self, *, most: int, running_seconds: float = 0.0) -> None:
        """most: how many results are kept.
        running_seconds: how long those of a running experiment are kept."""
        self._most = most
        self._running_seconds = running_seconds
        self._kept: dict[Hashable, tuple[Hashable, T]] = {}
        self._lock = threading.Lock()  # pages are drawn in threads

    def get(self, store: Store, record: ExperimentRecord, of: Hashable, compute: Callable[[], T]) -> T:
        """What is kept for this experiment as it is, else what `compute` returns.

        of: what of the experiment it is, such as the name of a score.
        """
        if record.state in ACTIVE and not self._running_seconds:
            return compute()
        tick = int(time.monotonic() / self._running_seconds) if record.state in ACTIVE else 0
        key, version = (store.address, record.id, of), (record.state, record.seconds, tick)
        kept = self._kept.get(key)
        value = kept[1] if kept is not None and kept[0] == version else compute()
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = version, value
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]  # the one asked for longest ago
        return value
