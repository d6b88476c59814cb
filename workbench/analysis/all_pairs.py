"""Corrects comparisons for all pairs of trials: how large chance alone makes the largest difference.
Knows nothing about the store or pages: a table of scores in, corrected p values out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters
from workbench.analysis.multiple_comparisons import ALPHA

Array = NDArray[np.float64]

FLIPS, FEWEST_FLIPS = 10_000, 2_000
MOST_STATISTICS = (
    1_000_000_000  # statistics of pairs that are computed; fewer flips where there are more pairs
)
_CHUNK = 1_000
_SLACK = 1e-5  # relative: the rounding error of single precision
SEED = 20_261_129


@dataclass(frozen=True)
class AllPairs:
    """The family of comparisons to which every pair of an experiment's trials belongs."""

    pairs: int
    """How many pairs of trials there are: what `compared` says."""
    maxima: NDArray[np.float32]
    """The largest statistic of all pairs under each sign flip, in ascending order; empty for a single pair,
    which needs no correction."""
    clusters: Clusters | None = None
    """Those of the questions, whose signs were flipped as a whole; None where each question stands alone."""

    def corrected(self, differences: Array, p: Array) -> Array:
        """The p values, corrected for all pairs. They are never smaller than those of the pairs alone.

        differences: [questions, columns]; NaN where a question has no difference.
        p: the p value of each column alone.
        """
        if not len(self.maxima):
            return p
        if self.clusters is not None:
            differences = self.clusters.sums(differences)
        squares = np.nansum(differences**2, axis=0)
        norms = np.sqrt(np.where(squares > 0, squares, 1.0))
        statistics = np.abs(np.nansum(differences, axis=0)) / norms * (1 - _SLACK)
        reached = len(self.maxima) - np.searchsorted(self.maxima, statistics)
        return np.asarray(np.maximum(p, (reached + 1) / (len(self.maxima) + 1)))

    @property
    def level(self) -> float:
        """The significance level of one pair alone at which all pairs together keep 5 %."""
        from scipy.special import ndtr

        if not len(self.maxima):
            return ALPHA
        return float(2 * ndtr(-np.quantile(self.maxima, 1 - ALPHA, method="higher")))


def all_pairs(values: Array, clusters: Clusters | None = None) -> AllPairs:
    """The family of all pairs of rows.

    Westfall and Young's (1993) single-step maximum test: the signs of a cluster's differences are flipped
    for all pairs together, which keeps how they depend on each other, and the largest statistic of all pairs
    says what chance makes of them. A pair's statistic is the sum of its differences divided by the root of
    the sum of their squares, which no flip changes, so that all pairs are on one scale.

    values: [trials, questions]; NaN where a trial has no score. Such a cell counts as the question's mean
        here; a pair's own statistic uses the questions that both have.
    clusters: of the questions; None where each stands alone.
    """
    trials = len(values)
    pairs = trials * (trials - 1) // 2
    if pairs < 2:
        return AllPairs(pairs, np.zeros(0, dtype=np.float32), clusters)
    counts = np.isfinite(values).sum(axis=0)
    means = np.nansum(values, axis=0) / np.maximum(counts, 1)
    centred = np.nan_to_num(values - means)
    if clusters is not None:
        centred = np.ascontiguousarray(clusters.sums(centred.T).T)
    flipped = centred.shape[1]
    products = centred @ centred.T
    squares = np.diag(products)
    norms = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * products, 0.0))
    tiny = 1e-6 * max(1e-300, float(norms.max()))
    weights = np.where(norms > tiny, 1 / np.maximum(norms, tiny), 0.0).astype(np.float32)
    random = np.random.default_rng(SEED)
    single = centred.astype(np.float32).T
    flips = max(FEWEST_FLIPS, min(FLIPS, MOST_STATISTICS // pairs))
    maxima = []
    for start in range(0, flips, _CHUNK):
        rows = min(_CHUNK, flips - start)
        width = (flipped + 7) // 8
        bits = np.frombuffer(random.bytes(rows * width), dtype=np.uint8).reshape(rows, width)
        signs = np.unpackbits(bits, axis=1, count=flipped).astype(np.float32) * 2 - 1
        maxima.append(_largest(signs @ single, weights))
    return AllPairs(pairs, np.sort(np.concatenate(maxima)), clusters)


def _largest(sums: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest statistic of all pairs, for each row of sums [flips, trials]."""
    largest = np.zeros(len(sums), dtype=np.float32)
    for trial in range(sums.shape[1] - 1):
        statistics = sums[:, trial + 1 :] - sums[:, trial : trial + 1]
        statistics *= weights[trial, trial + 1 :]
        np.abs(statistics, out=statistics)
        np.maximum(largest, statistics.max(axis=1), out=largest)
    return largest
