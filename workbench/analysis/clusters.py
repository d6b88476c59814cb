"""Which questions count as one: what was measured by question, by cluster of questions.
Knows nothing about how clusters are found, nor about what the values measure.

Questions about the same section or fact are answered well or badly together, so that clusters are the
independent sample, not questions. A mean stays the mean over questions; only how sure it is goes by cluster
(Liang and Zeger 1986). Where every question stands alone, values pass through as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Clusters:
    """The cluster of each of a list of questions."""

    of_question: Indices
    """[questions]: the number of the question's cluster, from 0."""

    @classmethod
    def of(cls, question_ids: Sequence[str], named: Mapping[str, str]) -> Clusters:
        """The clusters of these questions.

        named: question id → the name of its cluster; a question without one stands alone.
        """
        numbers: dict[Hashable, int] = {}
        keys: list[Hashable] = [named.get(id_) or ("alone", id_) for id_ in question_ids]
        return cls(np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp))

    @classmethod
    def alone(cls, questions: int) -> Clusters:
        """Every question on its own."""
        return cls(np.arange(questions))

    @cached_property
    def count(self) -> int:
        """How many clusters there are."""
        return len(np.unique(self.of_question))

    @property
    def are_single(self) -> bool:
        """Whether every question stands alone."""
        return self.count == len(self.of_question)

    @property
    def groups(self) -> int | None:
        """How many clusters there are; None where every question stands alone."""
        return None if self.are_single else self.count

    def select(self, chosen: NDArray[np.bool_]) -> Clusters:
        """The clusters of some of the questions.

        chosen: [questions].
        """
        if chosen.all():
            return self
        return Clusters(np.unique(self.of_question[chosen], return_inverse=True)[1])

    @cached_property
    def _sorted(self) -> tuple[Indices, Indices]:
        """The questions ordered by cluster, and where each cluster begins among them."""
        order = np.argsort(self.of_question, kind="stable")
        return order, np.flatnonzero(np.diff(self.of_question[order], prepend=-1))

    def _add(self, values: Array) -> Array:
        """The sum of each cluster's values: [clusters, columns]."""
        if self.are_single:
            return values
        order, starts = self._sorted
        return np.asarray(np.add.reduceat(values[order], starts, axis=0))

    def sizes(self, values: Array) -> Array:
        """How many values of each cluster there are, NaN not counted: [clusters, columns]."""
        return self._add(np.isfinite(values).astype(np.float64))

    def effective(self, values: Array) -> Array:
        """How many independent questions there are at least: (sum of sizes)² / sum of squared sizes (Kish
        1965), which is their number where all questions of a cluster say the same.

        values: as in `sums`. Returns [columns].
        """
        sizes = self.sizes(values)
        return np.asarray(sizes.sum(axis=0) ** 2 / np.maximum((sizes**2).sum(axis=0), 1))

    def degrees(self, values: Array) -> Array:
        """The degrees of freedom of the variance of `pseudo_values`: clusters - 1 where all have one size,
        and fewer the more sizes differ; never fewer than 1.

        Satterthwaite's approximation, 2 E² / Var of the variance, as Bell and McCaffrey (2002) use it, for
        clusters whose questions all say the same: the variance is a quadratic form b'Ab of the clusters'
        values b, and the degrees are tr(A)² / tr(A²).

        values: as in `sums`. Returns [columns].
        """
        sizes = self.sizes(values)
        if self.are_single:
            return np.asarray(np.maximum(sizes.sum(axis=0) - 1, 1))
        total = sizes.sum(axis=0)
        p = sizes / np.maximum(total, 1)
        a = (sizes / np.where(total > sizes, total - sizes, 1)) ** 2
        pp, pa, aa, whole = (p * p).sum(axis=0), (p * a).sum(axis=0), (a * a).sum(axis=0), a.sum(axis=0)
        # A is diag(a) - pa' - ap' + whole pp'.
        trace = whole - 2 * pa + whole * pp
        squared = aa - 4 * (a * a * p).sum(axis=0) + 2 * whole * (a * p * p).sum(axis=0)
        squared += 2 * pp * aa + 2 * pa**2 - 4 * whole * pp * pa + (whole * pp) ** 2
        found = np.where(squared > 0, trace**2 / np.where(squared > 0, squared, 1), 1)
        return np.asarray(np.maximum(np.round(found, 6), 1))

    def differing(self, values: Array) -> NDArray[np.intp]:
        """How many clusters hold a value other than 0: [columns]."""
        nonzero = np.isfinite(values) & (values != 0)
        return np.asarray((self._add(nonzero.astype(np.float64)) > 0).sum(axis=0))

    def sums(self, values: Array) -> Array:
        """The sum of each cluster's values, for tests that flip the signs of whole clusters.

        values: [questions, columns]; NaN where a question has none.
        Returns [clusters, columns]; NaN where no question of the cluster has a value.
        """
        if self.are_single:
            return values
        return np.where(self.sizes(values) > 0, self._add(np.nan_to_num(values)), np.nan)

    def pseudo_values(self, values: Array) -> Array:
        """Values by cluster whose mean is the mean over questions, and whose spread says how sure it is.

        Tukey's pseudo-values of the jackknife that leaves out one cluster at a time, moved so that their mean
        is exactly the mean over questions. Their variance is the cluster-robust one, with large clusters
        weighted up as in CR3 (Bell and McCaffrey 2002): without that it is too small for clusters of unequal
        sizes.

        values, and what is returned: as in `sums`.
        """
        if self.are_single:
            return values
        sizes = self.sizes(values)
        there = sizes > 0
        total, clusters = sizes.sum(axis=0), there.sum(axis=0)
        means = np.nansum(values, axis=0) / np.maximum(total, 1)
        rest = np.where(there & (total > sizes), total - sizes, 1.0)
        shifts = (clusters - 1) * (self._add(np.nan_to_num(values)) - sizes * means) / rest
        shifts = np.where(there, shifts, 0.0)
        centred = means + shifts - shifts.sum(axis=0) / np.maximum(clusters, 1)
        return np.where(there, centred, np.nan)
