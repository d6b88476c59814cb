"""Holm's correction of p values, for as many comparisons as were made.
Knows nothing about what was compared."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p: Sequence[float] | NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """p values corrected together (Holm 1979), in their order."""
    from statsmodels.stats.multitest import multipletests

    # statsmodels collects all garbage at each call: with the objects of a running worker that is a tenth of a
    # second, in which no other thread does anything. Frozen objects are left out of it.
    gc.freeze()
    try:
        return np.asarray(multipletests(p, alpha=alpha, method="holm")[1], dtype=np.float64)
    finally:
        gc.unfreeze()
