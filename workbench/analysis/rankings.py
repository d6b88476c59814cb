"""Compares how two sets of questions rank the same configurations: Kendall's tau, its interval, and a test.
Knows nothing about the store or pages: a table of scores in, figures out. Sources: docs/statistics.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.significance import ScoreTable

Array = NDArray[np.float64]

ENOUGH_CLUSTERS = 20
"""With fewer independent questions than this in one of the sets, nothing is claimed."""
ENOUGH_CONFIGURATIONS = 4
"""Three configurations have so few orders that any of them may come by chance."""
RESAMPLES = 1_000
MOST_PAIRS = 2_000_000_000
"""Pairs of configurations that are ordered in all resamples; fewer resamples where there are more pairs."""
_Z = 1.96
SEED = 20_261_129


@dataclass(frozen=True)
class RankAgreement:
    """How two sets of questions agree on the order of configurations."""

    tau: float
    """Kendall's tau-b between the means of both sets; 1 is the same order."""
    low: float
    """The lower end of the 95% interval."""
    high: float
    """The upper end of the 95% interval."""
    p: float
    """If who made a question made no difference to the order, a tau as low as this would come by chance in
    this share of cases."""

    @property
    def differ(self) -> bool:
        """Whether it is claimed that the two rank differently."""
        return self.p <= ALPHA


def compare_rankings(
    table: ScoreTable, is_first: Sequence[bool], clusters: Sequence[str]
) -> RankAgreement | None:
    """Compare the orders in which two sets of questions put the trials of a table.

    The interval is Fisher's: the standard error of artanh(tau) is that of 1,000 bootstrap samples of whole
    clusters. It is about other questions of the same number: few questions lower tau itself. p is that of a
    permutation test: clusters exchange the set that they belong to.

    is_first: for each question of the table, whether it belongs to the first set; else to the second.
    clusters: for each question, its cluster.
    Returns None where nothing can be claimed: few clusters or trials, or one set finds all trials equal.
    """
    first = np.asarray(is_first, dtype=bool)
    halves = [(cluster, bool(one)) for cluster, one in zip(clusters, first, strict=True)]
    sizes = [sum(one == side for _, one in set(halves)) for side in (True, False)]
    if min(sizes) < ENOUGH_CLUSTERS or len(table.trial_ids) < ENOUGH_CONFIGURATIONS:
        return None
    tau = _tau(table.values, first, np.ones(len(first)))
    if tau is None:
        return None
    trials = len(table.trial_ids)
    resamples = max(100, min(RESAMPLES, MOST_PAIRS // trials**2))
    low, high = _interval(table.values, first, _numbers(clusters), tau, resamples)
    return RankAgreement(
        tau, low, high, _permutation_p(table.values, _numbers(halves), first, tau, resamples)
    )


def _numbers(names: Sequence[object]) -> NDArray[np.int64]:
    """Each name as a number from 0, in order of appearance."""
    places = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([places[name] for name in names])


def _means(values: Array, weights: Array) -> Array:
    """Each trial's weighted mean over the questions that it was scored on; NaN without one."""
    total = np.isfinite(values) @ weights
    sums = np.nan_to_num(values) @ weights
    return np.asarray(np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan))


def _tau(values: Array, first: NDArray[np.bool_], weights: Array) -> float | None:
    """Tau-b between both sets' means, over the trials that have both; None where it is not defined."""
    from scipy.stats import kendalltau

    one, other = _means(values, weights * first), _means(values, weights * ~first)
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 2:
        return None
    # Means that are equal may differ in their last digits, by the order of their sums.
    tau = float(kendalltau(one[both].round(9), other[both].round(9)).statistic)
    return tau if math.isfinite(tau) else None


def _interval(
    values: Array, first: NDArray[np.bool_], cluster: NDArray[np.int64], tau: float, resamples: int
) -> tuple[float, float]:
    random = np.random.default_rng(SEED)
    count = int(cluster.max()) + 1
    most = 1 - 1 / values.shape[0] ** 2  # artanh(1) is infinite
    found = []
    for _ in range(resamples):
        drawn = np.bincount(random.integers(count, size=count), minlength=count)
        one = _tau(values, first, drawn[cluster].astype(np.float64))
        if one is not None:
            found.append(math.atanh(max(-most, min(most, one))))
    half = _Z * float(np.std(found, ddof=1)) if len(found) > 1 else math.inf
    middle = math.atanh(max(-most, min(most, tau)))
    return min(tau, math.tanh(middle - half)), max(tau, math.tanh(middle + half))


def _permutation_p(
    values: Array, unit: NDArray[np.int64], first: NDArray[np.bool_], tau: float, resamples: int
) -> float:
    """The share of exchanges of whole clusters between the sets under which tau is no higher."""
    random = np.random.default_rng(SEED + 1)
    side = np.zeros(int(unit.max()) + 1, dtype=bool)
    side[unit] = first
    ones = np.ones(len(first))
    lower = 0
    for _ in range(resamples):
        exchanged = _tau(values, random.permutation(side)[unit], ones)
        lower += exchanged is None or exchanged <= tau + 1e-12
    return (lower + 1) / (resamples + 1)
