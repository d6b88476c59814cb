"""A factorial linear model of scores by trial and question, with questions as blocks.
Knows nothing about configurations: coded axes and a table of scores in, coefficients by question out.

When every trial was asked every question, this is the analysis of variance with questions as blocks. Each
question has its own coefficients, and their mean is tested over questions, or clusters of them, which are
the sample (Kirk 2013, ch. 8 and 10). When some answers are missing, a question's coefficients are its
contribution to the common fit (its scaled influence), and their spread gives the covariance clustered by
question, or by cluster of questions (Liang & Zeger 1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters

Array = NDArray[np.float64]

RESAMPLES = 1_000
SEED = 20_261_125
_TINY = 1e-9


@dataclass(frozen=True)
class Blocks:
    """Scores by trial and question, with the level of each question removed."""

    means: Array
    """[questions]: the mean score of each question."""
    centred: Array
    """[trials, questions]: scores minus the question's mean; 0 where there is none."""
    asked: Array
    """[trials, questions]: 1 where there is a score, else 0."""
    laplacian: Array
    """[trials, trials]: X' laplacian X holds the cross products of a design X within questions."""
    clusters: Clusters
    """Those of the questions."""

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return int(self.centred.shape[1])


def make_blocks(values: Array, clusters: Clusters | None = None) -> Blocks:
    """Remove the questions' levels.

    values: [trials, questions], NaN where there is no score; each question was answered by at least two
        trials.
    clusters: of the questions; None where each stands alone.
    """
    asked = np.isfinite(values).astype(np.float64)
    scores = np.nan_to_num(values)
    sizes = asked.sum(axis=0)
    means = scores.sum(axis=0) / sizes
    laplacian = np.diag(asked.sum(axis=1)) - (asked / sizes) @ asked.T
    clusters = clusters or Clusters.alone(len(means))
    return Blocks(means, (scores - means) * asked, asked, laplacian, clusters)


@dataclass(frozen=True)
class Fit:
    """A fit by least squares within questions."""

    by_question: Array
    """[questions, columns]: each question's coefficients; their mean is the estimate."""
    cross: Array
    """[columns, columns]: X' laplacian X."""
    centres: Array
    """[questions, columns]: the design's mean over the trials that were asked the question."""
    clusters: Clusters
    """Those of the questions."""

    @property
    def estimate(self) -> Array:
        """[columns]: the estimated coefficients."""
        return np.asarray(self.by_question.mean(axis=0))


def fit(blocks: Blocks, design: Array) -> Fit:
    """Fit a design by least squares within questions.

    design: [trials, columns], without a constant; all its columns must be estimable.
    """
    cross = design.T @ blocks.laplacian @ design
    inverse = np.linalg.inv(cross)
    estimate = inverse @ (design.T @ blocks.centred).sum(axis=1)
    sizes = blocks.asked.sum(axis=0)
    expected = (design @ estimate)[:, None]
    residuals = blocks.centred - (expected - (expected * blocks.asked).sum(axis=0) / sizes) * blocks.asked
    influence = blocks.questions * (inverse @ (design.T @ residuals)).T
    return Fit(estimate + influence, cross, (design.T @ blocks.asked / sizes).T, blocks.clusters)


def estimable(blocks: Blocks, design: Array, extra: Array) -> list[int]:
    """The columns of `extra` that are not linear combinations of `design` and the columns before them."""
    columns = np.hstack([design, extra])
    cross = columns.T @ blocks.laplacian @ columns
    kept = list(range(design.shape[1]))
    estimable_columns = []
    for j in range(design.shape[1], columns.shape[1]):
        size = float(cross[j, j])
        explained = 0.0
        if kept and size > _TINY:
            shared = np.linalg.lstsq(cross[np.ix_(kept, kept)], cross[kept, j], rcond=None)[0]
            explained = float(cross[j, kept] @ shared)
        if size > _TINY and size - explained > 1e-7 * size:
            kept.append(j)
            estimable_columns.append(j - design.shape[1])
    return estimable_columns


