"""What an axis or a pair of axes does, in a sentence.
Knows nothing about how it was found out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.axes import Axis
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.multiple_comparisons import ALPHA, holm
from workbench.analysis.permutation_test import permutation_p

Array = NDArray[np.float64]


def signed(value: float) -> str:
    return f"{value:+.3f}"


def range_text(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"


def axis_sentence(axis: Mapping[str, Any]) -> str:
    """ "retriever: dense → keyword +0.033 (0.012 to 0.056)": the largest difference that is real, upwards."""
    real = [d for d in axis["differences"] if d["real"]]
    largest = max(real or axis["differences"], key=lambda d: abs(d["mean"]))
    mean, low, high, start, end = (largest[k] for k in ("mean", "low", "high", "from", "to"))
    if mean < 0 and isinstance(start, str):  # categories have no direction: say it as a gain
        mean, low, high, start, end = -mean, _minus(high), _minus(low), end, start
    said = f"{axis['axis']}: {start} → {end} {signed(mean)}{range_text(low, high)}"
    return said if real else f"{said}: cannot be told from no difference"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


@dataclass(frozen=True)
class _Change:
    """From one level of an axis to another, at some levels of the other. effects: [questions, levels]."""

    start: int
    end: int
    at: list[int]
    effects: Array
    contrast: float


def pair_sentence(one: Axis, other: Axis, cells: Mapping[tuple[int, int], Array], maximize: bool) -> str:
    """ "prompt cited, rather than short, helps only with top_k ≤ 4: …". The axis that is no number is the one
    that helps; the other says where. cells: (level of one, level of other) → score by question."""
    if one.numeric and not other.numeric:
        one, other = other, one
        cells = {(j, i): values for (i, j), values in cells.items()}
    changes = [
        change
        for start, end in combinations(range(len(one.levels)), 2)
        if (change := _change(cells, start, end, len(other.levels), maximize)) is not None
    ]
    if not changes:
        return (
            f"{one.name} and {other.name} depend on each other; too few combinations were tried to say how."
        )
    said = max(changes, key=lambda change: change.contrast)
    means, ranges, signs = _weigh(said.effects, maximize)  # of this one alone: it is most of the work
    subject = f"{one.name} {one.levels[said.end]}, rather than {one.levels[said.start]},"
    gains = [j for j, sign in zip(said.at, signs, strict=True) if sign > 0]
    losses = [j for j, sign in zip(said.at, signs, strict=True) if sign < 0]
    listed = "; ".join(
        f"{signed(mean)}{text} with {other.name} {other.levels[j]}"
        for j, mean, text in zip(said.at, means, ranges, strict=True)
    )
    if gains and losses:
        claim = f"helps with {_where(other, gains, said.at)} and hurts with {_where(other, losses, said.at)}"
    elif gains and len(gains) < len(said.at):
        claim = f"helps only with {_where(other, gains, said.at)}"
    elif losses and len(losses) < len(said.at):
        claim = f"hurts only with {_where(other, losses, said.at)}"
    elif gains or losses:
        sizes = [abs(mean) for mean in means]
        most, least = int(np.argmax(sizes)), int(np.argmin(sizes))
        claim = (
            f"{'helps' if gains else 'hurts'} most with {other.name} {other.levels[said.at[most]]} "
            f"and least with {other.name} {other.levels[said.at[least]]}"
        )
    else:
        claim = f"does more or less depending on {other.name}, though nowhere surely"
    return f"{subject} {claim}: {listed}"


def _change(
    cells: Mapping[tuple[int, int], Array], start: int, end: int, levels: int, maximize: bool
) -> _Change | None:
    """The change that favours `end`, or turned round; None where fewer than two levels of the other axis have
    both. Its contrast: the largest t of two of its effects being the same."""
    at = [j for j in range(levels) if (start, j) in cells and (end, j) in cells]
    if len(at) < 2:
        return None
    effects = np.stack([cells[end, j] - cells[start, j] for j in at], axis=1)
    scores = [_t(effects[:, i]) for i in range(len(at))]
    if (max(scores, key=abs) > 0) != maximize:
        start, end, effects = end, start, -effects
    contrast = max(abs(_t(effects[:, i] - effects[:, j])) for i, j in combinations(range(len(at)), 2))
    return _Change(start, end, at, effects, contrast)


def _weigh(effects: Array, maximize: bool) -> tuple[list[float], list[str], list[int]]:
    """Of each column: its mean, its interval in words, and its sign: 1 gains, -1 loses, 0 open."""
    surely = holm(permutation_p(effects, effects.shape[1])) <= ALPHA
    means = [float(mean) for mean in effects.mean(axis=0)]
    better = 1 if maximize else -1
    ranges = [range_text(*(pair or (None, None))) for pair in difference_intervals(effects, of_unit=False)]
    signs = [int(np.sign(mean)) * better if sure else 0 for mean, sure in zip(means, surely, strict=True)]
    return means, ranges, signs


def _t(values: Array) -> float:
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    mean = float(values.mean())
    return mean / error if error > 1e-12 else (0.0 if abs(mean) < 1e-12 else float(np.sign(mean)) * 1e6)


def _where(axis: Axis, chosen: Sequence[int], of: Sequence[int]) -> str:
    """ "top_k ≤ 4", "top_k ≥ 8", "retriever keyword or hybrid"."""
    levels = [axis.levels[j] for j in chosen]
    if axis.numeric and 1 < len(chosen) < len(of):
        if list(chosen) == list(of[: len(chosen)]):
            return f"{axis.name} ≤ {levels[-1]}"
        if list(chosen) == list(of[-len(chosen) :]):
            return f"{axis.name} ≥ {levels[0]}"
    return f"{axis.name} {' or '.join(str(level) for level in levels)}"
