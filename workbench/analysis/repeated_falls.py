"""Tests whether answers to the same questions got worse, at each of many checks, however often one checks.
Knows nothing about what is measured: differences by check and cluster in, verdicts out.

A sequential randomisation test. If nothing got worse, a cluster's differences from then are as likely to be
their negatives, at all checks together: what a cluster got then was one draw, which all of its differences
share. So the signs of whole clusters are flipped (Fisher 1935), the same way at every check. At each check
the sums of differences over the last checks that few sign patterns reach are called falls; the share of
patterns that have had one so far never exceeds alpha * (days + 7) / (days + 37), a spending function (Lan and
DeMets 1983, "Discrete sequential boundaries for clinical trials"). So the chance of ever a false alarm is at
most alpha. Where differences stay the same from check to check, the same patterns reach the sums again, and
nothing more is spent: a fall after months of equal answers is judged as strictly as one on the first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EXACT_UP_TO = 12
"""With so many clusters that differ, all sign patterns are tried: 4,096."""
FLIPS = 8_192
SEED = 20_261_129
POOLED = 5
"""So many of the last checks are taken together: what a model draws anew each time cancels out."""
_SLACK = 1e-9


@dataclass(frozen=True)
class Fall:
    """What one check says."""

    is_fall: bool
    """Whether it is worse than then beyond chance."""
    p: float
    """The share of sign patterns with so low a sum at this check, for this check alone."""


def spendable(day: float, alpha: float) -> float:
    """The chance of a false alarm that may have been used up on a day (from 0)."""
    return alpha * (day + 7) / (day + 37)


def find_falls(differences: Array, days: Sequence[float], alpha: float) -> list[Fall]:
    """Test each check's differences.

    differences: [checks, clusters], now minus then, summed over a cluster's questions, higher is better; NaN
        where a cluster has none.
    days: when each check was, counted from 0, ascending.
    alpha: the chance of ever a false alarm.
    """
    values = np.nan_to_num(differences)
    values = _pool(values[:, (values != 0).any(axis=0)])
    signs = _signs(values.shape[1])
    falls = -(values @ signs.T)  # [checks, patterns], the observed one first
    patterns = signs.shape[0]
    had_one = np.zeros(patterns, dtype=bool)
    found: list[Fall] = []
    for day, sums in zip(np.maximum.accumulate(days) if len(days) else days, falls, strict=True):
        p = float((sums >= sums[0] - _SLACK).mean())
        if had_one[0]:  # the alarm was given: from now on only whether it still holds
            found.append(Fall(bool(sums[0] > _SLACK and p <= alpha), p))
            continue
        most = int(spendable(day, alpha) * patterns) - int(had_one.sum())
        if most >= 1:
            had_one |= sums >= _boundary(sums[~had_one], most)
        found.append(Fall(bool(had_one[0]), p))
    return found


def _pool(values: Array) -> NDArray[Any]:
    """The mean of each check and the ones before it, `POOLED` together: [checks, clusters]."""
    sums = np.cumsum(np.vstack([np.zeros((1, values.shape[1])), values]), axis=0, dtype=np.float64)
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - POOLED, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts)[:, None], dtype=np.float64)


def _boundary(sums: Array, most: int) -> float:
    """The smallest sum above 0 that at most so many patterns reach; infinity where there is none. most: at
    least 1."""
    if not len(sums):
        return float("inf")
    ordered = np.sort(sums)[::-1]
    candidate = ordered[min(most, len(ordered)) - 1]
    if most < len(ordered) and ordered[most] >= candidate - _SLACK:  # ties: all or none of them
        above = ordered[ordered > candidate + _SLACK]
        candidate = above[-1] if len(above) else np.inf
    return float(candidate - _SLACK) if candidate > _SLACK else float("inf")


@lru_cache(maxsize=4)
def _signs(clusters: int) -> Array:
    """Sign patterns, all 1 first: every one for few clusters, else random ones."""
    if clusters <= EXACT_UP_TO:
        return np.array(list(product((1.0, -1.0), repeat=clusters))).reshape(2**clusters, clusters)
    random = np.random.default_rng(SEED)
    signs: Array = random.choice(np.array([1.0, -1.0]), (FLIPS, clusters))
    signs[0] = 1.0
    return signs
