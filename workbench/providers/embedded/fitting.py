"""Fits weights by optimisation: weights that rank units, and weights that tell when to decline.
Knows nothing about texts: matrices go in, weights come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.features import Matrix

Floats = NDArray[np.float64]

# These features can only lower a unit's score, all others only raise it. A weight with the wrong sign fits
# one data set and fails on the next.
AGAINST = frozenset({"type_miss", "pronoun", "question", "fragment"})
_SMALLEST_SCALE = 0.15
_ANSWER_WEIGHT = 2.0  # declining an answerable question is twice as bad as answering an unanswerable one


@dataclass(frozen=True, slots=True)
class RankingCase:
    """One question with its measured units."""

    id: str
    rows: Matrix
    """Features of the units, [units, features]."""
    good: NDArray[np.bool_]
    """Which of the units answer the question, [units]."""
    weight: float
    """How much the case counts: 1 for marked evidence, less for a thumb."""
    answerable: bool
    """Whether the passages hold the answer."""


def scales_of(cases: Sequence[RankingCase]) -> Floats:
    """The standard deviation of each feature over all units, at least 0.15: [features]."""
    spread = np.concatenate([case.rows for case in cases]).std(axis=0)
    return np.asarray(np.maximum(spread, _SMALLEST_SCALE), dtype=np.float64)


def fit_weights(
    cases: Sequence[RankingCase], start: Floats, scales: Floats, strength: float, *, signs: bool = True
) -> Floats:
    """Fit weights that maximise the softmax share of the good units, regularised towards `start`.

    Minimises sum(weight * -ln(share of good)) + strength * |(w - start) * scales|^2 with L-BFGS-B. It is
    deterministic, and returns `start` when no case has both good and other units.

    scales: the spread of each feature, as `scales_of` returns it.
    signs: keep the sign of each weight as AGAINST says; False for rows of features other than FEATURES.
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
        totals = np.add.reduceat(exps, begins)
        good_totals = np.add.reduceat(exps * good, begins) + 1e-300
        pull = importance[owner] * (exps * good / good_totals[owner] - exps / totals[owner])
        shift = (weights - start) * scales
        value = float(importance @ (np.log(totals) - np.log(good_totals)) + strength * shift @ shift)
        return value, -(rows.T @ pull) + 2 * strength * shift * scales

    bounds = _bounds() if signs else None
    optimum = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(optimum.x, dtype=np.float64)


def _bounds() -> list[tuple[float | None, float | None]]:
    return [(None, 0.0) if feature in AGAINST else (0.0, None) for feature in FEATURES]


def fit_confidence(rows: Matrix, labels: NDArray[np.bool_], counts: Floats, start: Floats) -> Floats:
    """Logistic regression of `labels` on confidence features, regularised towards `start`.

    Both classes weigh the same, and all weights but the intercept stay at or above 0. Both labels must occur.

    rows: CONFIDENCE_FEATURES of the cases, [cases, 5].
    labels: whether each case was answerable, [cases].
    counts: the weight of each case, [cases].
    """
    from scipy.optimize import minimize

    share = np.where(labels, counts / counts[labels].sum(), counts / counts[~labels].sum()) / 2
    signs = np.where(labels, 1.0, -1.0)
    scales = np.array([0.1, 1, 1, 1, 1])  # the intercept may move more freely
    strength = 1.0 / (len(labels) + 10)  # the start counts as much as ten cases

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (rows @ weights)
        miss = 1 / (1 + np.exp(np.clip(margins, -50, 50)))
        shift = (weights - start) * scales
        value = float(share @ np.logaddexp(0, -margins) + strength * shift @ shift)
        return value, -(rows.T @ (share * signs * miss)) + 2 * strength * shift * scales

    bounds = [(None, None), *[(0.0, None)] * (rows.shape[1] - 1)]
    optimum = minimize(
        loss, np.maximum(start, [-np.inf, 0, 0, 0, 0]), jac=True, method="L-BFGS-B", bounds=bounds
    )
    return np.asarray(optimum.x, dtype=np.float64)


def decline_threshold(chances: Floats, labels: NDArray[np.bool_], counts: Floats) -> float:
    """The confidence below which to decline, from 0.05 to 0.95.

    It maximises 2 x (share of the answerable that is answered) + (share of the rest that is declined); on a
    tie it is the one nearest to 0.5. Both labels must occur.

    chances: the confidence of each case, [cases].
    labels, counts: as for `fit_confidence`.
    """
    steps = np.linspace(0.05, 0.95, 91)
    positive, negative = counts * labels, counts * ~labels

    def quality(step: float) -> float:
        answered = float(positive @ (chances >= step) / positive.sum())
        return _ANSWER_WEIGHT * answered + float(negative @ (chances < step) / negative.sum())

    values = [quality(step) for step in steps]
    best = [step for step, value in zip(steps, values, strict=True) if value >= max(values) - 1e-9]
    return float(min(best, key=lambda step: abs(step - 0.5)))
