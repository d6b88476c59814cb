"""What both ends of a route said to the same questions, and what any way of choosing between them comes to.
Knows nothing about where the answers come from, nor about how a choice is made."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import Interval, mean_interval
from workbench.space.route import Escalation

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Kind = Literal["cascade", "router", "router by retrieval"]
"""What is paid before it is decided: the cheap end's answer, nothing, or what the cheap end retrieves."""


@dataclass(frozen=True, eq=False)
class EndsTable:
    """Both ends' answers to the same questions. Every array has one entry a question."""

    clusters: Clusters
    """Which questions count as one."""
    cheap_score: Array
    """The cheap end's score, the mean over repeats."""
    strong_score: Array
    cheap_cost: Array
    """What the cheap end's answer cost alone, in US dollars or tokens."""
    strong_cost: Array
    shared_cost: Array
    """What both have in common, and a cascade pays once: one retrieval."""
    grounding: Array
    """Of the cheap answer; NaN where nothing is claimed."""
    declined: Mask
    """Whether the cheap end declined."""
    coverage: Array
    """The share of the question's content words in the cheap end's passages; NaN without any."""
    features: Array
    """[questions, features]: of the questions' words."""
    vectors: Array
    """[questions, dimensions]: of the embedded encoder."""
    retrieval: Array
    """[questions, features]: of what the cheap end retrieves."""
    looking_cost: Array
    """What the cheap end's retrieval costs beside the strong end's answer: nothing where both retrieve
    alike."""

    @property
    def questions(self) -> int:
        return len(self.cheap_score)

    @property
    def nothing(self) -> Mask:
        """The choice that sends no question to the strong end."""
        return np.zeros(self.questions, dtype=bool)

    def select(self, rows: NDArray[np.intp]) -> EndsTable:
        """Some of the questions, any of them as often as it is named: those named twice stay one cluster."""
        numbers = np.unique(self.clusters.of_question[rows], return_inverse=True)[1]
        arrays = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "clusters"}
        return EndsTable(Clusters(numbers), **arrays)

    def escalated(self, rule: Escalation) -> Mask:
        """Which questions a cascade asks its strong end, too."""
        asked = self.declined.copy() if rule.declined else self.nothing
        with np.errstate(invalid="ignore"):
            if rule.grounding_below is not None:
                asked |= self.grounding < rule.grounding_below
            if rule.thin_retrieval is not None:
                asked |= self.coverage < rule.thin_retrieval
        return asked

    def losses(self, strong: Mask) -> Array:
        """By question, how much worse the route scores than the strong end."""
        return np.where(strong, 0.0, self.strong_score - self.cheap_score)

    def costs(self, strong: Mask, kind: Kind) -> Array:
        """By question, what the route costs: of a cascade that escalates, both ends."""
        if kind == "router":
            return np.where(strong, self.strong_cost, self.cheap_cost)
        if kind == "router by retrieval":
            return np.where(strong, self.strong_cost + self.looking_cost, self.cheap_cost)
        return np.asarray(self.cheap_cost + np.where(strong, self.strong_cost - self.shared_cost, 0.0))

    def saved(self, strong: Mask, kind: Kind) -> float:
        """The share of the strong end's cost that the route saves; negative where it costs more."""
        whole = float(self.strong_cost.mean())
        return 1 - float(self.costs(strong, kind).mean()) / whole if whole > 0 else 0.0

    @property
    def oracle(self) -> Mask:
        """Who asks the strong end only where its answer is better: nobody can know that beforehand."""
        return np.asarray(self.strong_score > self.cheap_score)


@dataclass(frozen=True)
class RouteFigures:
    """What a route comes to on one part of the questions."""

    questions: int
    score: Interval
    strong_score: Interval
    cheap_score: Interval
    difference: Interval
    """The route's score minus the strong end's."""
    escalated: float
    """The share of questions that the strong end is asked."""
    cost: float
    """The mean cost of a question, in the measure of the table."""
    strong_cost: float
    saved: float
    """The share of the strong end's cost that is saved."""
    saved_low: float
    saved_high: float
    oracle_saved: float
    """What would be saved by asking the strong end only where its answer is better."""


def describe_route(table: EndsTable, strong: Mask, kind: Kind) -> RouteFigures:
    """The figures of a route that asks the strong end these questions."""
    score = np.where(strong, table.strong_score, table.cheap_score)
    low, high = _saved_interval(table, table.costs(strong, kind))
    return RouteFigures(
        questions=table.questions,
        score=_interval(score, table),
        strong_score=_interval(table.strong_score, table),
        cheap_score=_interval(table.cheap_score, table),
        difference=_interval(-table.losses(strong), table),
        escalated=float(strong.mean()),
        cost=float(table.costs(strong, kind).mean()),
        strong_cost=float(table.strong_cost.mean()),
        saved=table.saved(strong, kind),
        saved_low=low,
        saved_high=high,
        oracle_saved=table.saved(table.oracle, "router"),
    )


def _interval(values: Array, table: EndsTable) -> Interval:
    return mean_interval([[float(value)] for value in values], table.clusters)


def _saved_interval(table: EndsTable, costs: Array, rounds: int = 1000) -> tuple[float, float]:
    """The 95 % bootstrap interval over clusters of the saved share."""
    sums = table.clusters.sums(np.column_stack([costs, table.strong_cost]))
    draws = np.random.default_rng(7).integers(len(sums), size=(rounds, len(sums)))
    both = sums[draws].sum(axis=1)
    saved = 1 - both[:, 0] / np.maximum(both[:, 1], 1e-300)
    low, high = np.percentile(saved, [2.5, 97.5])
    return float(low), float(high)
