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
    """levels: in order (numbers by size, the rest as they first appear).  of_trial: each trial's place in
    levels, -1 where the axis makes no difference to it (keyword search has no embedding)."""

    name: str
    levels: tuple[Level, ...]
    of_trial: tuple[int, ...]

    @property
    def numeric(self) -> bool:
        return not any(isinstance(level, str) for level in self.levels)

    def code(self, level: int) -> Array:
        """A level's row: sums to 0 over the levels, so that 0 stands for their average."""
        row = np.zeros(len(self.levels) - 1)
        if level == len(self.levels) - 1:
            row[:] = -1
        elif level >= 0:
            row[level] = 1
        return row

    def design(self) -> Array:
        return np.array([self.code(level) for level in self.of_trial])

    def count(self, level: int) -> int:
        return self.of_trial.count(level)


def facts_of(config: Config) -> dict[str, Any]:
    """Axis name → value, as experiment files name them; models by name."""
    found: dict[str, Any] = {"prompt": config.prompt.label, "model": config.model.name}
    for name in type(config.retrieval).model_fields:
        value = getattr(config.retrieval, name)
        found[name] = value.name if isinstance(value, Model) else value
    return found


def find_axes(facts: Sequence[Mapping[str, Any]]) -> list[Axis]:
    """The axes on which these trials differ, in the order they are named."""
    found = []
    for name in facts[0] if facts else ():
        values = [one.get(name) for one in facts]
        levels = list(dict.fromkeys(_level(v) for v in values if v is not None))
        if len(levels) < 2:
            continue
        if not any(isinstance(level, str) for level in levels):
            levels.sort()
        places = {level: i for i, level in enumerate(levels)}
        of_trial = tuple(-1 if v is None else places[_level(v)] for v in values)
        found.append(Axis(name, tuple(levels), of_trial))
    return found


def _level(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
