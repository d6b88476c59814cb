"""Statistical power: how many questions a comparison needs to detect a difference of a given size.
Knows nothing about trials: differences in, a number of questions out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters
from workbench.analysis.multiple_comparisons import ALPHA

Array = NDArray[np.float64]

POWER = 0.80
MOST_QUESTIONS = 1_000_000  # more than anybody can ask


def questions_needed(
    differences: Array, alpha: float = ALPHA, clusters: Clusters | None = None
) -> int | None:
    """The sample size at which a true difference as large as the observed one is detected with power 0.8.

    The normal approximation with Guenther's (1981) correction for the t test. The permutation test has the
    same power as the t test. Clusters are the sample; the number of questions is that of as many more
    clusters of the same sizes. Returns None when the observed difference is 0 or when more than a million
    questions would be needed.

    differences: paired differences, one per question; NaN where a question has none.
    alpha: the two-sided significance level, already corrected for multiple comparisons.
    clusters: of the questions; None where each stands alone.
    """
    from scipy.special import ndtri

    has_value = np.isfinite(differences)
    clusters = (clusters or Clusters.alone(len(differences))).select(has_value)
    values = clusters.pseudo_values(differences[has_value, None])[:, 0]
    deviation = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if deviation < 1e-12 or abs(values.mean()) < 1e-6 * deviation:
        return None
    z_level, z_power = -float(ndtri(alpha / 2)), float(ndtri(POWER))
    size = ((z_level + z_power) * deviation / float(values.mean())) ** 2 + z_level**2 / 2
    fewest = 1 + math.log2(1 / alpha)  # with fewer, even the most extreme pattern of signs is not significant
    in_a_cluster = int(has_value.sum()) / len(values)
    questions = max(size, fewest) * in_a_cluster
    return math.ceil(questions) if size * in_a_cluster <= MOST_QUESTIONS else None
