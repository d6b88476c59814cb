"""95 % confidence intervals of means over questions.
Knows nothing about the store, nor about what the values measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.wilson import wilson_bounds

LEVEL = 0.95
FEW = 40
RESAMPLES = 2_000
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


def mean_interval(by_question: Sequence[Sequence[float]]) -> Interval:
    """The mean of values nested in questions, and its 95 % interval.

    The repeats of a question are averaged first, because questions, not calls, are the sample; the interval
    is over those averages. The method depends on the values:

    - Rates (every value is 0 or 1), and values in [0, 1] of which few questions (fewer than ten, and fewer
      than half) differ from 0 or from 1: Wilson's interval (1927) on the effective number of questions (Korn
      & Graubard 1998).
    - Fewer than 40 questions: Student's t.
    - Otherwise a bootstrap over questions, bias-corrected and accelerated (Efron 1987), at a level raised for
      small samples (Hesterberg 2015); its seed is fixed, so it can be repeated.

    by_question: for each question, the values of its repeats; questions without values are skipped.
    Raises ValueError when there is no value, or one that is not finite.
    """
    answered = [v for v in by_question if len(v)]
    values = np.array([float(np.mean(v)) for v in answered], dtype=np.float64)
    n = len(values)
    if n == 0:
        raise ValueError("a mean needs at least one value")
    if not np.isfinite(values).all():
        raise ValueError("a mean needs values that are numbers")
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, None, None, "one question: no interval")
    of_unit = bool((values >= 0).all() and (values <= 1).all())
    is_rate = of_unit and all(x in (0.0, 1.0) for v in answered for x in v)
    if is_rate or (of_unit and _differing(values) < min(INFORMATIVE, n / 2)):
        return Interval(
            mean, *wilson_interval(values, most=sum(len(v) for v in answered) if is_rate else None)
        )
    if np.ptp(values) < 1e-12:
        return Interval(mean, mean, mean, f"the same on all {n} questions")
    if n < FEW:
        half = t_half_width(values)
        return Interval(mean, mean - half, mean + half)
    return Interval(mean, *_bootstrap_interval(values))


def _differing(values: Array) -> int:
    """How many values differ from the end of the scale that most of them equal."""
    return int(min((values != 0).sum(), (values != 1).sum()))


def wilson_interval(values: Array, *, most: int | None = None) -> tuple[float, float]:
    """Wilson's interval for the mean of values in [0, 1].

    The number of observations is the effective one, by the variance of the values: n for 0s and 1s, more
    where values lie in between.

    most: the most observations to assume (for repeated rates, the number of calls).
    """
    from scipy import stats

    n, mean = len(values), float(values.mean())
    variance = float(values.var(ddof=1)) / n
    effective = mean * (1 - mean) / variance if variance > 1e-15 else float(n)
    tail = (1 + LEVEL) / 2  # the variance is an estimate, so t replaces z, as in Korn & Graubard
    effective *= float(stats.norm.ppf(tail) / stats.t.ppf(tail, n - 1)) ** 2
    effective = max(float(n), min(effective, float(most) if most else math.inf))
    if most and _differing(values) < INFORMATIVE:
        effective = n**0.25 * effective**0.75  # a variance estimated from so few questions is unreliable
    return wilson_bounds(mean, effective)


def t_half_width(values: Array) -> float:
    """Half the width of Student's 95 % interval of the mean."""
    from scipy import stats

    n = len(values)
    return float(stats.t.ppf((1 + LEVEL) / 2, n - 1) * values.std(ddof=1) / math.sqrt(n))


def raised_level(n: int) -> float:
    """The level at which the percentile bootstrap is as wide as Student's t for normal data.

    Bootstrap samples vary too little, by a factor of (n-1)/n (Hesterberg 2015, "What teachers should know
    about the bootstrap").
    """
    from scipy import stats

    return float(1 - 2 * stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf((1 + LEVEL) / 2, n - 1)))


def _bootstrap_interval(values: Array) -> tuple[float, float]:
    from scipy import stats

    n = len(values)
    interval = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=raised_level(n),
        n_resamples=RESAMPLES,
        method="BCa",
        vectorized=True,
        rng=np.random.default_rng(n),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def difference_intervals(differences: Array, *, of_unit: bool) -> list[tuple[float, float] | None]:
    """95 % intervals of the means of many columns of paired differences.

    Fewer than 40 questions: Student's t. Otherwise a percentile bootstrap over questions, with the same
    resamples for all columns, at the raised level. None for a column with fewer than two differences.

    differences: [questions, columns]; NaN where a question has no difference.
    of_unit: whether the values compared lie in [0, 1].
    """
    intervals: list[tuple[float, float] | None] = [None] * differences.shape[1]
    questions = np.isfinite(differences).sum(axis=0)
    many: list[int] = []
    for i, n in enumerate(questions):
        column = differences[:, i][np.isfinite(differences[:, i])]
        if n < 2:
            continue
        if of_unit and (column != 0).sum() < min(TESTABLE, n / 2):
            intervals[i] = _win_loss_interval(column)
        elif n < FEW:
            half = t_half_width(column)
            intervals[i] = (float(column.mean()) - half, float(column.mean()) + half)
        else:
            many.append(i)
    if many:
        for i, pair in zip(many, _bootstrap_intervals(differences[:, many], questions[many]), strict=True):
            intervals[i] = pair
    return intervals


def _win_loss_interval(column: Array) -> tuple[float, float]:
    """An interval for a column in which few questions differ, as wide as so few questions require.

    The Wilson intervals of the mean gain and the mean loss, combined by the square-and-add method (Newcombe
    1998; Zou & Donner 2008).
    """
    won, lost = np.clip(column, 0, 1), np.clip(-column, 0, 1)
    most = len(column)  # so few sizes add no information beyond whether the questions differ
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
    """Percentile bootstrap intervals of the columns' means; questions: how many each column has."""
    weights = _shared_weights(len(differences))
    sums = weights @ np.nan_to_num(differences).astype(np.float32)
    counts = weights @ np.isfinite(differences).astype(np.float32)
    means = sums / np.maximum(counts, 1)
    bounds = np.empty((2, len(questions)))
    for n in np.unique(questions):
        tail = (1 - raised_level(int(n))) / 2
        columns = questions == n
        bounds[:, columns] = np.quantile(means[:, columns], (tail, 1 - tail), axis=0)
    return [(float(low), float(high)) for low, high in bounds.T]
