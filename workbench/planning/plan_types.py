"""Defines a plan as data: counts of work by stage, ranges of seconds and dollars, the rates of a call.
Knows nothing about how they are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.calls.destinations import Destination
from workbench.pipeline.stage_counts import StageCount
from workbench.pipeline.vector_index import VectorIndexKind
from workbench.planning.advice import Advice


@dataclass(frozen=True)
class Range:
    """An estimate between a lowest and a highest value."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, factor: float) -> Range:
        return Range(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Plan:
    """The work that an experiment has left, what it takes, and what is worth knowing before."""

    configs: int
    """The number of distinct configurations."""
    grid_size: int
    """The number of combinations of all axes."""
    questions: int
    """The number of selection questions."""
    groups: int | None
    """How many groups they fall into, which intervals and tests go by; None where each stands alone."""
    holdout_questions: int
    drafts: int
    """How many of the selection questions are drafts that nobody has reviewed."""
    probes: int
    """Variants of questions that each configuration is asked once as well; the stages include them."""
    repeats: int
    stages: dict[str, StageCount]
    """Stage → its distinct, stored and remaining work."""
    cost_usd: Range | None
    """US dollars of the remaining work; None when some of it is for a model without a price."""
    seconds: Range | None
    """Seconds of the remaining work, about: this machine and the servers may become busier."""
    unpriced: tuple[str, ...]
    """Names of the models that have work left and no price."""
    unmeasured: tuple[str, ...]
    """Names of the models elsewhere that have work left and too few past calls to know their speed: with
    any of them the seconds are a guess."""
    notes: tuple[str, ...]
    """What the space leaves out and which probes there are, in words."""
    warnings: tuple[str, ...]
    """The texts of the advice, and what the space leaves out."""
    advice: tuple[Advice, ...]
    vector_index: tuple[VectorIndexKind, ...]
    """How vectors are searched. Several kinds where chunkings differ much in size; none without vectors."""
    hosts: tuple[Destination, ...]
    """The hosts that a run sends something to, and what each gets."""
    smallest_difference: float | None
    """About the smallest difference between two configurations that can be detected; None with nothing to
    compare."""
    optimise: tuple[dict[str, Any], ...] = ()
    """What each optimisation of a prompt takes at most (`PlannedOptimisation`), as JSON. Cost and seconds
    include it, the stages do not."""

    def to_json(self) -> dict[str, Any]:
        return {
            "configs": self.configs,
            "grid_size": self.grid_size,
            "questions": self.questions,
            "groups": self.groups,
            "holdout_questions": self.holdout_questions,
            "drafts": self.drafts,
            "probes": self.probes,
            "repeats": self.repeats,
            "stages": {
                name: {"distinct": s.distinct, "stored": s.stored, "left": s.left}
                for name, s in self.stages.items()
            },
            "cost_usd": _range_json(self.cost_usd),
            "seconds": _range_json(self.seconds),
            "unpriced": list(self.unpriced),
            "unmeasured": list(self.unmeasured),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "advice": [a.to_json() for a in self.advice],
            "vector_index": list(self.vector_index),
            "hosts": [host.to_json() for host in self.hosts],
            "smallest_difference": self.smallest_difference,
            "optimise": [dict(one) for one in self.optimise],
        }


def _range_json(range_: Range | None) -> dict[str, float] | None:
    return None if range_ is None else {"low": range_.low, "high": range_.high}


@dataclass(frozen=True)
class Rates:
    """What one call takes."""

    cost_usd: Range
    """US dollars; 0 for an unpriced model."""
    seconds: Range
    """Seconds divided by the calls that the provider answers at once."""


def between(work: Sequence[tuple[int, Range]], fewest: int, most: int) -> Range:
    """The range from the `fewest` cheapest of these calls to the `most` expensive ones.

    work: (number of calls, amount per call).
    """

    def first(calls: int, prices: Iterable[tuple[int, float]]) -> float:
        total = 0.0
        for n, amount in prices:
            count = min(n, calls)
            total, calls = total + count * amount, calls - count
        return total

    low = first(fewest, sorted(((n, r.low) for n, r in work), key=lambda w: w[1]))
    return Range(low, first(most, sorted(((n, r.high) for n, r in work), key=lambda w: -w[1])))
