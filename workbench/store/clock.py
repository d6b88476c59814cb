"""The only time that processes share.
Knows nothing about what it is compared with."""

from __future__ import annotations

import time


def wall_seconds() -> float:
    """Unix seconds, the only time that processes share. It may jump: see HeldLease."""
    return time.time()
