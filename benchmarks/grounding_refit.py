"""Fits the weights of the grounding score again without one set, to score that set as one never seen.
Knows nothing about where the sets come from. The shipped weights are not touched.

The recipe is that of the shipped weights: log-loss over claims with their answer's label, L2, the signs of
the weights constrained, each set and label of the same total weight, HaluEval 0.3 of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from workbench.scoring.support_features import FEATURES

C = 0.02
WEAK_SET, WEAK_WEIGHT = "halueval", 0.3
HELPS = ("ucov_all", "cov_all", "cov_pair", "bigrams")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredSet:
    """One set's answers. features: for each answer [claims, 9]."""

    family: str
    features: tuple[Array, ...]
    supported: tuple[bool, ...]


def _rows(sets: Sequence[MeasuredSet]) -> tuple[Array, Array, Array]:
    """All claims [n, 9], their labels, and their weights with mean 1."""
    parts, labels, weights = [], [], []
    for one in sets:
        share = WEAK_WEIGHT if one.family == WEAK_SET else 1.0
        own = np.concatenate(one.features)
        said = np.repeat(np.array(one.supported, dtype=float), [len(f) for f in one.features])
        weight = np.where(said == 1, share / max(1.0, said.sum()), share / max(1.0, (1 - said).sum()))
        parts.append(own)
        labels.append(said)
        weights.append(weight)
    weight = np.concatenate(weights)
    return np.concatenate(parts), np.concatenate(labels), weight / weight.mean()


def fit(sets: Sequence[MeasuredSet]) -> Array:
    """Intercept, then a weight for each of FEATURES."""
    x, y, weight = _rows(sets)
    x = np.column_stack([np.ones(len(x)), x])

    def loss(w: Array) -> tuple[float, Array]:
        z = x @ w
        value = C * float(weight @ (np.logaddexp(0, z) - y * z)) + 0.5 * float(w[1:] @ w[1:])
        slope = C * (x.T @ (weight * (1 / (1 + np.exp(-z)) - y)))
        slope[1:] += w[1:]
        return value, slope

    bounds = [(None, None)] + [(0, None) if name in HELPS else (None, 0) for name in FEATURES]
    found = minimize(loss, np.zeros(x.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def score_left_out(sets: Mapping[str, MeasuredSet]) -> dict[str, Array]:
    """For each set its answers' scores (mean support of claims) under weights fitted without its family."""
    weights = {
        family: fit([other for other in sets.values() if other.family != family])
        for family in {one.family for one in sets.values()}
    }
    scores = {}
    for name, one in sets.items():
        intercept, slopes = weights[one.family][0], weights[one.family][1:]
        scores[name] = np.array([np.mean(1 / (1 + np.exp(-(intercept + f @ slopes)))) for f in one.features])
    return scores
