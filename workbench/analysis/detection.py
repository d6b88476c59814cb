"""How well values in [0, 1] tell right from wrong: AUROC, balanced accuracy, calibration.
Knows nothing about who gave the values. What cannot be said is None, never NaN."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workbench.analysis.auroc import auroc, auroc_interval

BINS = 10


@dataclass(frozen=True)
class Bin:
    """One row of a reliability table: values within [low, high), their mean, and the share that was right."""

    low: float
    high: float
    count: int
    mean: float
    right: float


@dataclass(frozen=True)
class Detection:
    """balanced_accuracy: the mean of the shares of right and of wrong ones that the threshold tells.
    ece: expected calibration error, over ten bins of equal width (Naeini et al. 2015)."""

    count: int
    right: int
    auroc: float | None
    low: float | None
    high: float | None
    balanced_accuracy: float | None = None
    ece: float | None = None
    bins: tuple[Bin, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"bins": [asdict(b) for b in self.bins]}


def one_class(labels: Sequence[bool], right: str = "supported", wrong: str = "unsupported") -> str:
    """In words, why nothing can be told apart; empty when both sides are there."""
    if not labels:
        return "There is no labelled answer."
    if len(set(labels)) == 2:
        return ""
    return (
        f"All {len(labels)} answers are labelled {right if labels[0] else wrong}: with one class only there "
        "is no AUROC and no balanced accuracy. Add answers of the other kind."
    )


def detect(
    values: Sequence[float],
    labels: Sequence[bool],
    groups: Sequence[str],
    *,
    threshold: float | None = None,
) -> Detection:
    """groups: rows about the same passages, which are drawn together for the interval.  threshold: from it
    on a value counts as right; without one the values are no probabilities, and are not held to be any."""
    right = sum(labels)
    area = low = high = None
    if 0 < right < len(labels):
        area = auroc(values, labels)
        low, high = _interval(values, labels, groups)
    if threshold is None or not labels:
        return Detection(len(labels), right, area, low, high)
    bins = reliability(values, labels)
    balanced = balanced_accuracy(values, labels, threshold) if area is not None else None
    ece = sum(b.count * abs(b.mean - b.right) for b in bins) / len(labels)
    return Detection(len(labels), right, area, low, high, balanced, ece, bins)


def _interval(
    values: Sequence[float], labels: Sequence[bool], groups: Sequence[str]
) -> tuple[float | None, float | None]:
    if len(set(groups)) < 2:
        return None, None
    with warnings.catch_warnings():  # draws with one side only have no area, and are left out
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = auroc_interval(values, labels, groups)
    return (None, None) if np.isnan(low) else (low, high)


def balanced_accuracy(values: Sequence[float], labels: Sequence[bool], threshold: float) -> float:
    """The mean of two shares: of the right ones that reach the threshold, and of the wrong ones that do not.

    Both kinds must be there.
    """
    said, right = np.asarray(values) >= threshold, np.asarray(labels, dtype=bool)
    return float((said[right].mean() + (~said[~right]).mean()) / 2)


def reliability(values: Sequence[float], labels: Sequence[bool]) -> tuple[Bin, ...]:
    """Ten bins of equal width; those without a value are left out."""
    numbers, right = np.asarray(values, dtype=float), np.asarray(labels, dtype=float)
    place = np.minimum((numbers * BINS).astype(int), BINS - 1)
    found = []
    for i in range(BINS):
        inside = place == i
        if inside.any():
            mean, share = float(numbers[inside].mean()), float(right[inside].mean())
            found.append(Bin(i / BINS, (i + 1) / BINS, int(inside.sum()), mean, share))
    return tuple(found)
