"""How much each axis matters and which pairs of axes interact, as plain data and in words.
Knows nothing about the store or pages: a table of scores and the trials' settings in, one document out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.axes import Axis, find_axes
from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.effect_sentences import axis_sentence, pair_sentence
from workbench.analysis.factorial_model import (
    Blocks,
    Fit,
    Resampled,
    bootstrap_weights,
    estimable,
    fit,
    make_blocks,
    p_of_no_effect,
    share,
    sum_of_squares,
    sum_of_squares_of_trials,
)
from workbench.analysis.multiple_comparisons import ALPHA, holm
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.significance import ScoreTable
from workbench.parts.setting_labels import label_of_setting

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Model:
    """The main effects of the axes, fitted."""

    blocks: Blocks
    axes: list[Axis]
    """The axes whose effects can be separated."""
    design: Array
    """[trials, columns]: the coded levels of all axes."""
    fit: Fit
    """The fit of the main effects."""
    columns: list[list[int]]
    """For each axis, its columns in the design."""
    weights: Array
    """[resamples, clusters]: the bootstrap's weights."""
    whole: Resampled
    """The sum of squares between trials."""


def find_effects(table: ScoreTable, facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document of `effects --json` for one score, without its experiment.

    A factorial analysis of variance with questions as blocks (factorial_model.py). The grid may have holes or
    be a fraction of the full one; effects that the trials tried cannot separate are left out and named in
    `notes`.

    facts: trial id → axis → value. Trials without facts, such as systems, have no part in it.
    """
    document: dict[str, Any] = {
        "score": table.score, "maximize": table.maximize, "configurations": 0, "questions": 0, "groups": None,
        "axes": [], "pairs": [], "sentences": [], "notes": [],
    }  # fmt: skip
    trials, values, clusters = _usable(table, facts)
    document["configurations"], document["questions"] = values.shape
    document["groups"] = clusters.groups
    if values.shape[0] < 2 or clusters.count < 2:
        wanted = "questions of two or more groups" if clusters.groups else "two or more questions"
        document["notes"].append(
            f"There is nothing to analyse: {wanted} must be answered by at least two configurations "
            f"(so far: {clusters.count})."
        )
        return document
    axes = find_axes([facts[t] for t in trials])
    if not axes:
        document["notes"].append("All configurations have the same settings: there is nothing to compare.")
        return document
    model, notes = _fit_axes(make_blocks(values, clusters), axes)
    document["notes"].extend(notes)
    if not model.axes:
        return document
    document["axes"] = _describe_axes(model)
    document["pairs"], notes = _describe_pairs(model, table)
    document["notes"].extend(notes)
    document["sentences"] = [
        effect["sentence"] for effect in (*document["axes"], *document["pairs"]) if effect["sentence"]
    ]
    return document


def _usable(table: ScoreTable, facts: Mapping[str, Any]) -> tuple[list[str], Array, Clusters]:
    """The trials with facts, and the scores and clusters of the questions that at least two of them were
    scored on."""
    known = np.array([trial in facts for trial in table.trial_ids], dtype=bool)
    of_known = table.values[known]
    shared = np.isfinite(of_known).sum(axis=0) >= 2
    values = of_known[:, shared]
    kept = np.isfinite(values).any(axis=1)
    ids = [trial for trial in table.trial_ids if trial in facts]
    return [ids[i] for i in np.flatnonzero(kept)], values[kept], table.clusters.select(shared)


def _fit_axes(blocks: Blocks, axes: Sequence[Axis]) -> tuple[_Model, list[str]]:
    kept: list[Axis] = []
    columns: list[list[int]] = []
    notes = []
    design = np.empty((len(blocks.centred), 0))
    for axis in axes:
        coded = axis.design()
        if len(estimable(blocks, design, coded)) < coded.shape[1]:
            notes.append(f"{label_of_setting(axis.name)} is left out: {_alias(blocks, axis, kept)}")
            continue
        columns.append(list(range(design.shape[1], design.shape[1] + coded.shape[1])))
        design = np.hstack([design, coded])
        kept.append(axis)
    weights = bootstrap_weights(blocks.clusters.count)
    whole = sum_of_squares_of_trials(blocks, weights)
    return _Model(blocks, kept, design, fit(blocks, design), columns, weights, whole), notes


def _alias(blocks: Blocks, axis: Axis, kept: Sequence[Axis]) -> str:
    coded = axis.design()
    empty = np.empty((len(coded), 0))
    if len(estimable(blocks, empty, coded)) < coded.shape[1]:
        return "no question was asked with more than one of its values."
    for earlier in kept:
        if len(estimable(blocks, earlier.design(), coded)) < coded.shape[1]:
            return (
                f"in the configurations that were tried, it varies together with "
                f"{label_of_setting(earlier.name)}, so "
                "their effects cannot be separated."
            )
    return "in the configurations that were tried, its effect cannot be separated from those of the others."


def _row(model: _Model, levels: Mapping[int, int]) -> Array:
    """The design's row where these axes have these levels and all others are at their average."""
    row = np.zeros(model.design.shape[1])
    for axis, level in levels.items():
        row[model.columns[axis]] = model.axes[axis].code(level)
    return row


def _adjusted(model: _Model, fitted: Fit, rows: Array) -> Array:
    """[questions, rows]: each question's expected score at these rows of the design."""
    level = model.blocks.means - fitted.centres @ fitted.estimate
    return np.asarray(level[:, None] + fitted.by_question @ rows.T)


def _describe_axes(model: _Model) -> list[dict[str, Any]]:
    tests = [p_of_no_effect(model.fit, columns) for columns in model.columns]
    corrected = _holm(tests)
    differences = _differences(model)
    effects = []
    for a, axis in enumerate(model.axes):
        rows = np.array([_row(model, {a: level}) for level in range(len(axis.levels))])
        means = _means(_adjusted(model, model.fit, rows), model.blocks.clusters)
        described = {
            "axis": axis.name, **_share(model, model.fit, model.columns[a]),
            "p": tests[a], "p_holm": corrected[a],
            "levels": [
                {"level": level, "configurations": axis.count(i), **means[i]}
                for i, level in enumerate(axis.levels)
            ],
            "differences": differences[a],
        }  # fmt: skip
        effects.append({**described, "sentence": axis_sentence(described)})
    return sorted(effects, key=lambda effect: -(effect["share"] or 0.0))


def _differences(model: _Model) -> list[list[dict[str, Any]]]:
    """For each axis, the differences between all pairs of its levels, paired by question.

    Holm's correction is over all differences of all axes.
    """
    steps = [_steps(model, a) for a in range(len(model.axes))]
    values = np.hstack([by_question for _, by_question in steps])
    clusters = model.blocks.clusters
    intervals = difference_intervals(values, of_unit=False, clusters=clusters)
    p = permutation_p(values, values.shape[1], clusters)
    p_holm = _holm(list(p))
    differences: list[list[dict[str, Any]]] = []
    column = 0
    for axis, (pairs, _) in zip(model.axes, steps, strict=True):
        differences.append([])
        for start, end in pairs:
            low, high = intervals[column] or (None, None)
            corrected = p_holm[column]
            differences[-1].append(
                {
                    "from": axis.levels[start], "to": axis.levels[end],
                    "mean": float(values[:, column].mean()), "low": low, "high": high,
                    "p": float(p[column]), "p_holm": corrected,
                    "real": corrected is not None and corrected <= ALPHA,
                }
            )  # fmt: skip
            column += 1
    return differences


def _steps(model: _Model, a: int) -> tuple[list[tuple[int, int]], Array]:
    """All pairs of an axis's levels, and the difference within each pair by question: [questions, pairs]."""
    pairs = list(combinations(range(len(model.axes[a].levels)), 2))
    rows = np.array([_row(model, {a: end}) - _row(model, {a: start}) for start, end in pairs])
    return pairs, model.fit.by_question @ rows.T


def _share(model: _Model, fitted: Fit, columns: Sequence[int]) -> dict[str, float | None]:
    bounds = share(sum_of_squares(fitted, columns, model.weights), model.whole)
    return dict(zip(("share", "share_low", "share_high"), bounds or (None, None, None), strict=True))


def _means(values: Array, clusters: Clusters) -> list[dict[str, float | None]]:
    """The means of columns with their intervals.

    Columns are scores, not differences, but the intervals are the same bootstrap over clusters.
    """
    intervals = difference_intervals(values, of_unit=False, clusters=clusters)
    return [
        {
            "mean": float(values[:, i].mean()),
            "low": pair[0] if pair else None,
            "high": pair[1] if pair else None,
        }
        for i, pair in enumerate(intervals)
    ]


def _holm(p: Sequence[float | None]) -> list[float | None]:
    values = {i: value for i, value in enumerate(p) if value is not None}
    corrected: list[float | None] = [None] * len(p)
    if values:
        for i, value in zip(values, holm([*values.values()]), strict=True):
            corrected[i] = float(value)
    return corrected


@dataclass(frozen=True)
class _Pair:
    """The interaction of two axes, fitted together with all main effects."""

    a: int
    """The first axis, by its index."""
    b: int
    """The second axis, by its index."""
    fit: Fit
    """The fit of all main effects and of this interaction."""
    products: Array
    """[trials, columns]: the columns of the interaction that can be separated from the main effects."""
    kept: list[int]
    """Which of all products of the two axes' columns these are."""

    @property
    def columns(self) -> list[int]:
        """Where the interaction's columns are in the fit: the last ones."""
        size = self.fit.by_question.shape[1]
        return list(range(size - len(self.kept), size))


def _describe_pairs(model: _Model, table: ScoreTable) -> tuple[list[dict[str, Any]], list[str]]:
    pairs: list[_Pair] = []
    not_estimable = []
    for a, b in combinations(range(len(model.axes)), 2):
        pair = _fit_pair(model, a, b)
        if pair is None:
            not_estimable.append(_name(model, a, b))
        else:
            pairs.append(pair)
    tests = [p_of_no_effect(pair.fit, pair.columns) for pair in pairs]
    corrected = _holm(tests)
    confounded = _confounded_with(model, pairs)
    described = [
        _describe_pair(model, pair, p, p_holm, confounded[pair.a, pair.b], table.maximize)
        for pair, p, p_holm in zip(pairs, tests, corrected, strict=True)
    ]
    notes = []
    if not_estimable:
        names = ", ".join(map(_in_words, not_estimable))
        notes.append(
            "In the configurations that were tried, these interactions cannot be separated from the main "
            "effects: "
            f"{names}."
        )
    entangled = sum(bool(names) for names in confounded.values())
    if entangled:
        notes.append(
            f"{entangled} of {len(pairs)} pairs of settings are confounded with other pairs in the "
            f"{len(model.design)} configurations that were tried: an effect reported for one of them may "
            f"be due "
            "to the other."
        )
    return sorted(described, key=lambda effect: -(effect["share"] or 0.0)), notes


def _describe_pair(
    model: _Model, pair: _Pair, p: float | None, p_holm: float | None, confounded: list[str], maximize: bool
) -> dict[str, Any]:
    first, second = model.axes[pair.a], model.axes[pair.b]
    cells = _cells(model, pair)
    real = p_holm is not None and p_holm <= ALPHA
    sentence = ""
    if real:
        values = {key: by_question for key, (_, by_question) in cells.items()}
        sentence = pair_sentence(first, second, values, maximize, model.blocks.clusters)
        sentence += f" (or it is due to {' or '.join(map(_in_words, confounded[:3]))})" if confounded else ""
    return {
        "axes": [first.name, second.name], **_share(model, pair.fit, pair.columns), "p": p, "p_holm": p_holm,
        "real": real, "goes_along_with": confounded, "cells": [figure for figure, _ in cells.values()],
        "sentence": sentence,
    }  # fmt: skip


def _products(first: Array, second: Array) -> Array:
    """The products of all columns of the first with all columns of the second; rows are trials or levels."""
    return np.asarray((first[..., :, None] * second[..., None, :]).reshape(*first.shape[:-1], -1))


def _fit_pair(model: _Model, a: int, b: int) -> _Pair | None:
    products = _products(model.axes[a].design(), model.axes[b].design())
    kept = estimable(model.blocks, model.design, products)
    if not kept:
        return None
    products = products[:, kept]
    return _Pair(a, b, fit(model.blocks, np.hstack([model.design, products])), products, kept)


def _confounded_with(model: _Model, pairs: Sequence[_Pair]) -> dict[tuple[int, int], list[str]]:
    """For each pair of axes, the pairs that it is confounded with, by name.

    There are some only where a fraction of the grid was tried.
    """
    confounded: dict[tuple[int, int], list[str]] = {(pair.a, pair.b): [] for pair in pairs}
    if len(model.blocks.centred) > sum(len(p.kept) for p in pairs) + model.design.shape[1]:
        all_columns = np.hstack([model.design, *(p.products for p in pairs)])
        if len(estimable(model.blocks, all_columns[:, :0], all_columns)) == all_columns.shape[1]:
            return confounded  # all pairs can be estimated together, as in a full grid
    for first, second in combinations(pairs, 2):
        design = np.hstack([model.design, first.products])
        if len(estimable(model.blocks, design, second.products)) < len(second.kept):
            confounded[first.a, first.b].append(_name(model, second.a, second.b))
            confounded[second.a, second.b].append(_name(model, first.a, first.b))
    return confounded


def _name(model: _Model, a: int, b: int) -> str:
    return f"{model.axes[a].name} × {model.axes[b].name}"


def _in_words(pair: str) -> str:
    return " × ".join(label_of_setting(name) for name in pair.split(" × "))


def _cells(model: _Model, pair: _Pair) -> dict[tuple[int, int], tuple[dict[str, Any], Array]]:
    """(level of a, level of b) → its figure and its scores by question; only combinations that were tried."""
    first, second = model.axes[pair.a], model.axes[pair.b]
    tried = sorted(
        {levels for levels in zip(first.of_trial, second.of_trial, strict=True) if min(levels) >= 0}
    )
    rows = np.array(
        [
            np.concatenate(
                [_row(model, {pair.a: i, pair.b: j}), _products(first.code(i), second.code(j))[pair.kept]]
            )
            for i, j in tried
        ]
    )
    values = _adjusted(model, pair.fit, rows)
    return {
        (i, j): ({first.name: first.levels[i], second.name: second.levels[j], **figure}, values[:, column])
        for column, ((i, j), figure) in enumerate(
            zip(tried, _means(values, model.blocks.clusters), strict=True)
        )
    }
