"""Scores units with a variant's weights, and tells how likely the best unit answers.
Knows nothing about prompts or how the weights were trained."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.features import Matrix
from workbench.providers.embedded.variant import Variant

_COSINE, _OVERLAP = FEATURES.index("cosine"), FEATURES.index("overlap")


def scores_of(variant: Variant, rows: Matrix) -> NDArray[np.float64]:
    """The score of each row of features, float64 [units]; higher is better."""
    return np.asarray(rows @ np.array(variant.weights), dtype=np.float64)


def confidence_of(variant: Variant, rows: Matrix) -> float:
    """How likely the best of these units answers the question, in [0, 1]; 0 without units."""
    if not len(rows):
        return 0.0
    features = confidence_features(scores_of(variant, rows), rows)
    return 1 / (1 + math.exp(-float(np.clip(features @ np.array(variant.confidence), -50, 50))))


def confidence_features(scores: NDArray[np.float64], rows: Matrix) -> NDArray[np.float64]:
    """The CONFIDENCE_FEATURES of one question, float64 [5]. There must be at least one row."""
    best = int(np.argmax(scores))
    share = np.exp(scores - scores[best])
    p = min(1 / float(share.sum()), 1 - 1e-3)
    return np.array([1.0, scores[best], math.log(p / (1 - p)), rows[best, _COSINE], rows[best, _OVERLAP]])
