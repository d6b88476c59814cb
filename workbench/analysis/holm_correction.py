"""Holm's correction of p values, for as many comparisons as were made.
Knows nothing about what was compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """p values corrected together (Holm 1979), in their order; there must be no NaN among them."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)
    raised = values[order] * np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return corrected
