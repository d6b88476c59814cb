"""The axes along which an experiment's configurations differ, and their coding for a linear model.
Knows nothing about scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.space.config import Config
from workbench.space.model import Model

Array = NDArray[np.float64]
Level = str | int | float


@dataclass(frozen=True)
class Axis:
    """One setting that differs between configurations."""

    name: str
    levels: tuple[Level, ...]
    """Its values in order: numbers by size, anything else by first appearance."""
    of_trial: tuple[int, ...]
    """For each trial, the index of its value in `levels`; -1 when the trial does not have this setting
    (keyword search has no embedding)."""

    @property
    def numeric(self) -> bool:
        """Whether all levels are numbers."""
        return not any(isinstance(level, str) for level in self.levels)

    def code(self, level: int) -> Array:
        """The row that codes a level (effect coding): columns sum to 0 over the levels.

        A row of zeros (level -1) therefore stands for the average of the levels.
        """
        row = np.zeros(len(self.levels) - 1)
        if level == len(self.levels) - 1:
            row[:] = -1
        elif level >= 0:
            row[level] = 1
        return row

    def design(self) -> Array:
        """The coded levels of all trials: [trials, levels - 1]."""
        return np.array([self.code(level) for level in self.of_trial])

    def count(self, level: int) -> int:
        """How many trials have this level."""
        return self.of_trial.count(level)


def facts_of(config: Config) -> dict[str, Any]:
    """A configuration's settings by axis name, named as in experiment files; models by their names."""
    facts: dict[str, Any] = {"prompt": config.prompt.label, "model": config.model.name}
    for name in type(config.retrieval).model_fields:
        value = getattr(config.retrieval, name)
        facts[name] = value.name if isinstance(value, Model) else value
    return facts


def find_axes(facts: Sequence[Mapping[str, Any]]) -> list[Axis]:
    """The axes on which these trials differ, in the order of their names in `facts`.

    facts: for each trial, its settings as `facts_of` returns them; all with the same keys.
    """
    axes = []
    for name in facts[0] if facts else ():
        values = [settings.get(name) for settings in facts]
        levels = list(dict.fromkeys(_level(v) for v in values if v is not None))
        if len(levels) < 2:
            continue
        if not any(isinstance(level, str) for level in levels):
            levels.sort()
        positions = {level: i for i, level in enumerate(levels)}
        of_trial = tuple(-1 if v is None else positions[_level(v)] for v in values)
        axes.append(Axis(name, tuple(levels), of_trial))
    return axes


def _level(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
