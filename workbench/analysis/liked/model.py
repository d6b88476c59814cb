"""The model of liking: fits the log odds of a thumb up to thumbs and choices, for given spreads.
Knows nothing about how the spreads are found, nor about shares of answers.

The log odds are a sum of random effects: of scores, settings, trial, question, answer and rater, and of each
rater's own taste for scores, settings and trials. Computed among the observations, which are few, by normal
approximations of the posterior (approximation.py).

What is of interest is the mean over the raters who said anything, each weighted alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from workbench.analysis.liked.approximation import find_modes, find_nearest
from workbench.analysis.liked.observations import Observations
from workbench.analysis.liked.types import Array, Indices

CONSTANT = 3.0
"""The standard deviation of the overall level: hardly any share is unexpected."""
_AT_ONCE = 4_000_000  # entries of covariances that are in memory


@dataclass(frozen=True)
class Spreads:
    """Standard deviations of effects, in log odds."""

    scores: float
    """Of the weight of a score, per standard deviation of it."""
    settings: float
    """Of what all axes of settings together do."""
    trial: float
    """Of what a trial does beyond its settings."""
    question: float
    answer: float
    """Of what an answer does beyond all of this."""
    rater: float
    """Of how readily raters like anything."""
    taste: float
    """Of raters' own effects of scores, settings and trials, as a share of the common ones."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """The covariances of observations, before what people said."""

    observations: Observations
    axes: int

    @cached_property
    def _products(self) -> tuple[Array, ...]:
        o = self.observations
        one = np.outer(o.constant, o.constant)
        return one, *(x @ x.T for x in (o.features, o.settings, o.trials, o.questions, o.answers))

    def covariances(self, s: Spreads) -> tuple[Array, Array]:
        """([rows, rows]: of the observations, the same of the means over raters)."""
        one, features, settings, trials, questions, answers = self._products
        liked_by_taste = s.scores**2 * features + s.settings**2 / max(self.axes, 1) * settings
        liked_by_taste += s.trial**2 * trials
        common = CONSTANT**2 * one + liked_by_taste + s.question**2 * questions + s.answer**2 * answers
        raters = len(self.observations.rater_names)
        if raters == 1:  # what is the rater's own cannot be told from what is common, and need not be
            return common, common
        own = s.rater**2 * one + s.taste**2 * liked_by_taste
        return common + self.observations.same_rater * own, common + own / raters

    def of_rows(self, rows: Indices) -> Kernel:
        """The same of some of the observations."""
        return Kernel(self.observations.of_rows(rows), self.axes)

    def prior(self, s: Spreads) -> Array:
        """[effects]: the variances of the mean effects over raters: of the overall level, scores, settings,
        trials, questions and rated answers, in this order."""
        o = self.observations
        raters = len(o.rater_names)
        rater, taste = (s.rater, s.taste) if raters > 1 else (0.0, 0.0)
        own = 1 + taste**2 / max(raters, 1)
        blocks = (
            (CONSTANT**2 + rater**2 / max(raters, 1), 1),
            (s.scores**2 * own, o.features.shape[1]),
            (s.settings**2 / max(self.axes, 1) * own, o.settings.shape[1]),
            (s.trial**2 * own, o.trials.shape[1]),
            (s.question**2, o.questions.shape[1]),
            (s.answer**2, o.answers.shape[1]),
        )
        return np.concatenate([np.full(count, variance) for variance, count in blocks])

    @cached_property
    def rows(self) -> Array:
        """[rows, effects]: which effects each observation depends on, in the order of `prior`."""
        o = self.observations
        return np.column_stack([o.constant, o.features, o.settings, o.trials, o.questions, o.answers])


@dataclass(frozen=True, eq=False)
class Fit:
    """The posterior for given spreads."""

    kernel: Kernel
    spreads: Spreads
    targets: Array
    """[rows]: log odds that, were they observed with normal noise, would tell the same."""
    weight: Array
    """[rows]: one over the variance of that noise."""

    @cached_property
    def _whole(self) -> tuple[Array, Array]:
        """(lower Cholesky factor of the covariance with noise, what that covariance leaves of the means)."""
        covariance, means = self.kernel.covariances(self.spreads)
        noise = np.diag(1.0 / self.weight)
        return cholesky(covariance + noise, lower=True, check_finite=False), covariance - means + noise

    def draw(self, random: np.random.Generator, count: int) -> Array:
        """[effects, draws]: mean effects over raters drawn from the posterior (Matheron's rule)."""
        factor, rest = self._whole
        prior = self.kernel.prior(self.spreads)
        rows = self.kernel.rows
        effects = np.sqrt(prior)[:, None] * random.standard_normal((len(prior), count))
        if not len(rows):
            return effects
        lower = cholesky(rest + 1e-9 * np.eye(len(rest)), lower=True, check_finite=False)
        noise = lower @ random.standard_normal((len(rows), count))
        missed = self.targets[:, None] - rows @ effects - noise
        return np.asarray(effects + prior[:, None] * (rows.T @ cho_solve((factor, True), missed)))

    def mean(self) -> Array:
        """[effects]: the posterior means of the mean effects over raters."""
        factor, _ = self._whole
        prior = self.kernel.prior(self.spreads)
        return np.asarray(prior * (self.kernel.rows.T @ cho_solve((factor, True), self.targets)))

    def covariance(self, left: Array, right: Array) -> Array:
        """[left, right]: the posterior covariance of sums of mean effects over raters.

        left, right: [sums, effects].
        """
        factor, _ = self._whole
        prior = self.kernel.prior(self.spreads)
        rows = self.kernel.rows * prior
        one = solve_triangular(factor, rows @ left.T, lower=True, check_finite=False)
        other = solve_triangular(factor, rows @ right.T, lower=True, check_finite=False)
        return np.asarray((left * prior) @ right.T - one.T @ other)


def fit_many(kernel: Kernel, spreads: Sequence[Spreads]) -> list[Fit]:
    """Fit the model for each of several spreads."""
    fits: list[Fit] = []
    for some, covariance in _in_batches(kernel, spreads):
        modes, _ = find_modes(kernel.observations.yes, covariance)
        found = find_nearest(kernel.observations.yes, covariance, modes)
        fits += [Fit(kernel, *one) for one in zip(some, *found, strict=True)]
    return fits


def find_evidence(kernel: Kernel, spreads: Sequence[Spreads]) -> Array:
    """[spreads]: the logarithm of the marginal likelihood of each, by Laplace's method."""
    yes = kernel.observations.yes
    found = [find_modes(yes, covariance)[1] for _, covariance in _in_batches(kernel, spreads)]
    return np.concatenate(found)


def _in_batches(kernel: Kernel, spreads: Sequence[Spreads]) -> Iterator[tuple[Sequence[Spreads], Array]]:
    """Some of the spreads at a time, with [spreads, rows, rows]: the covariances of the observations."""
    step = max(1, _AT_ONCE // max(kernel.observations.count**2, 1))
    for begin in range(0, len(spreads), step):
        some = spreads[begin : begin + step]
        yield some, np.array([kernel.covariances(s)[0] for s in some])
