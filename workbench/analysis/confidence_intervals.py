"""95 % confidence intervals of means over questions, where clusters of questions are the sample.
Knows nothing about the store, nor about what the values measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters
from workbench.analysis.wilson import wilson_bounds

LEVEL = 0.95
FEW = 40
RESAMPLES = 2_000
GRID = 2.0**40
# When fewer questions than this differ from an end of the scale, resampling is unreliable: the values are
# treated as rates.
INFORMATIVE = 10
TESTABLE = 6  # with fewer differences, no pattern of signs has a probability below 5 %
Array = NDArray[np.float64]


class Interval(NamedTuple):
    """A mean and its 95 % interval."""

    mean: float
    low: float | None
    """The lower bound; None when no interval can be given."""
    high: float | None
    """The upper bound; None when no interval can be given."""
    note: str = ""
    """Why there is no interval, or what is unusual about it; empty otherwise."""


@dataclass(frozen=True)
class _Sample:
    """Values by question with their mean, as independent values by cluster."""

    mean: float
    of_clusters: Array
    """[clusters]: values whose mean is `mean` and whose spread says how sure it is."""
    effective: float
    """How many independent questions there are at least."""
    degrees: float
    """Degrees of freedom of the variance."""
    differing: int
    """How many clusters differ from the end of the scale that most of them equal."""

    @classmethod
    def of(cls, values: Array, clusters: Clusters) -> _Sample:
        column = values[:, None]
        sums, sizes = clusters.sums(column), clusters.sizes(column)
        return cls(
            float(values.mean()),
            clusters.pseudo_values(column)[:, 0],
            float(clusters.effective(column)[0]),
            float(clusters.degrees(column)[0]),
            int(min((sums != 0).sum(), (sums != sizes).sum())),
        )


def mean_interval(by_question: Sequence[Sequence[float]], clusters: Clusters | None = None) -> Interval:
    """The mean of values nested in questions, and its 95 % interval.

    The repeats of a question are averaged first, because questions, not calls, are the sample; the mean is
    over those averages. How sure it is goes by cluster (clusters.py). The method depends on the values:

    - Rates (every value is 0 or 1), and values in [0, 1] of which few clusters (fewer than ten, and fewer
      than half) differ from 0 or from 1: Wilson's interval (1927) on the effective number of questions (Korn
      & Graubard 1998).
    - Fewer than 40 clusters of equal size, or more that differ in size: Student's t, by the degrees of
      freedom.
    - Otherwise a bootstrap over clusters, bias-corrected and accelerated (Efron 1987), at a level raised for
      small samples (Hesterberg 2015); its seed is fixed, so it can be repeated.

    by_question: for each question, the values of its repeats; questions without values are skipped.
    clusters: of all questions; None where each stands alone.
    Raises ValueError when there is no value, or one that is not finite.
    """
    has_value = np.array([len(v) > 0 for v in by_question], dtype=bool)
    answered = [v for v in by_question if len(v)]
    values = np.array([float(np.mean(v)) for v in answered], dtype=np.float64)
    if len(values) == 0:
        raise ValueError("a mean needs at least one value")
    if not np.isfinite(values).all():
        raise ValueError("a mean needs values that are numbers")
    sample = _Sample.of(values, (clusters or Clusters.alone(len(by_question))).select(has_value))
    mean = sample.mean
    if len(sample.of_clusters) == 1:
        one = "one question" if len(values) == 1 else f"one group of {len(values)} questions"
        return Interval(mean, None, None, f"{one}: no interval")
    of_unit = bool((values >= 0).all() and (values <= 1).all())
    is_rate = of_unit and all(x in (0.0, 1.0) for v in answered for x in v)
    if is_rate or (of_unit and sample.differing < min(INFORMATIVE, sample.effective / 2)):
        return Interval(mean, *_wilson(sample, most=sum(len(v) for v in answered) if is_rate else None))
    if np.ptp(values) < 1e-12:
        return Interval(mean, mean, mean, f"the same on all {len(values)} questions")
    if sample.degrees < FEW - 1:
        half = _t_half_width(sample.of_clusters, sample.degrees)
        return Interval(mean, mean - half, mean + half)
    return Interval(mean, *_bootstrap_interval(sample.of_clusters, sample.degrees))


def _wilson(sample: _Sample, *, most: float | None = None) -> tuple[float, float]:
    """Wilson's interval for the mean of values in [0, 1].

    The number of observations is the effective one, by the variance of the values: that of clusters where
    all questions of a cluster have the same value, 0 or 1; more where values lie in between.

    most: the most observations to assume (for repeated rates, the number of calls).
    """
    from scipy.special import ndtri, stdtrit

    n, mean = sample.effective, sample.mean
    variance = float(sample.of_clusters.var(ddof=1)) / len(sample.of_clusters)
    effective = mean * (1 - mean) / variance if variance > 1e-15 else n
    tail = (1 + LEVEL) / 2  # the variance is an estimate, so t replaces z, as in Korn & Graubard
    effective *= float(ndtri(tail) / stdtrit(sample.degrees, tail)) ** 2
    effective = max(n, min(effective, float(most) if most else math.inf))
    if most and sample.differing < INFORMATIVE:
        effective = n**0.25 * effective**0.75  # a variance estimated from so few questions is unreliable
    return wilson_bounds(mean, effective)


def _t_half_width(of_clusters: Array, degrees: float) -> float:
    """Half the width of Student's 95 % interval of the mean."""
    from scipy.special import stdtrit

    deviation = of_clusters.std(ddof=1) / math.sqrt(len(of_clusters))
    return float(stdtrit(degrees, (1 + LEVEL) / 2) * deviation)


