"""Tests by early stopping and a last look whether a candidate is not worse than a base by more than a margin.
Knows nothing about where the values come from, nor about gates of several conditions.

A *gap* is how far a question lies above what is demanded: candidate - base + margin, or value - least
value. The candidate passes where the mean gap over questions like these is above 0, and is worse where it
is below. Each of the two claims is wrong with a probability of at most 5 %. That probability is divided:

- A fifth for stopping early, by betting (betting.py), which may be looked at after every cluster of
  questions.
- The rest for one look once all questions were asked, by Gaffke's test (gaffke.py).

The sample is the clusters of questions (clusters.py), in random order; a mean stays the mean over questions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.betting import evidence_path
from workbench.analysis.clusters import Clusters
from workbench.analysis.gaffke import DRAWS, draw_means, share_of_draws
from workbench.analysis.power import MOST_QUESTIONS

Array = NDArray[np.float64]

EARLY = 0.2
"""The share of the error probability that stopping early may use."""
_GRID = 64
"""Bounds that are tried at once to find the end of an interval; three rounds of it are finer than any
score."""
POWER = 0.9
"""What `questions_to_tell` aims at. It rests on estimates itself, so that at least 0.8 are reached."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """The gaps of the questions asked so far, by cluster, in the random order in which they were asked."""

    sums: Array
    """[clusters]: the sum of each cluster's gaps."""
    sizes: Array
    """[clusters]: how many questions of each have a gap."""
    worst: float
    """The least gap that a question can have; below 0."""
    best: float
    """The greatest."""
    largest: float
    """How many questions the largest cluster has, of those that may yet be asked, too."""

    @classmethod
    def of(
        cls, gaps: Array, clusters: Clusters, worst: float, best: float, largest: float | None = None
    ) -> Gaps:
        """gaps: [questions], NaN where a question has none; clusters that have none are left out.

        largest: None for that of these clusters.
        """
        sizes, sums = clusters.sizes(gaps[:, None])[:, 0], clusters.sums(gaps[:, None])[:, 0]
        there = sizes > 0
        most = float(sizes.max(initial=1.0))
        return cls(sums[there], sizes[there], worst, best, max(most, largest or 1.0))

    @property
    def questions(self) -> int:
        return int(self.sizes.sum())

    @property
    def mean(self) -> float:
        """Over questions; NaN without any."""
        return float(self.sums.sum() / self.sizes.sum()) if len(self.sums) else math.nan

    def _shifted(self, shifts: Array) -> Array:
        """The sums less a shift of every gap: [shifts, clusters]."""
        return self.sums[None, :] - shifts[:, None] * self.sizes[None, :]

    def early_p(self, shifts: Array) -> tuple[Array, Array]:
        """By shift, the p values of "the mean gap is at most the shift" and "at least the shift", which hold
        whenever one looks: 1 / the greatest wealth of a bet against each."""
        if not len(self.sums):
            return np.ones(len(shifts)), np.ones(len(shifts))
        at_most, at_least = self.early_path(shifts)
        return at_most[:, -1], at_least[:, -1]

    def early_path(self, shifts: Array) -> tuple[Array, Array]:
        """`early_p` after each of the clusters: [shifts, clusters] each."""
        low, high = self.worst - shifts, self.best - shifts
        # A bet must survive the largest cluster that is possible; larger sums than that do not occur.
        reach = np.maximum(np.maximum(-low, high), 1e-9) * self.largest
        scaled = np.clip(self._shifted(shifts) / (2.0 * reach[:, None]), -0.5, 0.5)
        p = np.minimum(np.exp(-evidence_path(np.vstack([0.5 - scaled, 0.5 + scaled]), None)), 1.0)
        return p[: len(shifts)], p[len(shifts) :]

    @cached_property
    def _bootstrapped(self) -> tuple[Array, Array]:
        """Means under random weights of the clusters, with one more cluster that is as bad as possible, and
        with one that is as good: sorted, [draws] each."""
        added = np.array([self.worst, self.best])
        low, high = np.sort(draw_means(np.column_stack([self.sums] * 2), self.sizes, added), axis=0).T
        return low, high

    def final_p(self) -> tuple[float, float]:
        """As `early_p` for a shift of 0, for a single look."""
        if not len(self.sums):
            return 1.0, 1.0
        low, high = self._bootstrapped
        at_most = share_of_draws(np.searchsorted(low, 0.0, side="right"))
        at_least = share_of_draws(DRAWS - np.searchsorted(high, 0.0, side="left"))
        return at_most, at_least


