"""The numerical part of training: weights that rank, weights that tell when to decline.
Knows nothing about texts: matrices in, weights out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.features import Matrix

Floats = NDArray[np.float64]

# These can only speak against a unit, all others only for it: a weight with the wrong sign fits one data set
# and fails on the next.
AGAINST = frozenset({"type_miss", "pronoun", "question", "fragment"})
_SMALLEST_SCALE = 0.15
_ANSWER_WEIGHT = 2.0  # declining what is answerable is twice as bad as answering what is not


@dataclass(frozen=True, slots=True)
class RankingCase:
    """One question. rows: [units, features].  good: [units].  weight: 1 for marked evidence, less for a
    thumb.  answerable: whether the passages hold the answer."""

    id: str
    rows: Matrix
    good: NDArray[np.bool_]
    weight: float
    answerable: bool


def scales_of(cases: Sequence[RankingCase]) -> Floats:
    """Spread of each feature over all units, never less than 0.15."""
    spread = np.concatenate([case.rows for case in cases]).std(axis=0)
    return np.asarray(np.maximum(spread, _SMALLEST_SCALE), dtype=np.float64)


def fit_weights(
    cases: Sequence[RankingCase], start: Floats, scales: Floats, strength: float, *, signs: bool = True
) -> Floats:
    """Weights that maximise the softmax share of the good units, held to `start`.

    Minimises sum(weight * -ln(share of good)) + strength * |(w - start) * scales|^2 by L-BFGS-B, with the
    signs of FEATURES unless `signs` is false (rows of other features). Deterministic.
    Returns `start` when no case can teach anything.
    """
    from scipy.optimize import minimize

    useful = [case for case in cases if case.good.any() and not case.good.all()]
    if not useful:
        return start
    rows = np.concatenate([case.rows for case in useful])
    good = np.concatenate([case.good for case in useful]).astype(np.float64)
    sizes = np.array([len(case.rows) for case in useful])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(useful)), sizes)
    importance = np.array([case.weight for case in useful])

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        exps = np.exp(scores - np.maximum.reduceat(scores, begins)[owner])
        everything = np.add.reduceat(exps, begins)
        hits = np.add.reduceat(exps * good, begins) + 1e-300
        pull = importance[owner] * (exps * good / hits[owner] - exps / everything[owner])
        moved = (weights - start) * scales
        value = float(importance @ (np.log(everything) - np.log(hits)) + strength * moved @ moved)
        return value, -(rows.T @ pull) + 2 * strength * moved * scales

    bounds = _bounds() if signs else None
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, dtype=np.float64)


def _bounds() -> list[tuple[float | None, float | None]]:
    return [(None, 0.0) if feature in AGAINST else (0.0, None) for feature in FEATURES]


def fit_confidence(rows: Matrix, labels: NDArray[np.bool_], counts: Floats, start: Floats) -> Floats:
    """Logistic regression of `labels` on confidence features, classes weighted equally, held to `start`.

    All but the intercept stay at or above 0. Both labels must occur.
    """
    from scipy.optimize import minimize

    share = np.where(labels, counts / counts[labels].sum(), counts / counts[~labels].sum()) / 2
    signs = np.where(labels, 1.0, -1.0)
    hold = 1.0 / (len(labels) + 10)  # ten cases' worth

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (rows @ weights)
        miss = 1 / (1 + np.exp(np.clip(margins, -50, 50)))
        moved = (weights - start) * np.array([0.1, 1, 1, 1, 1])
        value = float(share @ np.logaddexp(0, -margins) + hold * moved @ moved)
        return value, -(rows.T @ (share * signs * miss)) + 2 * hold * moved * np.array([0.1, 1, 1, 1, 1])

    bounds = [(None, None), *[(0.0, None)] * (rows.shape[1] - 1)]
    found = minimize(
        loss, np.maximum(start, [-np.inf, 0, 0, 0, 0]), jac=True, method="L-BFGS-B", bounds=bounds
    )
    return np.asarray(found.x, dtype=np.float64)


def decline_threshold(chances: Floats, labels: NDArray[np.bool_], counts: Floats) -> float:
    """The threshold with the best 2 x (share answered of the answerable) + (share declined of the rest);
    on a tie the one nearest 0.5. Both labels must occur."""
    steps = np.linspace(0.05, 0.95, 91)
    positive, negative = counts * labels, counts * ~labels

    def quality(step: float) -> float:
        kept = float(positive @ (chances >= step) / positive.sum())
        return _ANSWER_WEIGHT * kept + float(negative @ (chances < step) / negative.sum())

    values = [quality(step) for step in steps]
    near = [step for step, value in zip(steps, values, strict=True) if value >= max(values) - 1e-9]
    return float(min(near, key=lambda step: abs(step - 0.5)))
