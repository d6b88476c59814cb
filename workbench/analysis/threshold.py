"""Finds the threshold at which values agree best with labels, and how sure it is.
Knows nothing about where values and labels come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 400
FEWEST_EACH = 5
"""With fewer rows of either label, a threshold would follow single rows, and none is given."""


@dataclass(frozen=True)
class Threshold:
    """From which value on a row is called right, so that it agrees best with the labels."""

    value: float
    low: float
    """The lower end of its 95 % interval. Below it, a row is surely called wrong."""
    high: float
    """The upper end of its 95 % interval. Above it, a row is surely called right."""
    balanced_accuracy: float
    """Of the rows that it was chosen on, so a little too high."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def find_threshold(
    values: Sequence[float], labels: Sequence[bool], groups: Sequence[str], *, seed: int = 7
) -> Threshold | None:
    """The threshold with the best balanced accuracy (Youden 1950), with its percentile bootstrap interval.

    values: one number in [0, 1] per row.
    labels: whether each row is right.
    groups: rows of one group are resampled together.

    None where fewer than 5 rows have one of the labels, or all values are the same.
    """
    numbers, right = np.asarray(values, dtype=float), np.asarray(labels, dtype=bool)
    if min(right.sum(), (~right).sum()) < FEWEST_EACH or np.unique(numbers).size < 2:
        return None
    value, accuracy = _best(numbers, right)
    rows: dict[str, list[int]] = {}
    for i, group in enumerate(groups):
        rows.setdefault(group, []).append(i)
    members = [np.array(indices) for indices in rows.values()]
    random = np.random.default_rng(seed)
    found = []
    for _ in range(ROUNDS):
        drawn = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        if right[drawn].any() and not right[drawn].all():
            found.append(_best(numbers[drawn], right[drawn])[0])
    low, high = np.percentile(found, (2.5, 97.5)) if found else (value, value)
    return Threshold(value, min(float(low), value), max(float(high), value), accuracy)


def _best(values: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """(threshold, balanced accuracy). Of equally good thresholds it is the middle one, and it lies in the
    middle between two values."""
    order = np.argsort(values, kind="stable")
    sorted_values, sorted_right = values[order], right[order]
    ends = np.flatnonzero(np.diff(sorted_values))  # the last row of each value but the highest
    if not ends.size:
        return float(sorted_values[0]), 0.5
    right_below, below = np.cumsum(sorted_right)[ends], ends + 1
    sensitivity = 1 - right_below / sorted_right.sum()
    specificity = (below - right_below) / (~sorted_right).sum()
    accuracy = (sensitivity + specificity) / 2
    best = np.flatnonzero(accuracy >= accuracy.max() - 1e-12)
    at = int(ends[best[(len(best) - 1) // 2]])
    return float((sorted_values[at] + sorted_values[at + 1]) / 2), float(accuracy.max())
