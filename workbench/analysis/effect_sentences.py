"""Puts the effect of an axis, or of a pair of axes, into a sentence.
Knows nothing about how effects are estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.axes import Axis
from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.multiple_comparisons import ALPHA, holm
from workbench.analysis.permutation_test import permutation_p
from workbench.formatting import signed
from workbench.parts.choice import in_few_words
from workbench.parts.setting_labels import label_of_setting

Array = NDArray[np.float64]


def range_text(low: float | None, high: float | None) -> str:
    """An interval in brackets, after a space; empty without one."""
    return "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"


def axis_sentence(axis: Mapping[str, Any]) -> str:
    """ "Retriever: dense → keyword +0.033 (0.012 to 0.056)": its largest significant
    difference between two levels.

    axis: one of `axes` in the document of `effects --json`.
    """
    real = [d for d in axis["differences"] if d["real"]]
    largest = max(real or axis["differences"], key=lambda d: abs(d["mean"]))
    mean, low, high, start, end = (largest[k] for k in ("mean", "low", "high", "from", "to"))
    if mean < 0 and isinstance(start, str):  # categories have no order: describe it as a gain
        mean, low, high, start, end = -mean, _minus(high), _minus(low), end, start
    change = f"{_shown(start)} → {_shown(end)} {signed(mean)}{range_text(low, high)}"
    sentence = f"{label_of_setting(axis['axis'])}: {change}"
    return sentence if real else f"{sentence}: no significant difference"


def _shown(level: object) -> str:
    return in_few_words(str(level))


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


@dataclass(frozen=True)
class _Change:
    """A change from one level of an axis to another, at each level of a second axis."""

    start: int
    """The level it starts from."""
    end: int
    """The level it ends at."""
    at: list[int]
    """The levels of the second axis at which both were tried."""
    effects: Array
    """[questions, levels in `at`]: the difference in score."""
    contrast: float
    """The largest |t| of the difference between two of these effects."""


def pair_sentence(
    first: Axis,
    second: Axis,
    cells: Mapping[tuple[int, int], Array],
    maximize: bool,
    clusters: Clusters,
) -> str:
    """ "Prompt cited instead of short helps only at Top k ≤ 4: …".

    The sentence says where a change of one axis helps. If one of the two axes is numeric, it is the one that
    says where.

    cells: (level of `first`, level of `second`) → score by question.
    maximize: whether a higher score is better.
    clusters: of the questions.
    """
    if first.numeric and not second.numeric:
        first, second = second, first
        cells = {(j, i): values for (i, j), values in cells.items()}
    changes = [
        change
        for start, end in combinations(range(len(first.levels)), 2)
        if (change := _change(cells, start, end, len(second.levels), maximize, clusters)) is not None
    ]
    if not changes:
        return (
            f"{label_of_setting(first.name)} and {label_of_setting(second.name)} depend on each other; "
            f"too few "
            "combinations were tried to say how."
        )
    largest = max(changes, key=lambda change: change.contrast)
    # For this change only, since it is most of the work.
    means, ranges, signs = _summarise(largest.effects, maximize, clusters)
    start, end = _shown(first.levels[largest.start]), _shown(first.levels[largest.end])
    subject = f"{label_of_setting(first.name)} {end} instead of {start}"
    gains = [j for j, sign in zip(largest.at, signs, strict=True) if sign > 0]
    losses = [j for j, sign in zip(largest.at, signs, strict=True) if sign < 0]
    listed = "; ".join(
        f"{signed(mean)}{text} {_where(second, [j], largest.at)}"
        for j, mean, text in zip(largest.at, means, ranges, strict=True)
    )
    if gains and losses:
        claim = f"helps {_where(second, gains, largest.at)} "
        claim += f"and hurts {_where(second, losses, largest.at)}"
    elif gains and len(gains) < len(largest.at):
        claim = f"helps only {_where(second, gains, largest.at)}"
    elif losses and len(losses) < len(largest.at):
        claim = f"hurts only {_where(second, losses, largest.at)}"
    elif gains or losses:
        sizes = [abs(mean) for mean in means]
        most, least = int(np.argmax(sizes)), int(np.argmin(sizes))
        claim = (
            f"{'helps' if gains else 'hurts'} most {_where(second, [largest.at[most]], largest.at)} "
            f"and least {_where(second, [largest.at[least]], largest.at)}"
        )
    else:
        claim = (
            f"has an effect that depends on {label_of_setting(second.name)}, though it is significant at "
            f"none "
            "of its values"
        )
    return f"{subject} {claim}: {listed}"


def _change(
    cells: Mapping[tuple[int, int], Array],
    start: int,
    end: int,
    levels: int,
    maximize: bool,
    clusters: Clusters,
) -> _Change | None:
    """The change between two levels, in the direction in which it helps most somewhere.

    None when fewer than two levels of the second axis were tried with both.
    """
    at = [j for j in range(levels) if (start, j) in cells and (end, j) in cells]
    if len(at) < 2:
        return None
    effects = np.stack([cells[end, j] - cells[start, j] for j in at], axis=1)
    scores = _t(effects, clusters)
    if (max(scores, key=abs) > 0) != maximize:
        start, end, effects = end, start, -effects
    contrasts = [effects[:, i] - effects[:, j] for i, j in combinations(range(len(at)), 2)]
    contrast = max(map(abs, _t(np.stack(contrasts, axis=1), clusters)))
    return _Change(start, end, at, effects, contrast)


def _summarise(
    effects: Array, maximize: bool, clusters: Clusters
) -> tuple[list[float], list[str], list[int]]:
    """For each column: its mean, its interval in words, and its sign (1 gain, -1 loss, 0 not significant)."""
    significant = holm(permutation_p(effects, effects.shape[1], clusters)) <= ALPHA
    means = [float(mean) for mean in effects.mean(axis=0)]
    better = 1 if maximize else -1
    intervals = difference_intervals(effects, of_unit=False, clusters=clusters)
    ranges = [range_text(*(pair or (None, None))) for pair in intervals]
    signs = [
        int(np.sign(mean)) * better if is_significant else 0
        for mean, is_significant in zip(means, significant, strict=True)
    ]
    return means, ranges, signs


def _t(values: Array, clusters: Clusters) -> list[float]:
    """Student's t of each column's mean, over clusters of questions."""
    by_cluster = clusters.pseudo_values(values)
    errors = by_cluster.std(axis=0, ddof=1) / len(by_cluster) ** 0.5
    return [
        mean / error if error > 1e-12 else (0.0 if abs(mean) < 1e-12 else float(np.sign(mean)) * 1e6)
        for mean, error in zip(map(float, values.mean(axis=0)), map(float, errors), strict=True)
    ]


def _where(axis: Axis, chosen: Sequence[int], of: Sequence[int]) -> str:
    """ "at Top k ≤ 4", "at Top k ≥ 8", "with Retriever = keyword or hybrid"."""
    label = f"{'at' if axis.numeric else 'with'} {label_of_setting(axis.name)}"
    levels = [axis.levels[j] for j in chosen]
    if axis.numeric and 1 < len(chosen) < len(of):
        if list(chosen) == list(of[: len(chosen)]):
            return f"{label} ≤ {levels[-1]}"
        if list(chosen) == list(of[-len(chosen) :]):
            return f"{label} ≥ {levels[0]}"
    return f"{label} = {' or '.join(map(_shown, levels))}"
