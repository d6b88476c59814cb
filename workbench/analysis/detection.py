"""How well values in [0, 1] separate right from wrong: AUROC, balanced accuracy, calibration.
Knows nothing about where the values come from. What cannot be computed is None, never NaN."""

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
    """One row of a reliability table."""

    low: float
    """The lower bound, included."""
    high: float
    """The upper bound, excluded but in the last bin."""
    count: int
    mean: float
    """The mean value."""
    right: float
    """The share of rows that are right."""


@dataclass(frozen=True)
class Detection:
    """How well values separate right rows from wrong ones."""

    count: int
    right: int
    """How many rows are labelled right."""
    auroc: float | None
    """None when only one label occurs."""
    low: float | None
    """The lower bound of the AUROC's 95 % interval; None when no interval can be given."""
    high: float | None
    """The upper bound of the AUROC's 95 % interval; None when no interval can be given."""
    balanced_accuracy: float | None = None
    """The mean of sensitivity and specificity at the threshold; None without a threshold or with one label
    only."""
    ece: float | None = None
    """The expected calibration error over ten bins of equal width (Naeini et al. 2015); None without a
    threshold."""
    bins: tuple[Bin, ...] = ()
    """The reliability table; empty without a threshold."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"bins": [asdict(b) for b in self.bins]}


def one_class(labels: Sequence[bool], right: str = "supported", wrong: str = "unsupported") -> str:
    """Why right and wrong cannot be separated, in words; empty when both labels occur.

    right, wrong: what the two labels are called.
    """
    if not labels:
        return "There are no labelled answers."
    if len(set(labels)) == 2:
        return ""
    return (
        f"All {len(labels)} answers are labelled {right if labels[0] else wrong}: with only one class there "
        "is no AUROC and no balanced accuracy. Add answers of the other class."
    )


def detect(
    values: Sequence[float],
    labels: Sequence[bool],
    groups: Sequence[str],
    *,
    threshold: float | None = None,
) -> Detection:
    """Measure how well values separate right rows from wrong ones.

    values: one number in [0, 1] per row.
    labels: whether each row is right.
    groups: what each row is about (its passages); rows of one group are resampled together.
    threshold: from this value on a row is predicted right; None when the values are not probabilities, which
        leaves out accuracy and calibration.
    """
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
    with warnings.catch_warnings():  # resamples with one label only have no AUROC and are left out
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = auroc_interval(values, labels, groups)
    return (None, None) if np.isnan(low) else (low, high)


def balanced_accuracy(values: Sequence[float], labels: Sequence[bool], threshold: float) -> float:
    """The mean of sensitivity (right rows that reach the threshold) and specificity (wrong rows that do not).

    Both labels must occur.
    """
    predicted, right = np.asarray(values) >= threshold, np.asarray(labels, dtype=bool)
    return float((predicted[right].mean() + (~predicted[~right]).mean()) / 2)


def reliability(values: Sequence[float], labels: Sequence[bool]) -> tuple[Bin, ...]:
    """The reliability table: ten bins of equal width, without the empty ones."""
    numbers, right = np.asarray(values, dtype=float), np.asarray(labels, dtype=float)
    bin_of = np.minimum((numbers * BINS).astype(int), BINS - 1)
    bins = []
    for i in range(BINS):
        inside = bin_of == i
        if inside.any():
            mean, share = float(numbers[inside].mean()), float(right[inside].mean())
            bins.append(Bin(i / BINS, (i + 1) / BINS, int(inside.sum()), mean, share))
    return tuple(bins)
