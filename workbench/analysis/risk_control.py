"""Chooses how far to go when every further step may cost quality: learn then test, with an exact test.
Knows nothing about routes: it sees losses by question.

Learn then test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: Calibrating predictive
algorithms to achieve risk control", 2021; Annals of Applied Statistics 2025) turns the choice of a threshold
into tests of "the loss is above the margin", one a threshold. In a fixed order, from the safest on, each is
tested at the full level and the first that does not pass ends the sequence (fixed-sequence testing):
whichever threshold is taken, its loss is above the margin with a probability of at most that level.

Where enough losses were seen, the test is Student's t with Johnson's correction for skewness ("Modified t
tests and confidence intervals for asymmetrical populations", JASA 73, 1978), because most losses are 0 and a
few are 1. Where few were, that would take their absence for certainty: then it is by betting (Waudby-Smith
and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86(1), 2024), which is exact
for any number of questions. `benchmarks route` measures that the promise holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from workbench.analysis.clusters import Clusters

Array = NDArray[np.float64]
# Wealth is averaged over these shares of the largest bet that cannot lose everything.
BETS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95])


ENOUGH_LOSSES = 20
"""Clusters with a loss other than 0 from which on the t test is taken."""


def excess_p_value(losses: Array, margin: float, clusters: Clusters) -> float:
    """The p-value of "the mean loss is above the margin".

    losses: [questions], in [-1, 1].  clusters: questions that count as one are tested as one.
    """
    column = losses[:, None]
    if clusters.differing(column)[0] < ENOUGH_LOSSES or np.ptp(losses) < 1e-12:
        return betting_p_value(losses, margin, clusters)
    gains = margin - clusters.pseudo_values(column)[:, 0]
    mean, spread, n = gains.mean(), gains.std(ddof=1), len(gains)
    skew = ((gains - mean) ** 3).mean()
    shifted = mean + skew / (6 * spread**2 * n) + skew / (3 * spread**4) * mean**2
    return float(stats.t.sf(shifted * np.sqrt(n) / spread, df=float(clusters.degrees(column)[0])))


def betting_p_value(losses: Array, margin: float, clusters: Clusters, seed: int | None = 7) -> float:
    """The same by betting: exact for any number of questions, and less powerful.

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


def passing_until(losses: Sequence[Array], margin: float, level: float, clusters: Clusters) -> int:
    """How many thresholds pass, in their order, before the first that does not.

    losses: of each threshold, by question, the safest first.
    """
    for number, of_threshold in enumerate(losses):
        if excess_p_value(of_threshold, margin, clusters) > level:
            return number
    return len(losses)
