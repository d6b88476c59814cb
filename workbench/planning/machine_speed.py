"""Measures how fast this machine is at the moment, for estimates of work that it does itself.
Knows nothing about the work."""

from __future__ import annotations

import time
from functools import lru_cache

PROBES = 10
REFERENCE_SECONDS = 0.0034
"""What one probe takes on the machine on which the seconds of embedded work were measured, when idle."""
LEAST, MOST = 0.5, 20.0
KEPT_SECONDS = 30.0
"""How long a measurement holds: a design is planned anew with every change."""


def slowness() -> float:
    """How many times longer work takes now than on that machine: over 1 on a slower or a busy one."""
    return _measure(int(time.monotonic() / KEPT_SECONDS))


@lru_cache(maxsize=1)
def _measure(_period: int) -> float:
    started = time.perf_counter()
    for _ in range(PROBES):
        _probe()
    each = (time.perf_counter() - started) / PROBES
    return min(MOST, max(LEAST, each / REFERENCE_SECONDS))


def _probe() -> int:
    total = 0
    for number in range(60_000):
        total = (total * 31 + number) % 1_000_003
    return total
