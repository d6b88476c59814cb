"""How much each axis matters and which pairs of them interact: as plain data and in words.
Knows nothing about the store or pages: a table of scores and the trials' settings in, one document out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.axes import Axis, find_axes
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

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Model:
    """The axes that can be told apart, the fit of their main effects, and each one's columns in it."""

    blocks: Blocks
    axes: list[Axis]
    design: Array
    fit: Fit
    columns: list[list[int]]
    weights: Array
    whole: Resampled


def find_effects(table: ScoreTable, facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document of `effects --json` for one score, without its experiment.

    facts: trial id → axis → value.  A factorial analysis of variance with questions as blocks (factorial.py):
    holes and fractions of the full grid are fine; what the trials cannot tell apart is dropped, and said.
    """
    found: dict[str, Any] = {
        "score": table.score, "maximize": table.maximize, "configurations": 0, "questions": 0,
        "axes": [], "pairs": [], "sentences": [], "notes": [],
    }  # fmt: skip
    trials, values = _usable(table)
    found["configurations"], found["questions"] = values.shape
    if values.shape[0] < 2 or values.shape[1] < 2:
        found["notes"].append(
            f"Nothing to attribute: {values.shape[1]} questions were answered by two configurations or more, "
            "and two are needed."
        )
        return found
    axes = find_axes([facts[t] for t in trials])
    if not axes:
        found["notes"].append("All configurations have the same settings: there is no axis.")
        return found
    model, notes = _fit_axes(make_blocks(values), axes)
    found["notes"].extend(notes)
    if not model.axes:
        return found
    found["axes"] = _describe_axes(model)
    found["pairs"], notes = _describe_pairs(model, table)
    found["notes"].extend(notes)
    found["sentences"] = [one["sentence"] for one in (*found["axes"], *found["pairs"]) if one["sentence"]]
    return found


def _usable(table: ScoreTable) -> tuple[list[str], Array]:
    """Trials and scores of the questions that two trials or more were scored on."""
    asked = np.isfinite(table.values)
    values = table.values[:, asked.sum(axis=0) >= 2]
    kept = np.isfinite(values).any(axis=1)
    return [table.trial_ids[i] for i in np.flatnonzero(kept)], values[kept]


def _fit_axes(blocks: Blocks, axes: Sequence[Axis]) -> tuple[_Model, list[str]]:
    kept: list[Axis] = []
    columns: list[list[int]] = []
    notes = []
    design = np.empty((len(blocks.centred), 0))
    for axis in axes:
        own = axis.design()
        if len(estimable(blocks, design, own)) < own.shape[1]:
            notes.append(f"{axis.name} is left out: {_alias(blocks, axis, kept)}")
            continue
        columns.append(list(range(design.shape[1], design.shape[1] + own.shape[1])))
        design = np.hstack([design, own])
        kept.append(axis)
    weights = bootstrap_weights(blocks.questions)
    whole = sum_of_squares_of_trials(blocks, weights)
    return _Model(blocks, kept, design, fit(blocks, design), columns, weights, whole), notes


def _alias(blocks: Blocks, axis: Axis, kept: Sequence[Axis]) -> str:
    own = axis.design()
    nothing = np.empty((len(own), 0))
    if len(estimable(blocks, nothing, own)) < own.shape[1]:
        return "no question was asked with more than one of its values."
    for other in kept:
        if len(estimable(blocks, other.design(), own)) < own.shape[1]:
            return f"in the configurations tried it goes along with {other.name}, and cannot be told from it."
    return "in the configurations tried it cannot be told from the other axes together."


def _row(model: _Model, levels: Mapping[int, int]) -> Array:
    """The design's row where these axes have these levels and all others are at their average."""
    row = np.zeros(model.design.shape[1])
    for axis, level in levels.items():
        row[model.columns[axis]] = model.axes[axis].code(level)
    return row


def _adjusted(model: _Model, found: Fit, rows: Array) -> Array:
    """[question, row]: each question's score at these rows of the design."""
    level = model.blocks.means - found.centres @ found.estimate
    return np.asarray(level[:, None] + found.by_question @ rows.T)


def _describe_axes(model: _Model) -> list[dict[str, Any]]:
    tests = [p_of_no_effect(model.fit.by_question[:, own]) for own in model.columns]
    corrected = _holm(tests)
    differences = _differences(model)
    found = []
    for a, axis in enumerate(model.axes):
        rows = np.array([_row(model, {a: level}) for level in range(len(axis.levels))])
        means = _means(_adjusted(model, model.fit, rows))
        described = {
            "axis": axis.name, **_share(model, model.fit, model.columns[a]),
            "p": tests[a], "p_holm": corrected[a],
            "levels": [
                {"level": level, "configurations": axis.count(i), **means[i]}
                for i, level in enumerate(axis.levels)
            ],
            "differences": differences[a],
        }  # fmt: skip
        found.append({**described, "sentence": axis_sentence(described)})
    return sorted(found, key=lambda one: -(one["share"] or 0.0))


def _differences(model: _Model) -> list[list[dict[str, Any]]]:
    """By axis: every pair of its levels, paired by question; corrected over all of all axes."""
    steps = [_steps(model, a) for a in range(len(model.axes))]
    values = np.hstack([by_question for _, by_question in steps])
    intervals = difference_intervals(values, of_unit=False)
    p = permutation_p(values, values.shape[1])
    p_holm = _holm(list(p))
    found: list[list[dict[str, Any]]] = []
    column = 0
    for axis, (pairs, _) in zip(model.axes, steps, strict=True):
        found.append([])
        for one, other in pairs:
            low, high = intervals[column] or (None, None)
            corrected = p_holm[column]
            found[-1].append(
                {
                    "from": axis.levels[one], "to": axis.levels[other],
                    "mean": float(values[:, column].mean()), "low": low, "high": high,
                    "p": float(p[column]), "p_holm": corrected,
                    "real": corrected is not None and corrected <= ALPHA,
                }
            )  # fmt: skip
            column += 1
    return found


def _steps(model: _Model, a: int) -> tuple[list[tuple[int, int]], Array]:
    """Every pair of an axis's levels, and the difference between them on each question."""
    pairs = list(combinations(range(len(model.axes[a].levels)), 2))
    rows = np.array([_row(model, {a: other}) - _row(model, {a: one}) for one, other in pairs])
    return pairs, model.fit.by_question @ rows.T


def _share(model: _Model, found: Fit, columns: Sequence[int]) -> dict[str, float | None]:
    got = share(sum_of_squares(found, columns, model.weights), model.whole)
    return dict(zip(("share", "share_low", "share_high"), got or (None, None, None), strict=True))


def _means(values: Array) -> list[dict[str, float | None]]:
    """Means of columns with their intervals. Columns are levels over all questions: not differences, but the
    same bootstrap over questions."""
    intervals = difference_intervals(values, of_unit=False)
    return [
        {
            "mean": float(values[:, i].mean()),
            "low": pair[0] if pair else None,
            "high": pair[1] if pair else None,
        }
        for i, pair in enumerate(intervals)
    ]


def _holm(p: Sequence[float | None]) -> list[float | None]:
    known = {i: value for i, value in enumerate(p) if value is not None}
    found: list[float | None] = [None] * len(p)
    if known:
        for i, value in zip(known, holm([*known.values()]), strict=True):
            found[i] = float(value)
    return found


@dataclass(frozen=True)
class _Pair:
    """Two axes fitted together beside all main effects. products: their columns that can be told from those;
    kept: which of all products these are; columns: where they stand in the fit."""

    a: int
    b: int
    fit: Fit
    products: Array
    kept: list[int]

    @property
    def columns(self) -> list[int]:
        size = self.fit.by_question.shape[1]
        return list(range(size - len(self.kept), size))


def _describe_pairs(model: _Model, table: ScoreTable) -> tuple[list[dict[str, Any]], list[str]]:
    pairs: list[_Pair] = []
    absent = []
    for a, b in combinations(range(len(model.axes)), 2):
        made = _fit_pair(model, a, b)
        if made is None:
            absent.append(_name(model, a, b))
        else:
            pairs.append(made)
    tests = [p_of_no_effect(pair.fit.by_question[:, pair.columns]) for pair in pairs]
    corrected = _holm(tests)
    along = _along_with(model, pairs)
    described = [
        _describe_pair(model, pair, p, p_holm, along[pair.a, pair.b], table.maximize)
        for pair, p, p_holm in zip(pairs, tests, corrected, strict=True)
    ]
    notes = []
    if absent:
        names = ", ".join(absent)
        notes.append(f"Cannot be told from the axes themselves in the configurations tried: {names}.")
    entangled = sum(bool(names) for names in along.values())
    if entangled:
        notes.append(
            f"{entangled} of {len(pairs)} pairs of axes go along with other pairs in the {len(model.design)} "
            "configurations tried: what one of them is said to do may be the other's doing."
        )
    return sorted(described, key=lambda one: -(one["share"] or 0.0)), notes


def _describe_pair(
    model: _Model, pair: _Pair, p: float | None, p_holm: float | None, along: list[str], maximize: bool
) -> dict[str, Any]:
    one, other = model.axes[pair.a], model.axes[pair.b]
    cells = _cells(model, pair)
    real = p_holm is not None and p_holm <= ALPHA
    sentence = ""
    if real:
        values = {key: by_question for key, (_, by_question) in cells.items()}
        sentence = pair_sentence(one, other, values, maximize)
        sentence += f" (or it is the doing of {' or '.join(along[:3])})" if along else ""
    return {
        "axes": [one.name, other.name], **_share(model, pair.fit, pair.columns), "p": p, "p_holm": p_holm,
        "real": real, "goes_along_with": along, "cells": [figure for figure, _ in cells.values()],
        "sentence": sentence,
    }  # fmt: skip


def _products(one: Array, other: Array) -> Array:
    """Every column of one times every column of the other; rows are trials, or levels."""
    return np.asarray((one[..., :, None] * other[..., None, :]).reshape(*one.shape[:-1], -1))


def _fit_pair(model: _Model, a: int, b: int) -> _Pair | None:
    products = _products(model.axes[a].design(), model.axes[b].design())
    kept = estimable(model.blocks, model.design, products)
    if not kept:
        return None
    products = products[:, kept]
    return _Pair(a, b, fit(model.blocks, np.hstack([model.design, products])), products, kept)


def _along_with(model: _Model, pairs: Sequence[_Pair]) -> dict[tuple[int, int], list[str]]:
    """In a fraction of the grid pairs go along with each other: each one's companions, by name."""
    found: dict[tuple[int, int], list[str]] = {(pair.a, pair.b): [] for pair in pairs}
    if len(model.blocks.centred) > sum(len(p.kept) for p in pairs) + model.design.shape[1]:
        every = np.hstack([model.design, *(p.products for p in pairs)])
        if len(estimable(model.blocks, every[:, :0], every)) == every.shape[1]:
            return found  # all pairs can be told apart at once, as in every full grid
    for one, other in combinations(pairs, 2):
        given = np.hstack([model.design, one.products])
        if len(estimable(model.blocks, given, other.products)) < len(other.kept):
            found[one.a, one.b].append(_name(model, other.a, other.b))
            found[other.a, other.b].append(_name(model, one.a, one.b))
    return found


def _name(model: _Model, a: int, b: int) -> str:
    return f"{model.axes[a].name} × {model.axes[b].name}"


def _cells(model: _Model, pair: _Pair) -> dict[tuple[int, int], tuple[dict[str, Any], Array]]:
    """(level of a, level of b) → its figure and its score by question; combinations that were tried only."""
    one, other = model.axes[pair.a], model.axes[pair.b]
    tried = sorted({both for both in zip(one.of_trial, other.of_trial, strict=True) if min(both) >= 0})
    rows = np.array(
        [
            np.concatenate(
                [_row(model, {pair.a: i, pair.b: j}), _products(one.code(i), other.code(j))[pair.kept]]
            )
            for i, j in tried
        ]
    )
    values = _adjusted(model, pair.fit, rows)
    return {
        (i, j): ({one.name: one.levels[i], other.name: other.levels[j], **figure}, values[:, column])
        for column, ((i, j), figure) in enumerate(zip(tried, _means(values), strict=True))
    }