def raised_level(degrees: float) -> float:
    """The level at which the percentile bootstrap is as wide as Student's t for normal data.

    Bootstrap samples of n values vary too little, by a factor of (n-1)/n (Hesterberg 2015, "What teachers
    should know about the bootstrap").

    degrees: of freedom; n - 1 for independent values.
    """
    from scipy.special import ndtr, stdtrit

    n = degrees + 1
    return float(1 - 2 * ndtr(-math.sqrt(n / degrees) * stdtrit(degrees, (1 + LEVEL) / 2)))


def _bootstrap_interval(of_clusters: Array, degrees: float) -> tuple[float, float]:
    """The correction for bias counts the resampled means that lie below the mean, so ties must not hang on
    rounding: on a grid of powers of two, sums are exact."""
    from scipy import stats

    scale = float(np.abs(of_clusters).max())
    interval = stats.bootstrap(
        (np.round(of_clusters / scale * GRID) / GRID,),
        np.mean,
        confidence_level=raised_level(degrees),
        n_resamples=RESAMPLES,
        method="BCa",
        vectorized=True,
        rng=np.random.default_rng(len(of_clusters)),
    ).confidence_interval
    return float(interval.low) * scale, float(interval.high) * scale


def difference_intervals(
    differences: Array, *, of_unit: bool, clusters: Clusters | None = None
) -> list[tuple[float, float] | None]:
    """95 % intervals of the means of many columns of paired differences.

    Fewer than 40 clusters of questions, as in `mean_interval`: Student's t. Otherwise a percentile bootstrap
    over clusters, with the same resamples for all columns, at the raised level. None for a column with
    differences in fewer than two clusters.

    differences: [questions, columns]; NaN where a question has no difference.
    of_unit: whether the values compared lie in [0, 1].
    clusters: of the questions; None where each stands alone.
    """
    clusters = clusters or Clusters.alone(len(differences))
    of_clusters, degrees = clusters.pseudo_values(differences), clusters.degrees(differences)
    differing, effective = clusters.differing(differences), clusters.effective(differences)
    intervals: list[tuple[float, float] | None] = [None] * differences.shape[1]
    many: list[int] = []
    for i in range(differences.shape[1]):
        column = of_clusters[np.isfinite(of_clusters[:, i]), i]
        if len(column) < 2:
            continue
        if of_unit and differing[i] < min(TESTABLE, effective[i] / 2):
            has_value = np.isfinite(differences[:, i])
            intervals[i] = _win_loss_interval(differences[has_value, i], clusters.select(has_value))
        elif degrees[i] < FEW - 1:
            half, mean = _t_half_width(column, degrees[i]), float(column.mean())
            intervals[i] = (mean - half, mean + half)
        else:
            many.append(i)
    if many:
        for i, pair in zip(many, _bootstrap_intervals(of_clusters[:, many], degrees[many]), strict=True):
            intervals[i] = pair
    return intervals


def _win_loss_interval(column: Array, clusters: Clusters) -> tuple[float, float]:
    """An interval for a column in which few questions differ, as wide as so few questions require.

    The Wilson intervals of the mean gain and the mean loss, combined by the square-and-add method (Newcombe
    1998; Zou & Donner 2008).
    """
    won, lost = (_Sample.of(np.clip(signed, 0, 1), clusters) for signed in (column, -column))
    # So few sizes add no information beyond whether the questions differ.
    won_low, won_high = _wilson(won, most=won.effective)
    lost_low, lost_high = _wilson(lost, most=lost.effective)
    mean = float(column.mean())
    return (
        mean - math.hypot(won.mean - won_low, lost_high - lost.mean),
        mean + math.hypot(won_high - won.mean, lost.mean - lost_low),
    )


@lru_cache(maxsize=4)
def _shared_weights(clusters: int) -> NDArray[np.float32]:
    """[resample, cluster]: how often each cluster is drawn."""
    random = np.random.default_rng(clusters)
    drawn = random.multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES)
    return drawn.astype(np.float32)


def _bootstrap_intervals(of_clusters: Array, degrees: Array) -> list[tuple[float, float]]:
    """Percentile bootstrap intervals of the columns' means; degrees: of freedom, of each column."""
    weights = _shared_weights(len(of_clusters))
    sums = weights @ np.nan_to_num(of_clusters).astype(np.float32)
    counts = weights @ np.isfinite(of_clusters).astype(np.float32)
    means = sums / np.maximum(counts, 1)
    bounds = np.empty((2, len(degrees)))
    for distinct in np.unique(degrees):
        tail = (1 - raised_level(float(distinct))) / 2
        columns = degrees == distinct
        bounds[:, columns] = np.quantile(means[:, columns], (tail, 1 - tail), axis=0)
    return [(float(low), float(high)) for low, high in bounds.T]
