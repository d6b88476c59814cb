"""Reads questions × configurations by a score or a cost: counts, tallies, and all of it as numbers.
Knows nothing about pages, nor about how the store reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.analysis.comparison_words import comparison_to_json
from workbench.corpus.conversation import write_turns
from workbench.parts.registry import score_entry
from workbench.results.measured import find_liked
from workbench.scoring.support import SUPPORTED
from workbench.space.experiment import COST_MEASURES, LIKED, Objective
from workbench.store import matrix as stored
from workbench.store.comparisons import get_comparisons
from workbench.store.database import Store
from workbench.store.matrix_types import Column, MatrixFilter, Scale, Show


@dataclass(frozen=True)
class Matrix:
    """What some trials scored, by question: the figures around the table of questions."""

    scale: Scale
    columns: dict[str, Column]
    """Trial id → its figures over all questions, whatever the filter; every trial is there."""
    counts: dict[Show, int]
    """Filter → how many questions it shows, under the tag and words of the present one."""


def scale_of(objective: Objective, score: str) -> Scale:
    """Return how values of a score or cost are read.

    Nothing is right or wrong by a cost, by a score whose single values say little, and by a score that the
    objective wants the other way round.
    """
    more = objective.wants_more(score)
    right_from = None
    if score not in COST_MEASURES:
        entry = score_entry(score)
        if entry.good_from is not None and entry.higher_is_better == more:
            right_from = entry.good_from if more else 1.0 - entry.good_from
    return Scale(score, 1 if more else -1, right_from, SUPPORTED)


def get_matrix(
    store: Store, experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter
) -> Matrix:
    """Return the figures of trials, of which the first is the one that the others are compared with."""
    columns = stored.get_columns(store, trial_ids, scale)
    if scale.name == LIKED:
        columns = _with_estimates(store, experiment_id, columns)
    counts = stored.count_questions(store, experiment_id, trial_ids, scale, wanted)
    return Matrix(scale, {t: columns.get(t, Column()) for t in trial_ids}, counts)


def _with_estimates(store: Store, experiment_id: str, columns: Mapping[str, Column]) -> dict[str, Column]:
    """The columns with the estimated shares as their means: few answers are rated, and not at random."""
    estimates = find_liked(store, experiment_id)
    means = {trial: estimates.of(trial) if estimates else None for trial in columns}
    return {t: replace(column, mean=m.mean if (m := means[t]) else None) for t, column in columns.items()}


def find_tests(
    store: Store, experiment_id: str, score: str, trial_ids: Sequence[str], *, called: str
) -> list[dict[str, Any]] | None:
    """Return the comparison of each trial with the first, as in `compare --json`; None if one is not stored.

    These are the leaderboard's own, with its leader and with the baseline. Others are computed on demand.

    called: what to call the first trial in words.
    """
    first, *others = trial_ids
    if score == LIKED:
        return _tests_by_liked(store, experiment_id, others, first, called)
    found = {
        c.trial_id: c
        for c in get_comparisons(store, experiment_id, score)
        if c.other_id == first and c.kind in ("leader", "baseline")
    }
    if any(trial not in found for trial in others):
        return None
    return [{"trial": trial, **(comparison_to_json(found[trial], called) or {})} for trial in others]


def _tests_by_liked(
    store: Store, experiment_id: str, trial_ids: Sequence[str], first: str, called: str
) -> list[dict[str, Any]]:
    """The same by the share of liked answers; none where nobody has rated one."""
    if find_liked(store, experiment_id) is None:
        return []
    from workbench.results.liked_comparisons import compare_pairs_by_liked

    comparisons = compare_pairs_by_liked(store, experiment_id, trial_ids, first)
    return [{"trial": c.trial_id, **(comparison_to_json(c, called) or {})} for c in comparisons]


def matrix_table(
    store: Store, experiment_id: str, names: Mapping[str, str], scale: Scale, wanted: MatrixFilter
) -> tuple[list[str], list[list[object]]]:
    """Return the head and the lines of all questions that match: numbers, and None where there is none.

    Earlier turns of follow-up questions come last, if there are any.

    names: trial id → the name above its column.
    """
    rows = stored.find_rows(store, experiment_id, list(names), scale, wanted, limit=None)
    lines: list[list[object]] = [
        [
            r.question_id,
            r.text,
            ", ".join(r.tags),
            *(r.cells[t].value if t in r.cells else None for t in names),
        ]
        for r in rows
    ]
    head = ["id", "question", "tags", *(f"{scale.name}: {name}" for name in names.values())]
    if any(r.history for r in rows):
        return [*head, "history"], [
            [*line, write_turns(r.history)] for line, r in zip(lines, rows, strict=True)
        ]
    return head, lines
