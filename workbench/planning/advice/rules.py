"""Advice on rules of `exclude`, `conditions` and `configs` that change nothing: likely mistakes.
Knows nothing about documents, questions or prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.formatting import listed
from workbench.nearest import did_you_mean
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment
from workbench.space.search_space import EXCLUDABLE


def advise_on_rules(experiment: Experiment) -> list[Advice]:
    return [*_idle_exclusions(experiment), *_idle_conditions(experiment), *_idle_values(experiment)]


def values_of(experiment: Experiment, axis: str) -> list[Any]:
    """The values of an axis as rules name them."""
    axes: dict[str, Sequence[Any]] = {"prompt": experiment.prompts, "model": experiment.models}
    values = axes[axis] if axis in axes else getattr(experiment.retrieval, axis)
    return [getattr(value, "name", value) for value in values]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_there(experiment: Experiment, axis: str, name: Any) -> bool:
    labels = [p.label for p in experiment.prompts] if axis == "prompt" else []
    return name in [*values_of(experiment, axis), *labels]


def _idle_exclusions(experiment: Experiment) -> Iterator[Advice]:
    """Rules of `exclude` that name a value which their axis does not have."""
    for i, rule in enumerate(experiment.exclude, start=1):
        for axis, names in rule.items():
            axis_names = [str(v) for v in values_of(experiment, axis)]
            for value in _as_list(names):
                if not _is_there(experiment, axis, value):
                    hint = did_you_mean(str(value), axis_names)
                    yield Advice("exclude", f"exclude, rule {i}: {axis} is nowhere {value!r}. {hint}", "idle")


def _idle_conditions(experiment: Experiment) -> Iterator[Advice]:
    for i, condition in enumerate(experiment.conditions, start=1):
        axis, values = condition.axis, values_of(experiment, condition.axis)
        if len(values) == 1:
            yield Advice(
                "conditions",
                f"conditions, rule {i}: {axis} has one value, so there is nothing to restrict. Give it more "
                "values, or leave the rule out.",
                "idle",
            )
        for other_axis, names in condition.when.items():
            if not any(_is_there(experiment, other_axis, value) for value in _as_list(names)):
                hint = did_you_mean(str(names), map(str, values_of(experiment, other_axis)))
                yield Advice(
                    "conditions",
                    f"conditions, rule {i}: {other_axis} is nowhere {listed(map(repr, _as_list(names)))}, so "
                    f"{axis} is always {values[0]!r}. {hint}",
                    "idle",
                )


def _idle_values(experiment: Experiment) -> Iterator[Advice]:
    """Values that none of the configurations under `configs` uses."""
    if experiment.configs is None:
        return
    for axis in EXCLUDABLE:
        values = values_of(experiment, axis)
        used = [c.get(axis, values[0]) for c in experiment.configs]
        unused = [
            v
            for i, v in enumerate(values)
            if v not in used and not (axis == "prompt" and experiment.prompts[i].label in used)
        ]
        if unused:
            about = f"{axis}s" if axis in ("prompt", "model") else axis
            yield Advice(
                about,
                f"{about}: configs lists what is tried, and {listed(unused)} is in none of it. "
                "Name it there, or leave it out.",
                "idle",
            )
