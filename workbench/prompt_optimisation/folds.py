"""Folds of the train questions, and whether a prompt gained on those that it did not learn from.
Knows nothing about prompts or models: numbers in, a verdict out."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def make_folds(clusters: Sequence[str], folds: int, seed: int) -> list[int]:
    """The fold of each question, from 0. Questions of one cluster share a fold, and folds are near-equal.

    clusters: the cluster of each question. There are fewer folds where there are fewer clusters.
    """
    sizes: dict[str, int] = {}
    for cluster in clusters:
        sizes[cluster] = sizes.get(cluster, 0) + 1
    order = sorted(sizes)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda cluster: -sizes[cluster])
    filled = [0] * min(folds, len(order))
    fold_of: dict[str, int] = {}
    for cluster in order:
        fold = filled.index(min(filled))
        fold_of[cluster] = fold
        filled[fold] += sizes[cluster]
    return [fold_of[cluster] for cluster in clusters]


LEVEL = 0.9
"""How sure a gain must be. At one standard error a prompt was kept that lost 0.12 on held-out questions."""


@dataclass(frozen=True)
class Check:
    """What a prompt gained over the first one on the folds that it did not learn from."""

    gain: float
    """Mean over clusters of the difference in value, less the price of its length."""
    error: float
    """Standard error of that mean."""
    by_fold: dict[int, float]
    """Fold → mean gain; of the folds that were checked."""
    questions: int
    clusters: int

    @property
    def low(self) -> float:
        """The lower bound of the gain, one-sided at `LEVEL`, by Student's t."""
        if self.clusters < 2:
            return -math.inf
        from scipy.special import stdtrit

        return self.gain - float(stdtrit(self.clusters - 1, LEVEL)) * self.error

    @property
    def accepted(self) -> bool:
        """Whether the lower bound is positive, and the gain in most folds."""
        ahead = sum(gain > 0 for gain in self.by_fold.values())
        return self.low > 0 and 2 * ahead > len(self.by_fold)

    @property
    def in_words(self) -> str:
        if self.clusters < 2:
            return "Too few questions outside its own fold have a value."
        figures = f"{self.gain:+.3f} on {self.questions} questions that it did not learn from"
        least = f"at least {self.low:+.3f} ({LEVEL:.0%} sure)"
        said = "It gained" if self.accepted else "Not sure enough to be kept:"
        return f"{said} {figures}, {least}."


def check_gain(
    first: Mapping[int, float | None],
    values: Mapping[int, float | None],
    *,
    folds: Sequence[int],
    clusters: Sequence[str],
    learned_from: int,
    length_cost: float,
) -> Check:
    """Compare a prompt with the first one, question by question.

    first, values: the value of each question by its number; None where it has none.
    learned_from: the fold whose answers the prompt and its ancestors were made from.
    length_cost: points that its length costs.
    """
    gains: dict[str, list[float]] = {}
    by_fold: dict[int, list[float]] = {}
    for question, value in values.items():
        before = first.get(question)
        if value is None or before is None or folds[question] == learned_from:
            continue
        gain = value - before - length_cost
        gains.setdefault(clusters[question], []).append(gain)
        by_fold.setdefault(folds[question], []).append(gain)
    means = [sum(of) / len(of) for of in gains.values()]
    mean = sum(means) / len(means) if means else 0.0
    spread = sum((one - mean) ** 2 for one in means) / (len(means) - 1) if len(means) > 1 else 0.0
    return Check(
        gain=mean,
        error=math.sqrt(spread / len(means)) if means else 0.0,
        by_fold={fold: sum(of) / len(of) for fold, of in sorted(by_fold.items())},
        questions=sum(map(len, gains.values())),
        clusters=len(means),
    )