@dataclass(frozen=True)
class Claims:
    """The p values of the two claims, both ways of looking together."""

    passes: float
    """Of "the mean gap is 0 or less", which passing denies."""
    worse: float
    """Of "the mean gap is 0 or more"."""


def weigh(gaps: Gaps, *, is_complete: bool) -> Claims:
    """The p values by which is decided.

    is_complete: whether no more will be asked, for a reason that does not lie in the answers; only then the
        one look at the end is taken.
    """
    early = tuple(float(p[0]) / EARLY for p in gaps.early_p(np.zeros(1)))
    final = tuple(p / (1.0 - EARLY) for p in gaps.final_p()) if is_complete else (1.0, 1.0)
    return Claims(min(early[0], final[0], 1.0), min(early[1], final[1], 1.0))


def find_interval(
    gaps: Gaps, level_low: float, level_high: float, *, is_complete: bool
) -> tuple[float, float]:
    """The values of the mean gap that neither way of looking denies: the least and the greatest.

    A claim of `weigh` has a p value of at most a level exactly where 0 lies outside the interval of that
    level, but for rounding.

    level_low, level_high: the probabilities that the least is too high, and the greatest too low.
    """
    if not len(gaps.sums):
        return gaps.worst, gaps.best
    low = _search(gaps, 0, level_low * EARLY)
    high = _search(gaps, 1, level_high * EARLY)
    if is_complete:
        lows, highs = gaps._bootstrapped
        # Where the p value of a single look, with its one draw more, would be just above the level.
        below = max(0, math.floor(level_low * (1.0 - EARLY) * (DRAWS + 1)) - 1)
        above = max(0, math.floor(level_high * (1.0 - EARLY) * (DRAWS + 1)) - 1)
        low, high = max(low, float(lows[below])), min(high, float(highs[DRAWS - 1 - above]))
    return min(low, gaps.mean), max(high, gaps.mean)


def _search(gaps: Gaps, side: int, level: float) -> float:
    """The end of the interval of early looks: 0 for the least mean, 1 for the greatest."""
    low, high = gaps.worst, gaps.best
    for _ in range(3):
        tried = np.linspace(low, high, _GRID)
        denied = np.flatnonzero(gaps.early_p(tried)[side] <= level)
        if not len(denied):
            break
        # From below, the greatest that is denied; from above, the least.
        at = int(denied[-1]) if side == 0 else int(denied[0])
        low, high = (
            (tried[at], tried[min(at + 1, _GRID - 1)]) if side == 0 else (tried[max(at - 1, 0)], tried[at])
        )
    return float(low) if side == 0 else float(high)


def questions_to_tell(gaps: Gaps, level: float, assumed: float | None = None) -> int | None:
    """How many questions would tell, if the mean gap is what it seems: with a probability of 0.8 and more.

    The normal approximation of Gaffke's test: as many clusters as make |mean gap| greater than the spread
    that `level` and the power ask for, and the weight of the one observation that it adds. The number of
    questions is that of as many clusters of the same sizes.

    level: the probability of a wrong claim.
    assumed: the mean gap to count with; None for the observed one.

    Returns None where the gap is 0 as far as can be seen, where there is nothing to go by, or for more than
    a million.
    """
    from scipy.special import ndtri

    clusters = len(gaps.sums)
    gap = gaps.mean if assumed is None else assumed
    if not clusters or abs(gap) < 1e-9:
        return None
    size = gaps.questions / clusters
    residuals = (gaps.sums - gaps.mean * gaps.sizes) / size
    spread = math.sqrt(float((residuals**2).sum()) / max(clusters - 1, 1))
    level = level * (1.0 - EARLY)
    errors = -float(ndtri(level) + ndtri(1.0 - POWER))
    # Without any spread, Gaffke's bound is (mean - worst) · -log(level) / clusters below the mean.
    added = (gap - gaps.worst if gap > 0 else gaps.best - gap) * -math.log(level)
    root = (errors * spread + math.sqrt((errors * spread) ** 2 + 4.0 * abs(gap) * added)) / (2.0 * abs(gap))
    needed = math.ceil(root**2 * size)
    return needed if needed <= MOST_QUESTIONS else None
