"""Gives the wall-clock time, the only clock that processes share.
Knows nothing about leases or workers, which compare times."""

from __future__ import annotations

import time


def wall_seconds() -> float:
    """Unix seconds. The clock may jump when it is set: see HeldLease."""
    return time.time()
