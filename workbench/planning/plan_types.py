"""A plan as data: counts of work by stage, ranges of seconds and dollars, what a call takes.
Knows nothing about how any of it is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.pipeline.stage_counts import StageCount
from workbench.pipeline.vector_index import VectorIndexKind
from workbench.planning.advice import Advice


@dataclass(frozen=True)
class Range:
    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, factor: float) -> Range:
        return Range(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Plan:
    """cost_usd is None when work is left for a model without a price; `unpriced` names those.

    smallest_difference: between two configurations, about, that can be told from chance; None where there is
    nothing to compare.  advice: on single settings; `warnings` are its texts and what the space leaves out.
    probes: variants of questions that a configuration is asked beside them, once; counted in the stages.
    """

    configs: int
    grid_size: int
    questions: int
    holdout_questions: int
    probes: int
    repeats: int
    stages: dict[str, StageCount]
    cost_usd: Range | None
    seconds: Range | None
    unpriced: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    advice: tuple[Advice, ...]
    vector_index: tuple[VectorIndexKind, ...]
    """How vectors are searched. Several kinds where chunkings differ much in size; none without vectors."""
    smallest_difference: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "configs": self.configs,
            "grid_size": self.grid_size,
            "questions": self.questions,
            "holdout_questions": self.holdout_questions,
            "probes": self.probes,
            "repeats": self.repeats,
            "stages": {
                name: {"distinct": s.distinct, "stored": s.stored, "left": s.left}
                for name, s in self.stages.items()
            },
            "cost_usd": _range_json(self.cost_usd),
            "seconds": _range_json(self.seconds),
            "unpriced": list(self.unpriced),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "advice": [a.to_json() for a in self.advice],
            "vector_index": list(self.vector_index),
            "smallest_difference": self.smallest_difference,
        }


def _range_json(found: Range | None) -> dict[str, float] | None:
    return None if found is None else {"low": found.low, "high": found.high}


@dataclass(frozen=True)
class Rates:
    """What one call costs, and how long it keeps its provider busy; $0 where it has no price."""

    cost_usd: Range
    seconds: Range


def between(work: Sequence[tuple[int, Range]], fewest: int, most: int) -> Range:
    """From the `fewest` cheapest of these calls to the `most` dearest. work: (calls, each)."""

    def first(calls: int, each: Iterable[tuple[int, float]]) -> float:
        total = 0.0
        for n, amount in each:
            taken = min(n, calls)
            total, calls = total + taken * amount, calls - taken
        return total

    low = first(fewest, sorted(((n, r.low) for n, r in work), key=lambda w: w[1]))
    return Range(low, first(most, sorted(((n, r.high) for n, r in work), key=lambda w: -w[1])))