def p_of_no_effect(fitted: Fit, columns: Sequence[int]) -> float | None:
    """The p value of these coefficients being 0: Hotelling's T² over clusters of questions, or Student's t
    for a single one.

    Linearly dependent columns are left out. None when there are too few clusters; 1 when all values are 0.
    """
    values = fitted.clusters.pseudo_values(fitted.by_question[:, columns])
    centred = values - values.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > max(_TINY, 1e-7 * sizes[0])
    if not kept.any():
        return 1.0 if np.abs(values).max() < _TINY else 0.0
    projected = values @ directions[kept].T
    if len(projected) <= projected.shape[1] + 1:
        return None
    if projected.shape[1] == 1:
        return _t_test_p(projected[:, 0])
    return hotelling_p(projected)


def _t_test_p(values: Array) -> float:
    """The p value of the mean being 0, by Student's t."""
    from scipy.special import stdtr

    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return float(2 * stdtr(len(values) - 1, -abs(float(values.mean())) / error))


def hotelling_p(values: Array) -> float:
    """The p value of all columns' means being 0, by Hotelling's T² = n m' S⁻¹ m (1931).

    (n - k) / (k (n - 1)) times T² has the F distribution with k and n - k degrees of freedom.

    values: [samples, columns].
    """
    from scipy.special import fdtrc

    n, k = values.shape
    means = values.mean(axis=0)
    t2 = n * float(means @ np.linalg.solve(np.cov(values, rowvar=False), means))
    return float(fdtrc(k, n - k, t2 * (n - k) / (k * (n - 1))))


@dataclass(frozen=True)
class Resampled:
    """The sum of squares of some columns, with its bootstrap over clusters of questions."""

    value: float
    """As observed."""
    noise: float
    """The part that chance contributes, in expectation."""
    resamples: Array
    """[resamples]: the bootstrap's values."""


def bootstrap_weights(clusters: int) -> Array:
    """[resamples, clusters]: the weight of each cluster of questions; each row sums to 1."""
    random = np.random.default_rng(SEED)
    return random.multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES) / clusters


def sum_of_squares(fitted: Fit, columns: Sequence[int], weights: Array) -> Resampled:
    """What leaving these columns out would add to the residual sum of squares (type II)."""
    inverse = np.linalg.inv(fitted.cross)
    metric = np.linalg.inv(inverse[np.ix_(columns, columns)])
    return _quadratic(fitted.clusters.pseudo_values(fitted.by_question[:, columns]), metric, weights)


def sum_of_squares_of_trials(blocks: Blocks, weights: Array) -> Resampled:
    """All differences between trials: the sum of squares of the model with one level per trial."""
    inverse = np.linalg.pinv(blocks.laplacian, hermitian=True)
    estimate = inverse @ blocks.centred.sum(axis=1)
    sizes = blocks.asked.sum(axis=0)
    fitted = (estimate[:, None] - (estimate[:, None] * blocks.asked).sum(axis=0) / sizes) * blocks.asked
    by_question = estimate + blocks.questions * (inverse @ (blocks.centred - fitted)).T
    return _quadratic(blocks.clusters.pseudo_values(by_question), blocks.laplacian, weights)


def _quadratic(by_cluster: Array, metric: Array, weights: Array) -> Resampled:
    mean = by_cluster.mean(axis=0)
    centred = by_cluster - mean
    clusters = len(by_cluster)
    spread = (centred @ metric * centred).sum() / (clusters - 1) / clusters
    resampled = weights @ by_cluster
    return Resampled(
        float(mean @ metric @ mean), float(spread), np.asarray((resampled @ metric * resampled).sum(axis=1))
    )


def share(part: Resampled, whole: Resampled) -> tuple[float, float, float] | None:
    """(share, low, high): the part of the variance between trials, without what chance adds, as in ω² (Hays
    1963).

    A resample adds chance twice, so it is subtracted twice. None when trials differ by no more than chance.
    """
    between = whole.value - whole.noise
    if between <= _TINY or between < 0.01 * whole.value:
        return None
    value = max(0.0, part.value - part.noise) / between
    wholes = np.maximum(whole.resamples - 2 * whole.noise, 0.01 * between)
    shares = np.clip((part.resamples - 2 * part.noise) / wholes, 0, 1)
    low, high = np.quantile(shares, (0.025, 0.975))
    value = min(1.0, value)
    return value, min(float(low), value), max(float(high), value)
