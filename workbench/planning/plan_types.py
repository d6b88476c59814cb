"""Defines a plan as data: counts of work by stage, ranges of seconds and dollars, the rates of a call.
Knows nothing about how they are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.calls.destinations import Destination
from workbench.pipeline.stage_counts import StageCount
from workbench.pipeline.vector_stores.registry import VectorIndexKind
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

    def to_json(self) -> dict[str, float]:
        return {"low": self.low, "high": self.high}


TrainingState = Literal["to train", "stopped", "running", "trained"]


@dataclass(frozen=True)
class PlannedTraining:
    """What the training of one variant takes."""

    model: str
    """The name of the variant."""
    parent: str
    recipe: str
    key: str
    """Of its job: equal trainings have equal keys."""
    state: TrainingState
    """Whether it is done already; "stopped" goes on from its checkpoint."""
    rows: int | None
    """Rows of training data, about; None where that is not known before they are made."""
    seconds: Range
    """Of what is left to do; 0 for one that is trained."""
    gpu_seconds: Range | None
    """How much of it a GPU computes; None where none is used, or it is a provider's."""
    cost_usd: Range | None
    """US dollars of what is left to do; None where the price is not known."""
    hosted: bool = False
    """Whether a provider trains it, and not this machine."""
    usd_per_hour: float | None = None
    """What the machine costs that trains it; None where something else is paid for."""

    @property
    def is_left(self) -> bool:
        return self.state != "trained"

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "parent": self.parent,
            "recipe": self.recipe,
            "key": self.key,
            "state": self.state,
            "rows": self.rows,
            "seconds": _range_json(self.seconds if self.is_left else None),
            "gpu_seconds": _range_json(self.gpu_seconds),
            "cost_usd": _range_json(self.cost_usd),
        }


@dataclass(frozen=True)
class TrainingPlan:
    """All trainings of an experiment, each once."""

    trainings: tuple[PlannedTraining, ...]

    @property
    def left(self) -> list[PlannedTraining]:
        return [training for training in self.trainings if training.is_left]

    @property
    def seconds(self) -> Range:
        """Of one after the other, as this machine does them."""
        return sum((training.seconds for training in self.left), Range(0, 0))

    @property
    def gpu_seconds(self) -> Range | None:
        used = [training.gpu_seconds for training in self.left if training.gpu_seconds is not None]
        return sum(used, Range(0, 0)) if used else None

    @property
    def cost_usd(self) -> Range | None:
        """US dollars; None where one has no known price."""
        costs = [training.cost_usd for training in self.left]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Range(0, 0)) if len(known) == len(costs) else None

    @property
    def unpriced(self) -> list[str]:
        return [training.model for training in self.left if training.cost_usd is None]

    def to_json(self) -> dict[str, Any]:
        return {
            "distinct": len(self.trainings),
            "stored": len(self.trainings) - len(self.left),
            "left": len(self.left),
            "seconds": _range_json(self.seconds),
            "gpu_seconds": _range_json(self.gpu_seconds),
            "cost_usd": _range_json(self.cost_usd),
            "trainings": [training.to_json() for training in self.trainings],
        }


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
    train: TrainingPlan | None = None
    """The trainings of the variants among the models; None without any."""
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
            "train": None if self.train is None else self.train.to_json(),
            "optimise": [dict(one) for one in self.optimise],
        }


def _range_json(range_: Range | None) -> dict[str, float] | None:
    return None if range_ is None else range_.to_json()


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
