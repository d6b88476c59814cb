"""The area under the ROC curve (AUROC) and its bootstrap interval over groups.
Knows nothing about what the labels mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata


def auroc(values: ArrayLike, labels: ArrayLike) -> float:
    """The probability that a positive row has a higher value than a negative one; ties count half.

    values: one number per row.
    labels: whether each row is positive.
    NaN when all rows have the same label.
    """
    right = np.asarray(labels, dtype=bool)
    count = int(right.sum())
    negatives = len(right) - count
    if not count or not negatives:
        return float("nan")
    ranks = rankdata(np.asarray(values, dtype=float))
    return float((ranks[right].sum() - count * (count + 1) / 2) / (count * negatives))


def auroc_interval(
    values: ArrayLike, labels: ArrayLike, groups: Sequence[str], *, rounds: int = 1000, seed: int = 7
) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of `auroc`, resampling whole groups.

    Rows about the same text are not independent, so they are drawn together.

    values, labels: as in `auroc`.
    groups: the group of each row.
    rounds: how many resamples are drawn.
    """
    numbers, right = np.asarray(values, dtype=float), np.asarray(labels, dtype=bool)
    rows: dict[str, list[int]] = {}
    for i, group in enumerate(groups):
        rows.setdefault(group, []).append(i)
    members = [np.array(indices) for indices in rows.values()]
    random = np.random.default_rng(seed)
    areas = []
    for _ in range(rounds):
        drawn = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        areas.append(auroc(numbers[drawn], right[drawn]))
    low, high = np.nanpercentile(areas, (2.5, 97.5))
    return float(low), float(high)
