"""What a search strategy is told and what it says: a field of configurations, evidence, steps.
Knows nothing about any strategy."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.search.near_ties import levels

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Field:
    """The configurations that compete, as knob settings, and how many questions can be asked of each."""

    knobs: Sequence[Mapping[str, str]]
    """One mapping per configuration, knob → setting, all with the same keys."""
    questions: int
    """How many the search part has. The seed has shuffled them: the first n are a random sample."""
    seed: int

    @property
    def configs(self) -> int:
        return len(self.knobs)


@dataclass(frozen=True)
class Constraint:
    """The mean of `values` (configurations × questions, as in Evidence) must reach `bound`."""

    name: str
    values: Values
    bound: float


@dataclass(frozen=True)
class Evidence:
    """What has been answered so far: arrays of configurations × questions."""

    asked: Mask
    """Whether the answer is there."""
    worth: Values
    """What is maximised; NaN where not asked or not applicable. What is minimised comes negated."""
    unit: bool = True
    """Whether worth lies in [0, 1], or in [-1, 0] where it is minimised."""
    constraints: tuple[Constraint, ...] = ()
    others: tuple[Values, ...] = ()
    """The worths by further objectives, with the same signs."""


@dataclass(frozen=True)
class Ask:
    """Ask this configuration these questions; those it has answered are not asked again."""

    config: int
    questions: Sequence[int]


@dataclass(frozen=True)
class Step:
    """asks: to be answered before the next step.  drops: configuration → why it is asked no more, in words.

    What is neither dropped nor fully asked when a strategy ends counts as dropped.
    """

    asks: Sequence[Ask]
    drops: Mapping[int, str] = field(default_factory=dict)


# A strategy yields steps and is sent the evidence after each. It must be a function of field, settings and
# evidence alone: an interrupted search is replayed from its beginning over the stored answers. What was asked
# it takes from the evidence, not from what it yielded: in a replay the steps that are stored stand.
Steps = Generator[Step, Evidence, None]


def asked_so_far(evidence: Evidence, upto: int) -> list[int]:
    """The configurations that were asked all of the first questions: who is still in, by what was asked."""
    return [int(c) for c in np.flatnonzero(evidence.asked[:, :upto].all(axis=1))]


def mean_worth(evidence: Evidence) -> Values:
    """Mean worth of each configuration over what it was asked; -inf where there is nothing to average."""
    return mean_of(evidence.worth)


def mean_of(values: Values) -> Values:
    counts = (~np.isnan(values)).sum(axis=1)
    sums = np.nansum(values, axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), -np.inf)


def shortfall(evidence: Evidence) -> Values:
    """How far each is from meeting all constraints: relative distances summed, 0 where it meets them."""
    total = np.zeros(len(evidence.worth))
    for constraint in evidence.constraints:
        missing = np.maximum(0.0, constraint.bound - mean_of(constraint.values))
        total += missing / (abs(constraint.bound) or 1.0)
    return total


def best_first(evidence: Evidence, among: Sequence[int]) -> list[int]:
    """These configurations, best first: those that meet the constraints by worth, then the others by how near
    they are to that. Near ties go by number."""
    worth, short = levels(mean_worth(evidence)), levels(shortfall(evidence))
    return sorted(among, key=lambda c: (short[c], -worth[c], c))
