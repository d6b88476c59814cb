"""Holm's correction of p values, for as many comparisons as were made.
Knows nothing about what was compared."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p: Sequence[float] | NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """p values corrected together (Holm 1979), in their order."""
    # statsmodels collects all garbage at each call: with the objects of a running worker that is a tenth of a
    # second, in which no other thread does anything. Frozen objects are left out of it; where most are frozen
    # for good already, as in the app's process, they must stay so.
    if gc.get_freeze_count():
        return _holm(p, alpha)
    gc.freeze()
    try:
        return _holm(p, alpha)
    finally:
        gc.unfreeze()


def _holm(p: Sequence[float] | NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    from statsmodels.stats.multitest import multipletests

    return np.asarray(multipletests(p, alpha=alpha, method="holm")[1], dtype=np.float64)
