"""Measures how similar two configurations are, knob by knob: the pieces of their covariance.
Knows nothing about answers: knob settings in, kernels out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from workbench.search.types import Values

Codes = NDArray[np.int64]
MOST_LEVELS = 8  # of a numeric knob: more are binned, so that pairs of configurations fall into few patterns
SHARES = {"main": 0.55, "pair": 0.25, "rest": 0.2}  # of the variance, before any answer


@dataclass(frozen=True)
class Likeness:
    """The pieces of the kernel. Pairs of configurations that differ in the same way share a pattern."""

    pattern: Codes
    """Number of the pattern: configurations × configurations."""
    alike: Values
    """Patterns × pieces, in [0, 1]. Each column is a kernel that is 1 for a configuration and itself."""
    names: tuple[str, ...]
    """Of the pieces."""
    kinds: tuple[str, ...]
    """Of the pieces: "main" (one knob is equal, or near where its settings are numbers), "pair" (two knobs
    are equal) or "rest" (the same configuration)."""

    def kernel(self, weights: Values) -> Values:
        """The covariance between configurations, each piece with its variance."""
        kernel: Values = (self.alike @ weights)[self.pattern]
        return kernel

    def total(self, table: Values) -> Values:
        """For each piece: the sum over pairs of configurations of `table` times how alike they are."""
        sums = np.bincount(self.pattern.ravel(), table.ravel(), len(self.alike))
        total: Values = sums @ self.alike
        return total

    def prior(self, variance: float) -> Values:
        """`variance` shared out among the pieces: most to single knobs, the same to each of a kind."""
        there = {kind: self.kinds.count(kind) for kind in SHARES if kind in self.kinds}
        whole = sum(SHARES[kind] for kind in there)
        return np.array([variance * SHARES[kind] / whole / there[kind] for kind in self.kinds])

    def part(self, configs: Codes) -> Likeness:
        """The same pieces for some of the configurations."""
        return Likeness(self.pattern[np.ix_(configs, configs)], self.alike, self.names, self.kinds)


def find_number(setting: str) -> float | None:
    try:
        number = float(setting)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _distances(settings: Sequence[str]) -> tuple[Codes, bool]:
    """configurations × configurations: 0 where equal, else 1; for numbers, how many settings lie between.

    The second says whether the settings are numbers (three at least, else there is nothing between them).
    """
    different = sorted(set(settings))
    numbers = [find_number(setting) for setting in different]
    ordered = sorted(different, key=float) if len(different) > 2 and None not in numbers else []
    place = {setting: rank for rank, setting in enumerate(ordered or different)}
    codes = np.array([place[setting] for setting in settings], dtype=np.int64)
    if not ordered:
        return (codes[:, None] != codes[None, :]).astype(np.int64), False
    equal = codes[:, None] == codes[None, :]
    if len(ordered) > MOST_LEVELS:
        codes = codes * MOST_LEVELS // len(ordered)
    apart = np.abs(codes[:, None] - codes[None, :])
    # Twice, so that 1 is left for unequal settings that fell into one bin.
    return np.where(equal, 0, np.maximum(2 * apart, 1)), True


def find_likeness(knobs: Sequence[Mapping[str, str]]) -> Likeness:
    """Pieces for every knob that varies, every two of them, and the configuration itself."""
    count = len(knobs)
    varied = [name for name in knobs[0] if len({row[name] for row in knobs}) > 1]
    distances = {name: _distances([row[name] for row in knobs]) for name in varied}
    pattern = 1 - np.eye(count, dtype=np.int64)
    for distance, _ in distances.values():
        pattern = pattern * (int(distance.max()) + 1) + distance
        if pattern.max() > 2**40:
            pattern = np.unique(pattern, return_inverse=True)[1].reshape(count, count)
    _, first, flat = np.unique(pattern, return_index=True, return_inverse=True)
    rows, columns = np.unravel_index(first, (count, count))
    pieces: list[tuple[str, str, Values]] = []
    equal = {name: (distance[rows, columns] == 0).astype(float) for name, (distance, _) in distances.items()}
    for name, (distance, numeric) in distances.items():
        pieces.append((name, "main", equal[name]))
        if numeric:
            apart = distance[rows, columns] // 2 / (int(distance.max()) // 2)
            pieces.append((f"{name}, near", "main", 1.0 - apart))
    for i, name in enumerate(varied):
        pieces += [(f"{other} × {name}", "pair", equal[other] * equal[name]) for other in varied[:i]]
    pieces.append(("configuration", "rest", (rows == columns).astype(float)))
    return Likeness(
        pattern=flat.reshape(count, count),
        alike=np.column_stack([column for _, _, column in pieces]),
        names=tuple(name for name, _, _ in pieces),
        kinds=tuple(kind for _, kind, _ in pieces),
    )
