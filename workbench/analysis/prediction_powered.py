"""Estimates a mean of people's labels with the help of predictions that exist for everything.
Knows nothing about who gives labels, nor about what predicts them.

Prediction-powered inference: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382 (2023), with the
weight of the predictions chosen from the data (PPI++, Angelopoulos, Duchi and Zrnic 2023). The mean of the
predictions over everything is corrected by how far they are off where there are labels. The estimate is
right whatever the predictions are; predictions that say nothing get the weight 0, and what is left is the
mean of the labels. Its interval assumes that what was labelled is a random sample of everything.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.wilson import Z, wilson_bounds

Array = NDArray[np.float64]
LEAST_LABELS = 5
"""With fewer clusters of labels there is no estimate."""


@dataclass(frozen=True)
class Predictions:
    """The predictions for what has no label, in sums."""

    count: int
    total: float
    squares: float
    """The sum of their squares."""

    @classmethod
    def of(cls, values: Sequence[float]) -> Predictions:
        array = np.asarray(values, dtype=float)
        return cls(len(array), float(array.sum()), float((array**2).sum()))


@dataclass(frozen=True)
class PredictionPowered:
    """A mean of labels, as far as labels and predictions tell."""

    mean: float
    low: float
    """The lower end of the 95 % interval."""
    high: float
    """The upper end of the 95 % interval."""
    labels: int
    """How many labels it rests on."""
    predictions: int
    """How many predictions without a label helped."""
    weight: float
    """How much the predictions count, from 0 (they say nothing about the labels) to 1."""
    labels_alone: float
    """The mean of the labels."""


def prediction_powered_mean(
    labels: Sequence[float],
    predictions: Sequence[float],
    others: Predictions,
    clusters: Sequence[Hashable] | None = None,
) -> PredictionPowered | None:
    """The mean of the labels over everything, with its 95 % interval; None with under LEAST_LABELS labels.

    labels: of what was labelled; shares are 0 and 1, and their interval stays within [0, 1].
    predictions: what was predicted for each of them; on any scale.
    others: the predictions for the rest.
    clusters: which labels count as one, such as those of one rater or of one question; None for none.
    """
    label, predicted = np.asarray(labels, dtype=float), np.asarray(predictions, dtype=float)
    sums = _of_clusters(len(label), clusters)
    count = sums(np.ones(len(label)))
    if len(count) < LEAST_LABELS:
        return None
    weight = _weight(label, predicted, others, sums)
    correction, error = _mean(label - weight * predicted, sums)
    alone = float(label.mean())
    mean = correction
    if weight:
        rest = others.total / others.count
        variance = max(0.0, others.squares / others.count - rest * rest)
        mean, error = (
            correction + weight * rest,
            math.hypot(error, weight * math.sqrt(variance / others.count)),
        )
    error *= _student_excess(len(count))
    low, high = mean - Z * error, mean + Z * error
    if np.isin(label, (0.0, 1.0)).all():
        mean, low, high = _of_share(mean, error, len(count))
    return PredictionPowered(mean, low, high, len(label), others.count if weight else 0, weight, alone)


def _weight(label: Array, predicted: Array, others: Predictions, sums: _Sums) -> float:
    """The weight of the predictions with which the estimate varies least (PPI++, example 6.1)."""
    if others.count < 2:
        return 0.0
    deviation = sums(predicted - predicted.mean())
    spread = float(deviation @ deviation)
    if spread < 1e-12:
        return 0.0
    covariance = float(sums(label - label.mean()) @ deviation)
    # Small samples overstate how well predictions fit: a weight within its own error is not used.
    residual = sums(label - label.mean() - covariance / spread * (predicted - predicted.mean()))
    error = math.sqrt(float((residual**2 * deviation**2).sum())) / spread
    if abs(covariance / spread) < error:
        return 0.0
    return min(1.0, max(-1.0, covariance / spread / (1 + len(label) / others.count)))


def _mean(values: Array, sums: _Sums) -> tuple[float, float]:
    """The mean and its standard error, by cluster (Liang and Zeger 1986)."""
    mean = float(values.mean())
    deviation = sums(values - mean)
    clusters = len(deviation)
    return mean, math.sqrt(float(deviation @ deviation) * clusters / (clusters - 1)) / len(values)


def _of_share(mean: float, error: float, clusters: int) -> tuple[float, float, float]:
    """The share and its interval within [0, 1]: Wilson's, for as many labels as would have the same error."""
    mean = min(max(mean, 0.0), 1.0)
    within = min(max(mean, 0.5 / clusters), 1 - 0.5 / clusters)
    most = 4.0 * clusters  # what hardly varies in a small sample varies more in the next
    observations = min(within * (1 - within) / error**2, most) if error > 0 else float(clusters)
    low, high = wilson_bounds(mean, max(1.0, observations))
    return mean, low, high


class _Sums:
    """Adds up values by cluster."""

    def __init__(self, places: NDArray[np.intp]) -> None:
        self._places = places

    def __call__(self, values: Array) -> Array:
        return np.bincount(self._places, weights=values).astype(np.float64)


def _of_clusters(count: int, clusters: Sequence[Hashable] | None) -> _Sums:
    if clusters is None:
        return _Sums(np.arange(count))
    places: dict[Hashable, int] = {}
    return _Sums(np.array([places.setdefault(name, len(places)) for name in clusters], dtype=np.intp))


def _student_excess(clusters: int) -> float:
    """How much wider Student's 95 % interval is than the normal one (Fisher and Cornish 1960)."""
    free = clusters - 1
    return 1 + (Z**2 + 1) / (4 * free) + (5 * Z**4 + 16 * Z**2 + 3) / (96 * free**2)
