"""How sure a mean is: 95 % intervals over questions.
Knows nothing about scores' names or the store."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
FEW = 40
RESAMPLES = 2_000
# With fewer questions off an end of the scale, resampling says too little: such values are taken for rates.
INFORMATIVE = 10
TESTABLE = 6  # fewer differences have no arrangement of signs that is rarer than 5 %
Array = NDArray[np.float64]


class Interval(NamedTuple):
    """low, high: None where no interval can be given; note: why, in words, or what is odd about it."""

    mean: float
    low: float | None
    high: float | None
    note: str = ""


def mean_interval(by_question: Sequence[Sequence[float]]) -> Interval:
    """The mean of values nested in questions, and its interval. The repeats of one question are averaged
    first, because questions, not calls, are what was sampled; the interval is over those averages.

    Rates (every value 0 or 1), and values in [0, 1] of which few questions (fewer than ten, and than half)
    differ from 0 or from 1: Wilson's interval (1927) on the effective number of questions (Korn & Graubard
    1998).
    Fewer than 40 questions: Student's t. Else a bootstrap over questions, bias-corrected and accelerated
    (Efron 1987), its level raised for small samples (Hesterberg 2015); seeded, so that it can be repeated.
    Raises ValueError without any value, or for one that is not a number.
    """
    kept = [v for v in by_question if len(v)]
    values = np.array([float(np.mean(v)) for v in kept], dtype=np.float64)
    n = len(values)
    if n == 0:
        raise ValueError("a mean needs at least one value")
    if not np.isfinite(values).all():
        raise ValueError("a mean needs values that are numbers")
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, None, None, "one question: no interval")
    of_unit = bool((values >= 0).all() and (values <= 1).all())
    is_rate = of_unit and all(x in (0.0, 1.0) for v in kept for x in v)
    if is_rate or (of_unit and _differing(values) < min(INFORMATIVE, n / 2)):
        return Interval(mean, *wilson_interval(values, most=sum(len(v) for v in kept) if is_rate else None))
    if np.ptp(values) < 1e-12:
        return Interval(mean, mean, mean, f"the same on all {n} questions")
    if n < FEW:
        half = t_half_width(values)
        return Interval(mean, mean - half, mean + half)
    return Interval(mean, *_bootstrap_interval(values))


def _differing(values: Array) -> int:
    """How many values differ from the nearer end of the scale."""
    return int(min((values != 0).sum(), (values != 1).sum()))


def wilson_interval(values: Array, *, most: int | None = None) -> tuple[float, float]:
    """Wilson's interval for the mean of values in [0, 1], on as many observations as their variance is
    worth: n for 0s and 1s, more where values lie between, at most `most` (the calls, of repeated rates)."""
    from scipy import stats

    n, mean = len(values), float(values.mean())
    variance = float(values.var(ddof=1)) / n
    worth = mean * (1 - mean) / variance if variance > 1e-15 else float(n)
    tail = (1 + LEVEL) / 2  # that variance is estimated: t for z, as Korn & Graubard do
    worth *= float(stats.norm.ppf(tail) / stats.t.ppf(tail, n - 1)) ** 2
    worth = max(float(n), min(worth, float(most) if most else math.inf))
    if most and _differing(values) < INFORMATIVE:
        worth = n**0.25 * worth**0.75  # a variance seen on so few questions is not taken at its word
    return wilson_bounds(mean, worth)


def wilson_bounds(rate: float, observations: float) -> tuple[float, float]:
    """Wilson's (1927) interval of a rate seen in so many observations, which need not be a whole number:
    scipy's binomtest gives the same for whole ones, and takes no others."""
    from scipy import stats

    z2 = float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    centre = (rate + z2 / (2 * observations)) / (1 + z2 / observations)
    half = math.sqrt(z2 * (rate * (1 - rate) + z2 / (4 * observations)) / observations)
    half /= 1 + z2 / observations
    return max(0.0, centre - half), min(1.0, centre + half)


def t_half_width(values: Array) -> float:
    from scipy import stats

    n = len(values)
    return float(stats.t.ppf((1 + LEVEL) / 2, n - 1) * values.std(ddof=1) / math.sqrt(n))


def raised_level(n: int) -> float:
    """The percentile bootstrap's level at which it is as wide as Student's t for normal data: bootstrap
    samples vary by (n-1)/n too little (Hesterberg 2015, "What teachers should know about the bootstrap")."""
    from scipy import stats

    return float(1 - 2 * stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf((1 + LEVEL) / 2, n - 1)))


def _bootstrap_interval(values: Array) -> tuple[float, float]:
    from scipy import stats

    n = len(values)
    found = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=raised_level(n),
        n_resamples=RESAMPLES,
        method="BCa",
        vectorized=True,
        rng=np.random.default_rng(n),
    ).confidence_interval
    return float(found.low), float(found.high)


def difference_intervals(differences: Array, *, of_unit: bool) -> list[tuple[float, float] | None]:
    """Intervals of the means of many columns of paired differences, [questions, columns]; NaN where a
    question has none, None for a column with fewer than two. Fewer than 40: Student's t. Else a percentile
    bootstrap over questions, resamples shared by all columns, its level raised as above. of_unit: of values
    in [0, 1]."""
    found: list[tuple[float, float] | None] = [None] * differences.shape[1]
    questions = np.isfinite(differences).sum(axis=0)
    many: list[int] = []
    for i, n in enumerate(questions):
        column = differences[:, i][np.isfinite(differences[:, i])]
        if n < 2:
            continue
        if of_unit and (column != 0).sum() < min(TESTABLE, n / 2):
            found[i] = _win_loss_interval(column)
        elif n < FEW:
            half = t_half_width(column)
            found[i] = (float(column.mean()) - half, float(column.mean()) + half)
        else:
            many.append(i)
    if many:
        for i, pair in zip(many, _bootstrap_intervals(differences[:, many], questions[many]), strict=True):
            found[i] = pair
    return found


def _win_loss_interval(column: Array) -> tuple[float, float]:
    """Few questions differ: the Wilson intervals of what is won and what is lost, joined by square and add
    (Newcombe 1998; Zou & Donner 2008). Where none differs, still as wide as so few questions make it."""
    won, lost = np.clip(column, 0, 1), np.clip(-column, 0, 1)
    most = len(column)  # sizes seen on so few questions add nothing to whether they differ
    won_low, won_high = wilson_interval(won, most=most)
    lost_low, lost_high = wilson_interval(lost, most=most)
    mean = float(column.mean())
    return (
        mean - math.hypot(won.mean() - won_low, lost_high - lost.mean()),
        mean + math.hypot(won_high - won.mean(), lost.mean() - lost_low),
    )


@lru_cache(maxsize=4)
def _shared_weights(questions: int) -> NDArray[np.float32]:
    """[resample, question]: how often each question is drawn."""
    random = np.random.default_rng(questions)
    drawn = random.multinomial(questions, np.full(questions, 1 / questions), size=RESAMPLES)
    return drawn.astype(np.float32)


def _bootstrap_intervals(differences: Array, questions: NDArray[np.int64]) -> list[tuple[float, float]]:
    weights = _shared_weights(len(differences))
    sums = weights @ np.nan_to_num(differences).astype(np.float32)
    counts = weights @ np.isfinite(differences).astype(np.float32)
    means = sums / np.maximum(counts, 1)
    found = np.empty((2, len(questions)))
    for n in np.unique(questions):
        tail = (1 - raised_level(int(n))) / 2
        own = questions == n
        found[:, own] = np.quantile(means[:, own], (tail, 1 - tail), axis=0)
    return [(float(low), float(high)) for low, high in found.T]
