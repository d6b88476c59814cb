"""How sure a mean is: 95 % intervals over questions.
Knows nothing about scores' names or the store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVEL = 0.95
FEW = 40
RESAMPLES = 2_000


def mean_interval(by_question: Sequence[Sequence[float]]) -> tuple[float, float | None, float | None]:
    """(mean, low, high) of values nested in questions: the repeats of one question are averaged first,
    because questions, not calls, are what was sampled. low and high are None for fewer than two questions.

    Rates (each question 0 or 1): Wilson's score interval (Wilson 1927). Fewer than 40 questions: Student's t.
    Else a percentile bootstrap over questions (Efron 1979), seeded, so that it can be repeated.
    Raises ValueError without any value.
    """
    from scipy import stats

    values = np.array([float(np.mean(v)) for v in by_question if len(v)], dtype=np.float64)
    n = len(values)
    if n == 0:
        raise ValueError("a mean needs at least one value")
    mean = float(values.mean())
    if n == 1:
        return mean, None, None
    if np.isin(values, (0.0, 1.0)).all():
        found = stats.binomtest(round(values.sum()), n).proportion_ci(LEVEL, method="wilson")
        return mean, float(found.low), float(found.high)
    if np.ptp(values) < 1e-12:
        return mean, mean, mean
    if n < FEW:
        half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
        return mean, mean - half, mean + half
    found = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=LEVEL,
        n_resamples=RESAMPLES,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(n),
    ).confidence_interval
    return mean, float(found.low), float(found.high)
