"""Fits the weights of the grounding score, on all sets or without one, to score that one as never seen.
Knows nothing about where the sets come from and where weights are kept.

The recipe: log-loss over claims with their answer's label; the signs of the weights held; L2 on weights in
units of their feature's spread, so that rare features are not silenced; each set and label of the same total
weight, HaluEval and the edits made by program 0.3 of that. Then a slope and a shift (Platt), and one for
quotations, fitted on the sets of claims and answers and folded into the weights: a support reads as a
probability where as many claims are supported as not.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from workbench.scoring.grounding import mean_of_sentences
from workbench.scoring.grounding_features import FEATURES, HELPS
from workbench.scoring.grounding_support import weigh

L2 = 0.25
WEAK_SETS, WEAK_WEIGHT = frozenset(("halueval", "programmed")), 0.3
# Pairs of sentences written for inference are no picture of how often a claim is supported.
CALIBRATED_ON = frozenset(("wice", "begin", "scifact", "halueval", "factcheck"))
# Answers of language models: what is fitted elsewhere is measured on them.
MEASURED_ONLY = ("expertqa", "faithbench")
QUOTED = FEATURES.index("quoted")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredSet:
    """One set's answers. features: for each answer [claims, features].  groups: the text it is about.
    sentences: for each answer, (number of the sentence, text) of each claim.  settled: for each answer, the
    support of each claim that does not depend on the weights, NaN for the others."""

    family: str
    features: tuple[Array, ...]
    supported: tuple[bool, ...]
    groups: tuple[str, ...]
    sentences: tuple[tuple[tuple[int, str], ...], ...]
    settled: tuple[Array, ...]

    @property
    def owners(self) -> NDArray[np.int64]:
        """For each claim its answer."""
        return np.repeat(np.arange(len(self.features)), [len(f) for f in self.features])

    def part(self, keep: Sequence[bool]) -> MeasuredSet:
        rows = [i for i, kept in enumerate(keep) if kept]
        return MeasuredSet(
            self.family,
            tuple(self.features[i] for i in rows),
            tuple(self.supported[i] for i in rows),
            tuple(self.groups[i] for i in rows),
            tuple(self.sentences[i] for i in rows),
            tuple(self.settled[i] for i in rows),
        )


def _share(one: MeasuredSet) -> float:
    return WEAK_WEIGHT if one.family in WEAK_SETS else 1.0


def _rows(sets: Sequence[MeasuredSet]) -> tuple[Array, Array, Array]:
    """All claims that the weights decide [n, features], their labels, and weights of sum 1, even by label."""
    parts, labels, balanced = [], [], []
    for one in sets:
        decided = np.isnan(np.concatenate(one.settled))
        said = np.array(one.supported, dtype=float)[one.owners][decided]
        parts.append(np.concatenate(one.features)[decided])
        labels.append(said)
        right, wrong = max(1.0, said.sum()), max(1.0, (1 - said).sum())
        balanced.append(_share(one) * np.where(said == 1, 1 / right, 1 / wrong))
    even = np.concatenate(balanced)
    return np.concatenate(parts), np.concatenate(labels), even / even.sum()


def fit(sets: Sequence[MeasuredSet], features: Sequence[int] | None = None) -> Array:
    """Intercept, then a weight for each of FEATURES. features: only these (the others have 0)."""
    x, y, weight = _rows(sets)
    used = list(range(len(FEATURES))) if features is None else list(features)
    spread = np.sqrt(weight @ (x - weight @ x) ** 2) + 1e-9
    scaled = np.column_stack([np.ones(len(x)), (x / spread)[:, used]])

    def loss(w: Array) -> tuple[float, Array]:
        z = scaled @ w
        value = float(weight @ (np.logaddexp(0, z) - y * z)) + 0.5 * L2 * float(w[1:] @ w[1:])
        slope = scaled.T @ (weight * (1 / (1 + np.exp(-z)) - y))
        slope[1:] += L2 * w[1:]
        return value, slope

    bounds = [(None, None)] + [(0, None) if FEATURES[i] in HELPS else (None, 0) for i in used]
    found = minimize(loss, np.zeros(scaled.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = np.zeros(len(FEATURES) + 1)
    weights[0] = found[0]
    weights[[i + 1 for i in used]] = found[1:] / spread[used]
    return _calibrated(weights, [one for one in sets if one.family in CALIBRATED_ON], QUOTED in used)


def _calibrated(weights: Array, sets: Sequence[MeasuredSet], with_quoted: bool) -> Array:
    x, y, weight = _rows(sets)
    z = weights[0] + x @ weights[1:]
    inputs = np.column_stack([z, x[:, QUOTED]]) if with_quoted else z[:, None]
    platt = LogisticRegression(C=1e3).fit(inputs, y, weight * len(y))
    weights = weights * platt.coef_[0, 0]
    weights[0] += platt.intercept_[0]
    if with_quoted:
        weights[1 + QUOTED] += platt.coef_[0, 1]
    return weights


def claim_supports(one: MeasuredSet, weights: Array) -> list[Array]:
    """For each answer the support of each claim."""
    supports = []
    for features, settled in zip(one.features, one.settled, strict=True):
        supports.append(np.where(np.isnan(settled), weigh(features, weights), settled))
    return supports


def score_answers(one: MeasuredSet, weights: Array) -> Array:
    """Each answer's score, as score_grounding takes it."""
    supports = claim_supports(one, weights)
    return np.array(
        [
            mean_of_sentences([(*place, s) for place, s in zip(places, support.tolist(), strict=True)])
            for places, support in zip(one.sentences, supports, strict=True)
        ]
    )


def score_left_out(
    sets: Mapping[str, MeasuredSet], features: Sequence[int] | None = None
) -> dict[str, Array]:
    """For each set its answers' scores under weights fitted without its family."""
    weights = {
        family: fit([s for s in sets.values() if s.family not in (family, *MEASURED_ONLY)], features)
        for family in {one.family for one in sets.values()}
    }
    return {name: score_answers(one, weights[one.family]) for name, one in sets.items()}


def score_held_out(sets: Mapping[str, MeasuredSet], folds: int = 5) -> dict[str, Array]:
    """For each set its answers' scores under weights fitted on other documents (of the same sets, too)."""
    place = {
        name: np.array([zlib.crc32(g.encode()) % folds for g in one.groups]) for name, one in sets.items()
    }
    scores = {name: np.zeros(len(one.groups)) for name, one in sets.items()}
    for fold in range(folds):
        weights = fit(
            [one.part(place[name] != fold) for name, one in sets.items() if one.family not in MEASURED_ONLY]
        )
        for name, one in sets.items():
            here = place[name] == fold
            if here.any():
                scores[name][here] = score_answers(one.part(here), weights)
    return scores


def calibration_error(scores: Array, supported: Sequence[bool], weights: Array | None = None) -> float:
    """Expected calibration error over ten bins of equal width: mean |share supported - mean score|."""
    weight = np.ones(len(scores)) if weights is None else weights
    bins = np.minimum((scores * 10).astype(int), 9)
    gap = weight * (scores - np.asarray(supported, dtype=float))
    return float(sum(abs(gap[bins == b].sum()) for b in range(10)) / weight.sum())
