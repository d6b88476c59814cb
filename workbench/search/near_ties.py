"""Decisions on computed numbers that come out the same on every machine: near ties go by position.
Knows nothing about what the numbers stand for.

A sum's last digits depend on the processor and on the number of threads, since each adds in its own order.
Numbers that are equal by symmetry would be ordered by these digits. Here numbers that differ by no more than
the tolerance count as equal, and of equal numbers the first comes first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Indices = NDArray[np.intp]
TOLERANCE = 1e-9  # relative: far more than rounding does (1e-15 to 1e-12), and too little to matter


def first_best(values: Values) -> Indices:
    """Along the last axis, the position of the largest number; of those nearly as large, the first.

    values: -inf for what must not be chosen, but not for all of a row.
    """
    top = values.max(axis=-1, keepdims=True)
    first: Indices = np.argmax(values >= top - TOLERANCE * np.abs(top), axis=-1)
    return first


def levels(values: Values) -> Indices:
    """For each number, how many clearly different ones are smaller: nearly equal numbers share a level."""
    slack = TOLERANCE * float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    order = np.argsort(values, kind="stable")
    level = np.zeros(len(values), dtype=np.intp)
    level[order[1:]] = np.cumsum(values[order[1:]] > values[order[:-1]] + slack)
    return level
