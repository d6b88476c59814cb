"""A factorial linear model of scores by trial and question, with questions as blocks.
Knows nothing about configurations: coded axes and a table of scores in, coefficients by question out.

Where every trial was asked every question this is the analysis of variance with questions as blocks; each
question has its own coefficients, and their mean is tested over questions, which are what was sampled (Kirk
2013, ch. 8 and 10). Where there are holes, a question's coefficients are its share in the common fit (its
influence, scaled), whose spread gives the covariance clustered by question (Liang & Zeger 1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLES = 1_000
SEED = 20_261_125
_TINY = 1e-9


@dataclass(frozen=True)
class Blocks:
    """Scores with the questions' own levels taken out.  centred[trial, question]: 0 where there is none.

    laplacian: what is left of a design's cross products within questions: X' laplacian X.
    """

    means: Array
    centred: Array
    asked: Array
    laplacian: Array

    @property
    def questions(self) -> int:
        return int(self.centred.shape[1])


def make_blocks(values: Array) -> Blocks:
    """From values[trial, question], NaN for none; each question was answered by two trials or more."""
    asked = np.isfinite(values).astype(np.float64)
    known = np.nan_to_num(values)
    sizes = asked.sum(axis=0)
    means = known.sum(axis=0) / sizes
    laplacian = np.diag(asked.sum(axis=1)) - (asked / sizes) @ asked.T
    return Blocks(means, (known - means) * asked, asked, laplacian)


@dataclass(frozen=True)
class Fit:
    """by_question[question, column]: their mean is the estimate.  cross: X' laplacian X.

    centres[question, column]: the design's mean over the trials that were asked it.
    """

    by_question: Array
    cross: Array
    centres: Array

    @property
    def estimate(self) -> Array:
        return np.asarray(self.by_question.mean(axis=0))


def fit(blocks: Blocks, design: Array) -> Fit:
    """Least squares within questions; design[trial, column] without a constant, its columns estimable."""
    cross = design.T @ blocks.laplacian @ design
    inverse = np.linalg.inv(cross)
    estimate = inverse @ (design.T @ blocks.centred).sum(axis=1)
    sizes = blocks.asked.sum(axis=0)
    expected = (design @ estimate)[:, None]
    left = blocks.centred - (expected - (expected * blocks.asked).sum(axis=0) / sizes) * blocks.asked
    influence = blocks.questions * (inverse @ (design.T @ left)).T
    return Fit(estimate + influence, cross, (design.T @ blocks.asked / sizes).T)


def estimable(blocks: Blocks, given: Array, more: Array) -> list[int]:
    """The columns of `more` that say something which `given` and the columns before them do not."""
    columns = np.hstack([given, more])
    cross = columns.T @ blocks.laplacian @ columns
    kept = list(range(given.shape[1]))
    found = []
    for j in range(given.shape[1], columns.shape[1]):
        own = float(cross[j, j])
        explained = 0.0
        if kept and own > _TINY:
            shared = np.linalg.lstsq(cross[np.ix_(kept, kept)], cross[kept, j], rcond=None)[0]
            explained = float(cross[j, kept] @ shared)
        if own > _TINY and own - explained > 1e-7 * own:
            kept.append(j)
            found.append(j - given.shape[1])
    return found


def p_of_no_effect(by_question: Array) -> float | None:
    """p of all columns' means being 0 over questions: Hotelling's T² (for one column, Student's t). Columns
    that add nothing are left out. None where there are too few questions; 1 where nothing differs from 0."""
    from scipy import stats

    centred = by_question - by_question.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > max(_TINY, 1e-7 * sizes[0])
    if not kept.any():
        return 1.0 if np.abs(by_question).max() < _TINY else 0.0
    projected = by_question @ directions[kept].T
    if len(projected) <= projected.shape[1] + 1:
        return None
    if projected.shape[1] == 1:
        return float(stats.ttest_1samp(projected[:, 0], 0.0).pvalue)
    return hotelling_p(projected)


def hotelling_p(values: Array) -> float:
    """p of all columns' means being 0, values[sample, column], by T² = n m' S⁻¹ m (Hotelling 1931):
    (n - k) / (k (n - 1)) times T² has the F distribution with k and n - k degrees of freedom."""
    from scipy import stats

    n, k = values.shape
    means = values.mean(axis=0)
    t2 = n * float(means @ np.linalg.solve(np.cov(values, rowvar=False), means))
    return float(stats.f.sf(t2 * (n - k) / (k * (n - 1)), k, n - k))


@dataclass(frozen=True)
class Resampled:
    """Sums of squares of some columns as their bootstrap over questions has them; noise: what chance adds."""

    value: float
    noise: float
    resamples: Array


def bootstrap_weights(questions: int) -> Array:
    random = np.random.default_rng(SEED)
    return random.multinomial(questions, np.full(questions, 1 / questions), size=RESAMPLES) / questions


def sum_of_squares(found: Fit, columns: Sequence[int], weights: Array) -> Resampled:
    """What leaving these columns out would add to the residual (type II: all else given is in the design)."""
    inverse = np.linalg.inv(found.cross)
    metric = np.linalg.inv(inverse[np.ix_(columns, columns)])
    return _quadratic(found.by_question[:, columns], metric, weights)


def sum_of_squares_of_trials(blocks: Blocks, weights: Array) -> Resampled:
    """All that differs between trials: the model with a level of its own for each."""
    inverse = np.linalg.pinv(blocks.laplacian, hermitian=True)
    estimate = inverse @ blocks.centred.sum(axis=1)
    sizes = blocks.asked.sum(axis=0)
    fitted = (estimate[:, None] - (estimate[:, None] * blocks.asked).sum(axis=0) / sizes) * blocks.asked
    by_question = estimate + blocks.questions * (inverse @ (blocks.centred - fitted)).T
    return _quadratic(by_question, blocks.laplacian, weights)


def _quadratic(by_question: Array, metric: Array, weights: Array) -> Resampled:
    mean = by_question.mean(axis=0)
    centred = by_question - mean
    questions = len(by_question)
    spread = (centred @ metric * centred).sum() / (questions - 1) / questions
    resampled = weights @ by_question
    return Resampled(
        float(mean @ metric @ mean), float(spread), np.asarray((resampled @ metric * resampled).sum(axis=1))
    )


def share(part: Resampled, whole: Resampled) -> tuple[float, float, float] | None:
    """(share, low, high) of the variance between trials, without what chance adds, as in ω² (Hays 1963); a
    resample adds it twice. None where trials differ by no more than chance."""
    between = whole.value - whole.noise
    if between <= _TINY or between < 0.01 * whole.value:
        return None
    value = max(0.0, part.value - part.noise) / between
    wholes = np.maximum(whole.resamples - 2 * whole.noise, 0.01 * between)
    shares = np.clip((part.resamples - 2 * part.noise) / wholes, 0, 1)
    low, high = np.quantile(shares, (0.025, 0.975))
    value = min(1.0, value)
    return value, min(float(low), value), max(float(high), value)
