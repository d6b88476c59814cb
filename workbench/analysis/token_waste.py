"""Finds settings that cost tokens without effect: a cheaper value that loses no more than a margin.
Knows nothing about the store or pages: tables of scores and tokens and the trials' settings in, rows out.

Two values of a setting are compared over the pairs of configurations that differ in nothing else, question by
question. That the cheaper one is worse by more than the margin is tested by question and cluster
(risk_control.py), and corrected over all values that would save tokens by Holm's method.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.axes import Axis, find_axes
from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import mean_interval
from workbench.analysis.multiple_comparisons import ALPHA, holm
from workbench.analysis.risk_control import excess_p_value
from workbench.analysis.significance import ScoreTable
from workbench.formatting import counted
from workbench.parts.choice import in_few_words
from workbench.parts.setting_labels import label_of_setting

Array = NDArray[np.float64]
MARGIN = 0.02
"""What the cheaper value may lose of a score in [0, 1]."""
LEAST_SHARE = 0.05
"""Of the tokens of an answer; less is not worth a change."""
NOT_TOKENS = ("model",)
"""Axes of which tokens say little: another model has another price for each."""


@dataclass(frozen=True)
class _Change:
    """A change to a value that takes fewer tokens."""

    axis: Axis
    start: int
    """The level that it starts from."""
    end: int
    pairs: int
    """How many pairs of configurations differ in nothing else."""
    before: float
    """Tokens of an answer before the change."""
    saved: float
    """Tokens of an answer that it saves."""
    differences: Array
    """By question, the score after the change minus the one before."""
    clusters: Clusters


def find_token_waste(
    scores: ScoreTable, tokens: ScoreTable, facts: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The changes that save tokens and lose nothing beyond the margin: of each setting the largest saving.

    scores: by trial and question; more must be better, within [0, 1].  tokens: of an answer, likewise.
    facts: trial id → axis → value, as in find_effects.
    """
    if not scores.of_unit or not scores.maximize:
        return []
    changes = list(_changes(scores, tokens, facts))
    if not changes:
        return []
    p = holm([excess_p_value(-change.differences, MARGIN, change.clusters) for change in changes])
    harmless = [change for change, value in zip(changes, p, strict=True) if value <= ALPHA]
    best: dict[str, _Change] = {}
    for change in sorted(harmless, key=lambda change: -change.saved):
        best.setdefault(change.axis.name, change)
    return [_describe(change, scores.score) for change in best.values()]


def _changes(
    scores: ScoreTable, tokens: ScoreTable, facts: Mapping[str, Mapping[str, Any]]
) -> Iterator[_Change]:
    row_of = {trial: row for row, trial in enumerate(tokens.trial_ids)}
    trials = [t for t in scores.trial_ids if t in facts and t in row_of]
    rows = [scores.trial_ids.index(t) for t in trials]
    column_of = {question: column for column, question in enumerate(tokens.question_ids)}
    used = [n for n, question in enumerate(scores.question_ids) if question in column_of]
    value = scores.values[np.ix_(rows, used)]
    cost = tokens.values[
        np.ix_([row_of[t] for t in trials], [column_of[scores.question_ids[n]] for n in used])
    ]
    chosen = np.isin(np.arange(len(scores.question_ids)), used)
    clusters = scores.clusters.select(chosen)
    for axis in find_axes([facts[t] for t in trials]):
        if axis.name in NOT_TOKENS:
            continue
        rest = [tuple(str(v) for name, v in facts[t].items() if name != axis.name) for t in trials]
        for one, other in combinations(range(len(axis.levels)), 2):
            pairs = _matched(axis, one, other, rest)
            if pairs:
                yield from _change(axis, one, other, pairs, value, cost, clusters)


def _matched(axis: Axis, one: int, other: int, rest: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """The pairs of trials that have these two levels and differ in nothing else.

    rest: of each trial, its other settings.
    """
    with_other = {rest[t]: t for t, level in enumerate(axis.of_trial) if level == other}
    return [
        (t, with_other[rest[t]])
        for t, level in enumerate(axis.of_trial)
        if level == one and rest[t] in with_other
    ]


def _change(
    axis: Axis,
    one: int,
    other: int,
    pairs: list[tuple[int, int]],
    value: Array,
    cost: Array,
    clusters: Clusters,
) -> Iterator[_Change]:
    """The change towards fewer tokens, if it saves enough of them."""
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    both = np.isfinite(value[first] - value[second] + cost[first] - cost[second])
    asked = np.asarray(both.any(axis=0))
    if clusters.select(asked).count < 2:
        return
    tokens = [float(cost[rows][both].mean()) for rows in (first, second)]
    if tokens[0] < tokens[1]:
        one, other, first, second, tokens = other, one, second, first, tokens[::-1]
    saved = tokens[0] - tokens[1]
    if saved < LEAST_SHARE * tokens[0]:
        return
    apart = np.where(both, value[second] - value[first], np.nan)[:, asked]
    yield _Change(
        axis, one, other, len(pairs), tokens[0], saved, np.nanmean(apart, axis=0), clusters.select(asked)
    )


def _describe(change: _Change, score: str) -> dict[str, Any]:
    levels = [change.axis.levels[level] for level in (change.start, change.end)]
    found = mean_interval([[float(d)] for d in change.differences], change.clusters)
    share = change.saved / change.before
    interval = "" if found.low is None or found.high is None else f" ({found.low:+.3f} to {found.high:+.3f})"
    start, end = (in_few_words(str(level)) for level in levels)
    return {
        "axis": change.axis.name,
        "from": levels[0],
        "to": levels[1],
        "configurations": change.pairs,
        "tokens_saved": change.saved,
        "share_saved": share,
        "difference": found.mean,
        "low": found.low,
        "high": found.high,
        "margin": MARGIN,
        "sentence": f"{label_of_setting(change.axis.name)}: {start} → {end} saves {change.saved:,.0f} tokens "
        f"an answer ({share:.0%}), and {score} changes by {found.mean:+.3f}{interval}: at most {MARGIN:g} is "
        f"lost (95% sure, over {counted(change.pairs, 'pair')} of configurations that differ in nothing "
        "else).",
    }
