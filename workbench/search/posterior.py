"""What a search expects: every configuration's mean worth and constraints, who may be best, whom to finish.
Knows nothing about what is asked next or how many answers are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.search.gaussian_process import Belief, Variances, believe, learn, start
from workbench.search.kernel import Likeness
from workbench.search.near_ties import first_best, levels
from workbench.search.types import Evidence, Mask, Values

Indices = NDArray[np.intp]
DRAWS = 1000
JITTER = (
    1e-8  # of an answer's variance, added to that of means, so that their covariance has a Cholesky factor
)
DISTRUST = 0.1  # of the draws of a finalist, when the next one is chosen
MOST_DRAWN = 256  # configurations whose means are drawn: the others have no chance
MOST_LEARNT_FROM = 400  # configurations whose answers the variances are learnt from
FIRST_LEARNING, LEARNING = 8, 2  # steps uphill, after the first sample and after each later one
UNANSWERABLE = 3  # a question that did not apply to so many configurations, and to none did, counts no more


class Response:
    """One quantity that is predicted for every answer: the worth, or what a constraint bounds.

    Inside, it is measured in standard deviations of the first answers, from their mean.
    """

    def __init__(self, likeness: Likeness, values: Values) -> None:
        seen = values[~np.isnan(values)]
        self.centre = float(seen.mean()) if len(seen) else 0.0
        spread = float(seen.std()) if len(seen) else 0.0
        self.scale = spread if spread > 1e-9 * abs(self.centre) else 1.0
        self.variances: Variances = start(likeness, (values - self.centre) / self.scale)

    def learn(self, likeness: Likeness, values: Values, counted: Mask, steps: int) -> None:
        """Learn the variances from the values, then predict the means.

        values: modelled configurations × questions, NaN where there is none.
        counted: the questions that count.
        """
        standardised = (values - self.centre) / self.scale
        there = ~np.isnan(standardised)
        some = np.sort(np.argsort(-there.sum(axis=1), kind="stable")[:MOST_LEARNT_FROM])
        learn(likeness.part(some), self.variances, standardised[some], steps)
        self.belief: Belief = believe(likeness, self.variances, standardised, counted)

    @property
    def mean(self) -> Values:
        mean: Values = self.centre + self.scale * self.belief.mean
        return mean

    @property
    def doubt(self) -> Values:
        """Standard deviation of what is believed of each mean."""
        doubt: Values = self.scale * np.sqrt(np.maximum(self.belief.covariance.diagonal(), 0.0))
        return doubt

    def draw(self, among: Indices, random: np.random.Generator) -> Values:
        """draws × among: means as they may be."""
        # By Cholesky: its factor is unique, while eigenvectors of nearly equal eigenvalues depend on
        # rounding. Sorted, so that the draws do not depend on the order of `among`.
        order = np.argsort(among)
        covariance = self.belief.covariance[np.ix_(among[order], among[order])]
        covariance[np.diag_indices(len(among))] += JITTER * (
            self.belief.fitted.per_question[0, 0] + self.belief.level
        )
        drawn = np.empty((DRAWS, len(among)))
        drawn[:, order] = random.standard_normal((DRAWS, len(among))) @ np.linalg.cholesky(covariance).T
        return self.mean[among] + self.scale * drawn


def _hold_the_best(drawn: Values, count: int, random: np.random.Generator) -> list[int]:
    """Columns whose best is best on average, chosen one after another. drawn: draws × configurations.

    Each is left out of some draws, so that the next makes up for it, should the regression be wrong.
    """
    held = np.full(len(drawn), float(drawn.min()))
    chosen: list[int] = []
    for _ in range(count):
        value = np.maximum(held[:, None], drawn).mean(axis=0)
        value[chosen] = -np.inf
        chosen.append(int(first_best(value)))
        trusted = random.random(len(drawn)) >= DISTRUST
        held = np.where(trusted, np.maximum(held, drawn[:, chosen[-1]]), held)
    return chosen


@dataclass(frozen=True)
class Prospect:
    """Which configurations may be best. Places are among the modelled configurations."""

    contenders: Indices
    """Places of those that were best in some draw, the most frequent first."""
    importance: Values
    """Share of the draws in which each contender was best."""
    finalists: Indices
    """Places of those that together most surely include the best."""
    regret: float
    """Expected distance of the best finalist from the best configuration, in worth."""
    known_regret: float
    """The same for the best configuration that was asked everything; infinite without one."""


class Expectation:
    """rows: the configurations that are modelled, by number."""

    def __init__(self, likeness: Likeness, rows: Indices, evidence: Evidence) -> None:
        self.rows, self._likeness, self._evidence = rows, likeness, evidence
        self.worth = Response(likeness, evidence.worth[rows])
        self._limits = [(Response(likeness, c.values[rows]), c.bound) for c in evidence.constraints]
        self.update(evidence, FIRST_LEARNING)

    def update(self, evidence: Evidence, steps: int = LEARNING) -> None:
        self._evidence = evidence
        asked_enough = evidence.asked[self.rows].sum(axis=0) >= UNANSWERABLE
        responses = [self.worth, *(response for response, _ in self._limits)]
        tables = [evidence.worth, *(constraint.values for constraint in evidence.constraints)]
        for response, table in zip(responses, tables, strict=True):
            values = table[self.rows]
            counted = ~(asked_enough & np.isnan(values).all(axis=0))
            response.learn(self._likeness, values, counted, steps)

    def narrow(self, most: int, contenders: Indices) -> dict[int, str]:
        """From the next update on, model only the most promising and the contenders; why not the others."""
        if len(self.rows) <= most:
            return {}
        kept = np.union1d(self.by_promise()[:most], contenders)
        reasons = self.reasons(kept)
        self.rows, self._likeness = self.rows[kept], self._likeness.part(kept)
        return reasons

    @property
    def deviation(self) -> float:
        """Standard deviation, between configurations, of the answers to one question."""
        return self.worth.scale * float(np.sqrt(self.worth.variances.per_question.sum()))

    def unasked(self, places: Indices) -> Mask:
        """places × questions: what may be asked, without questions that seem to apply to no configuration."""
        asked = self._evidence.asked[self.rows]
        applies = ~(
            (asked.sum(axis=0) >= UNANSWERABLE) & np.isnan(self._evidence.worth[self.rows]).all(axis=0)
        )
        unasked: Mask = ~asked[places] & applies
        return unasked

    def by_promise(self) -> Indices:
        """Places of all modelled configurations, the most promising first."""
        belief = self.worth.belief
        promise = belief.mean + 3 * np.sqrt(np.maximum(belief.covariance.diagonal(), 0.0))
        short = np.zeros(len(promise))
        for response, bound in self._limits:
            short += np.maximum(0.0, bound - response.mean - 3 * response.doubt) / (abs(bound) or 1.0)
        order: Indices = np.lexsort((levels(-promise), levels(short)))
        return order

    def prospect(self, finalists: int, random: np.random.Generator) -> Prospect:
        among = self.by_promise()[:MOST_DRAWN]
        drawn = self._draw(among, random)
        wins = np.bincount(first_best(drawn), minlength=len(among)) / DRAWS
        order = np.argsort(-wins, kind="stable")[: int((wins > 0).sum())]
        best = drawn.max(axis=1)
        chosen = _hold_the_best(drawn, min(finalists, len(among)), random)
        complete = self._evidence.asked[self.rows[among]].all(axis=1)
        return Prospect(
            contenders=among[order],
            importance=wins[order],
            finalists=among[chosen],
            regret=float((best - drawn[:, chosen].max(axis=1)).mean()),
            known_regret=float((best - drawn[:, complete].max(axis=1)).mean()) if complete.any() else np.inf,
        )

    def _draw(self, among: Indices, random: np.random.Generator) -> Values:
        """draws × among: mean worth; one that misses a constraint is worse than any that meets them all."""
        drawn = self.worth.draw(among, random)
        if self._evidence.unit:
            low = -1.0 if np.nanmin(self._evidence.worth, initial=0.0) < 0.0 else 0.0
            drawn = np.clip(drawn, low, low + 1.0)
        drawn = self._with_observed_means(drawn, among, self._evidence.worth)
        short = np.zeros_like(drawn)
        for (response, bound), constraint in zip(self._limits, self._evidence.constraints, strict=True):
            means = self._with_observed_means(response.draw(among, random), among, constraint.values)
            short += np.maximum(0.0, bound - means) / (abs(bound) or 1.0)
        reach = float(drawn.max() - drawn.min())
        return np.where(short > 0, drawn.min() - reach * short, drawn)

    def _with_observed_means(self, drawn: Values, among: Indices, values: Values) -> Values:
        """Replace the drawn means of those asked everything by the observed ones, over what applies."""
        for place, config in enumerate(self.rows[among]):
            if self._evidence.asked[config].all() and not np.isnan(values[config]).all():
                drawn[:, place] = np.nanmean(values[config])
        return drawn

    def reasons(self, kept: Indices) -> dict[int, str]:
        """Why each modelled configuration that is not at one of these places is dropped, in words; one that
        was asked everything is not."""
        mean, doubt, asked = self.worth.mean, self.worth.doubt, self._evidence.asked.sum(axis=1)
        best, staying = float(mean[kept].max()), set(kept.tolist())
        return {
            int(
                config
            ): f"expected {mean[place]:.3g} ± {doubt[place]:.2g}, from {int(asked[config])} answers of"
            f" its own and those of similar configurations; the best that stays: {best:.3g}"
            for place, config in enumerate(self.rows)
            if place not in staying and asked[config] != self._evidence.asked.shape[1]
        }
