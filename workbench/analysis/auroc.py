"""Area under the ROC curve, and its bootstrap interval over groups.
Knows nothing about what is told apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata


def auroc(values: ArrayLike, labels: ArrayLike) -> float:
    """Chance that a right one has the higher value; ties count half. NaN where one side is missing."""
    right = np.asarray(labels, dtype=bool)
    count = int(right.sum())
    others = len(right) - count
    if not count or not others:
        return float("nan")
    ranks = rankdata(np.asarray(values, dtype=float))
    return float((ranks[right].sum() - count * (count + 1) / 2) / (count * others))


def auroc_interval(
    values: ArrayLike, labels: ArrayLike, groups: Sequence[str], *, rounds: int = 1000, seed: int = 7
) -> tuple[float, float]:
    """95 % percentile interval, drawing whole groups: rows about the same text are not independent."""
    numbers, right = np.asarray(values, dtype=float), np.asarray(labels, dtype=bool)
    rows: dict[str, list[int]] = {}
    for i, group in enumerate(groups):
        rows.setdefault(group, []).append(i)
    members = [np.array(indices) for indices in rows.values()]
    random = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        drawn = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        found.append(auroc(numbers[drawn], right[drawn]))
    low, high = np.nanpercentile(found, (2.5, 97.5))
    return float(low), float(high)
