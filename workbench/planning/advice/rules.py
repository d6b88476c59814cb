"""Rules of `exclude`, `conditions` and `configs` that change nothing, likely slips.
Knows nothing about documents, questions or prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.nearest import did_you_mean
from workbench.planning.advice.types import Advice, listed
from workbench.space.experiment import Experiment
from workbench.space.search_space import EXCLUDABLE


def advise_on_rules(experiment: Experiment) -> list[Advice]:
    return [*_idle_exclusions(experiment), *_idle_conditions(experiment), *_idle_values(experiment)]


def values_of(experiment: Experiment, axis: str) -> list[Any]:
    """An axis's values as rules name them."""
    axes: dict[str, Sequence[Any]] = {"prompt": experiment.prompts, "model": experiment.models}
    found = axes[axis] if axis in axes else getattr(experiment.retrieval, axis)
    return [getattr(value, "name", value) for value in found]


def _wanted(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_there(experiment: Experiment, axis: str, wanted: Any) -> bool:
    labels = [p.label for p in experiment.prompts] if axis == "prompt" else []
    return wanted in [*values_of(experiment, axis), *labels]


def _idle_exclusions(experiment: Experiment) -> Iterator[Advice]:
    """Rules of `exclude` that name a value which their axis does not hold: likely a slip."""
    for i, rule in enumerate(experiment.exclude, start=1):
        for axis, wanted in rule.items():
            names = [str(v) for v in values_of(experiment, axis)]
            for value in _wanted(wanted):
                if not _is_there(experiment, axis, value):
                    hint = did_you_mean(str(value), names)
                    yield Advice("exclude", f"exclude, rule {i}: {axis} is nowhere {value!r}. {hint}", "idle")


def _idle_conditions(experiment: Experiment) -> Iterator[Advice]:
    for i, condition in enumerate(experiment.conditions, start=1):
        axis, values = condition.axis, values_of(experiment, condition.axis)
        if len(values) == 1:
            yield Advice(
                "conditions",
                f"conditions, rule {i}: {axis} has one value, so there is nothing to hold back. Give it more "
                "values, or leave the rule out.",
                "idle",
            )
        for other, wanted in condition.when.items():
            if not any(_is_there(experiment, other, value) for value in _wanted(wanted)):
                hint = did_you_mean(str(wanted), map(str, values_of(experiment, other)))
                yield Advice(
                    "conditions",
                    f"conditions, rule {i}: {other} is nowhere {listed(map(repr, _wanted(wanted)))}, so "
                    f"{axis} is always {values[0]!r}. {hint}",
                    "idle",
                )


def _idle_values(experiment: Experiment) -> Iterator[Advice]:
    """Values that no configuration written out takes."""
    if experiment.configs is None:
        return
    for axis in EXCLUDABLE:
        values = values_of(experiment, axis)
        taken = [c.get(axis, values[0]) for c in experiment.configs]
        idle = [
            v
            for i, v in enumerate(values)
            if v not in taken and not (axis == "prompt" and experiment.prompts[i].label in taken)
        ]
        if idle:
            about = f"{axis}s" if axis in ("prompt", "model") else axis
            yield Advice(
                about,
                f"{about}: configs writes out what is tried, and {listed(idle)} is in none of it. "
                "Name it there, or leave it out.",
                "idle",
            )
