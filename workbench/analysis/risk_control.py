"""Chooses how far to go when every further step may cost quality: learn then test.
Knows nothing about routes: it sees losses by question.

Learn then test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: Calibrating predictive
algorithms to achieve risk control", 2021; Annals of Applied Statistics 2025) turns the choice of a threshold
into tests of "the loss is above the margin", one a threshold. In a fixed order, from the safest on, each is
tested at the full level and the first that does not pass ends the sequence (fixed-sequence testing):
whichever threshold is taken, its loss is above the margin with a probability of at most that level.

The test is Gaffke's (gaffke.py), as a gate's is: most losses are 0 and a few are 1, and a t test, which has
not seen the rare ones, would take their absence for certainty. `benchmarks route` measures that the promise
holds, and what is saved under it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters
from workbench.analysis.gaffke import draw_means, share_of_draws

Array = NDArray[np.float64]
WORST_LOSS = 1.0


def excess_p_value(losses: Array, margin: float, clusters: Clusters) -> float:
    """The p-value of "the mean loss is above the margin".

    losses: [questions], in [-1, 1].  clusters: questions that count as one are tested as one.
    """
    return float(_p_values(losses[:, None], margin, clusters)[0])


def count_passing(
    sequences: Sequence[Sequence[Array]], margin: float, level: float, clusters: Clusters
) -> list[int]:
    """How many thresholds of each sequence pass, in their order, before the first that does not.

    sequences: of each threshold the losses by question, the safest first.
    level: that of each sequence.
    """
    columns = [losses for sequence in sequences for losses in sequence]
    if not columns:
        return [0] * len(sequences)
    fails = _p_values(np.column_stack(columns), margin, clusters) > level  # all at once: draws are dear
    of_each = np.split(fails, np.cumsum([len(sequence) for sequence in sequences])[:-1])
    return [int(failing.argmax()) if failing.any() else len(failing) for failing in of_each]


def _p_values(losses: Array, margin: float, clusters: Clusters) -> Array:
    """losses: [questions, thresholds]. Returns [thresholds]."""
    if not len(losses):
        return np.ones(losses.shape[1])
    sizes = clusters.sizes(losses[:, :1])[:, 0]
    means = draw_means(clusters.sums(losses), sizes, np.full(losses.shape[1], WORST_LOSS))
    return np.array([share_of_draws(count) for count in (means >= margin).sum(axis=0)])
