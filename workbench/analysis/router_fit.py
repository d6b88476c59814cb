"""Fits a router: a logistic regression over features and principal components of the questions' vectors.
Knows nothing about thresholds or margins: it says how likely the cheap answer is worse."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from workbench.analysis.clusters import Clusters
from workbench.space.route import QUESTION_FEATURES, RETRIEVAL_FEATURES, RouterWeights

Array = NDArray[np.float64]
FOLDS = 5
MOST_COMPONENTS = 24
QUESTIONS_PER_COMPONENT = 10
"""Fewer questions than this for each component would be fitted by heart."""
PENALTY = 4.0
"""Of squared weights of standardised columns: as strong as so many questions."""


@dataclass(frozen=True, eq=False)
class FittedRouter:
    """A linear score of features and vector; its logistic is a probability."""

    intercept: float
    features: Array
    """[features]: of the question; where it looks at what was retrieved, then those of the retrieval."""
    vector: Array
    """[dimensions]; empty for one that reads no vector."""

    def probabilities(self, features: Array, vectors: Array) -> Array:
        total = self.intercept + features @ self.features
        return np.asarray(expit(total + vectors @ self.vector if len(self.vector) else total))

    def to_weights(self, strong_above: float) -> RouterWeights:
        """Compact: the vector's weights take one byte each."""
        scale = float(np.abs(self.vector).max(initial=0.0)) / 127
        steps = np.rint(self.vector / (scale or 1.0)).astype(np.int8)
        weights = [round(float(weight), 6) for weight in self.features]
        of_question, of_retrieval = weights[: len(QUESTION_FEATURES)], weights[len(QUESTION_FEATURES) :]
        return RouterWeights(
            intercept=round(self.intercept, 6),
            features=dict(zip(QUESTION_FEATURES, of_question, strict=True)),
            retrieval=dict(zip(RETRIEVAL_FEATURES, of_retrieval, strict=True)) if of_retrieval else {},
            vector=base64.b64encode(steps.tobytes()).decode(),
            scale=scale,
            strong_above=strong_above,
        )

    @classmethod
    def of_weights(cls, weights: RouterWeights) -> FittedRouter:
        """The router whose weights were written to a file."""
        features = [weights.features[name] for name in QUESTION_FEATURES]
        features += [weights.retrieval[name] for name in RETRIEVAL_FEATURES if weights.retrieval]
        return cls(weights.intercept, np.array(features), np.array(weights.vector_weights))


def fit_router(features: Array, vectors: Array, gaps: Array) -> FittedRouter:
    """Fit to how much worse the cheap answer is.

    features: [questions, features]: of the question, or of it and of what was retrieved.
    vectors: [questions, dimensions]; none reads no vectors.
    gaps: [questions]: the strong end's score minus the cheap one's. What is above 0 is the label: half an
        answer lost counts half.
    """
    questions = len(gaps)
    components = _components(vectors, min(MOST_COMPONENTS, questions // QUESTIONS_PER_COMPONENT))
    columns = np.hstack([features, vectors @ components.T])
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-9, spread, np.inf)  # a column that never varies gets no weight
    standard = (columns - mean) / spread
    label = np.clip(gaps, 0.0, 1.0)

    def loss(weights: Array) -> tuple[float, Array]:
        score = weights[0] + standard @ weights[1:]
        value = np.logaddexp(0, score).sum() - label @ score + PENALTY / 2 * weights[1:] @ weights[1:]
        off = expit(score) - label
        return float(value), np.concatenate([[off.sum()], standard.T @ off + PENALTY * weights[1:]])

    start = np.zeros(standard.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    slopes = found[1:] / spread
    count = features.shape[1]
    return FittedRouter(
        intercept=float(found[0] - mean @ slopes),
        features=slopes[:count],
        vector=np.asarray(slopes[count:] @ components),
    )


def _components(vectors: Array, count: int) -> Array:
    """The first principal components: [count, dimensions]."""
    if count < 1 or not vectors.shape[1]:
        return np.zeros((0, vectors.shape[1]))
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)  # in ascending order; faster than of all vectors
    return np.asarray(directions[:, ::-1][:, :count].T)


def cross_fitted(features: Array, vectors: Array, gaps: Array, clusters: Clusters, seed: int = 7) -> Array:
    """For each question, what a router says that has not seen it, nor any question of its cluster."""
    fold_of_cluster = np.random.default_rng(seed).permutation(clusters.of_question.max() + 1) % FOLDS
    fold = fold_of_cluster[clusters.of_question]
    said = np.zeros(len(gaps))
    for number in range(FOLDS):
        test, train = fold == number, fold != number
        if not test.any():
            continue
        if not train.any():
            said[test] = 0.5
            continue
        router = fit_router(features[train], vectors[train], gaps[train])
        said[test] = router.probabilities(features[test], vectors[test])
    return said
