"""Chooses how far to go when every further step may cost quality: learn then test, with an exact test.
Knows nothing about routes: it sees losses by question.

Learn then test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: Calibrating predictive
algorithms to achieve risk control", 2021; Annals of Applied Statistics 2025) turns the choice of a threshold
into tests of "the loss is above the margin", one a threshold. In a fixed order, from the safest on, each is
tested at the full level and the first that does not pass ends the sequence (fixed-sequence testing):
whichever threshold is taken, its loss is above the margin with a probability of at most that level.

The test is by betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
JRSS B 86(1), 2024): exact for any number of questions, and no normal distribution is assumed, which matters
because most losses are 0 and a few are 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters

Array = NDArray[np.float64]
# Wealth is averaged over these shares of the largest bet that cannot lose everything.
BETS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95])


def excess_p_value(losses: Array, margin: float, clusters: Clusters, seed: int | None = 7) -> float:
    """The p-value of "the mean loss is above the margin".

    losses: [questions], in [-1, 1].  clusters: questions that count as one are bet on as one.
    seed: decides the order in which they are bet on; None takes them as they come, and the p-value is then
        valid however often one looks (Ville's inequality).
    """
    if not len(losses):
        return 1.0
    gains = (margin - losses)[:, None]
    sizes = clusters.sizes(gains)
    gains = np.asarray(clusters.sums(gains) / sizes.max())[:, 0]
    order = np.arange(len(gains)) if seed is None else np.random.default_rng(seed).permutation(len(gains))
    bets = BETS / max(1.0 - margin, 1e-9)
    wealth = np.log1p(np.maximum(bets[:, None] * gains[order], -0.999_999)).cumsum(axis=1)
    mixed = np.logaddexp.reduce(wealth, axis=0) - np.log(len(bets))
    return float(min(1.0, np.exp(-max(0.0, mixed.max()))))


def passing_until(
    losses: Sequence[Array], margin: float, level: float, clusters: Clusters, seed: int = 7
) -> int:
    """How many thresholds pass, in their order, before the first that does not.

    losses: of each threshold, by question, the safest first.
    """
    for number, of_threshold in enumerate(losses):
        if excess_p_value(of_threshold, margin, clusters, seed) > level:
            return number
    return len(losses)
