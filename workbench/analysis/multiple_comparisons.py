"""Correction of p values for multiple comparisons, by Holm's method.
Knows nothing about what was compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
"""The significance level of a whole family of comparisons."""


def holm(p: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The p values of a family of comparisons, corrected by Holm's method (1979), in the order given.

    None of them may be NaN.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)
    raised = values[order] * np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return corrected
