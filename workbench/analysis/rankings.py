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
MOST_PAIRS = 150_000_000
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
    trials = len(table.trial_ids)
    if min(sizes) < ENOUGH_CLUSTERS or trials < ENOUGH_CONFIGURATIONS:
        return None
    resamples = max(100, min(RESAMPLES, MOST_PAIRS // trials**2))
    tau = float(_taus(table.values, *_sides(first[None, :]))[0])
    if not math.isfinite(tau):
        return None
    low, high = _interval(table.values, first, _numbers(clusters), tau, resamples)
    return RankAgreement(
        tau, low, high, _permutation_p(table.values, first, _numbers(halves), tau, resamples)
    )


def _numbers(names: Sequence[object]) -> NDArray[np.int64]:
    """Each name as a number from 0, in order of appearance."""
    places = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([places[name] for name in names])


def _sides(first: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The weights of both sets, in which every question counts once."""
    return first.astype(np.float64), (~first).astype(np.float64)


def _means(values: Array, weights: Array) -> Array:
    """Each trial's weighted mean over the questions that it was scored on; NaN without one.

    weights: [resamples, questions]. Returns [resamples, trials].
    """
    total = weights @ np.isfinite(values).T.astype(np.float64)
    sums = weights @ np.nan_to_num(values).T
    # Means that are equal may differ in their last digits, by the order of their sums.
    return np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan).round(9)


def _taus(values: Array, weights: Array, other_weights: Array) -> Array:
    """Kendall's tau-b (1945) between the trials' means by two sets of weights, in each resample.

    scipy.stats.kendalltau does the same one resample at a time; a test compares the values.

    weights: [resamples, questions]. Returns [resamples]; NaN where all means of a set are equal.
    """
    one, other = _means(values, weights), _means(values, other_weights)
    missing = ~(np.isfinite(one) & np.isfinite(other))
    one[missing] = other[missing] = np.nan
    agree, untied, other_untied = (np.zeros(len(one)) for _ in range(3))
    for trial in range(one.shape[1] - 1):
        signs, other_signs = (
            np.nan_to_num(np.sign(means[:, trial + 1 :] - means[:, trial : trial + 1]))
            for means in (one, other)
        )
        agree += (signs * other_signs).sum(axis=1)
        untied += np.abs(signs).sum(axis=1)
        other_untied += np.abs(other_signs).sum(axis=1)
    pairs = np.sqrt(untied * other_untied)
    return np.where(pairs > 0, agree / np.where(pairs > 0, pairs, 1.0), np.nan)


def _interval(
    values: Array, first: NDArray[np.bool_], cluster: NDArray[np.int64], tau: float, resamples: int
) -> tuple[float, float]:
    count = int(cluster.max()) + 1
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=resamples)
    weights = drawn[:, cluster].astype(np.float64)
    taus = _taus(values, weights * first, weights * ~first)
    most = 1 - 1 / len(values) ** 2  # artanh(1) is infinite
    found = np.arctanh(np.clip(taus[np.isfinite(taus)], -most, most))
    half = _Z * float(found.std(ddof=1)) if len(found) > 1 else math.inf
    middle = math.atanh(max(-most, min(most, tau)))
    return min(tau, math.tanh(middle - half)), max(tau, math.tanh(middle + half))


def _permutation_p(
    values: Array, first: NDArray[np.bool_], unit: NDArray[np.int64], tau: float, resamples: int
) -> float:
    """The share of exchanges of whole clusters between the sets under which tau is no higher.

    unit: for each question, the number of its cluster within its set.
    """
    side = np.zeros(int(unit.max()) + 1, dtype=bool)
    side[unit] = first
    random = np.random.default_rng(SEED + 1)
    exchanged = random.permuted(np.tile(side, (resamples, 1)), axis=1)[:, unit]
    taus = _taus(values, *_sides(exchanged))
    lower = int((~np.isfinite(taus) | (taus <= tau + 1e-12)).sum())
    return (lower + 1) / (resamples + 1)
