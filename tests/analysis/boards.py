"""Leaderboards made of a table of scores, without a store.
Knows nothing about what is tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.analysis.all_pairs import all_pairs
from workbench.analysis.leaderboard import LeaderboardRow, rank_trials, with_comparisons
from workbench.analysis.significance import ScoreTable, compare_with
from workbench.space.config import Config
from workbench.space.experiment import Objective
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval
from workbench.store.figures import Figure, Summary
from workbench.store.records import TrialRecord

CORRECTNESS = Objective(maximize="correctness")
CONFIG = Config(
    Prompt(name="p", template="{passages} {question}"),
    Retrieval(retriever="keyword"),
    Model(name="embedded/extractive"),
)


def make_trial(number: int, state: str = "done", trial_id: str | None = None) -> TrialRecord:
    id_ = trial_id or f"t{number - 1}"
    return TrialRecord(id_, "e", number, f"configuration {number}", CONFIG, state, in_final=False)


def figure(
    mean: float | None, low: float | None = None, high: float | None = None, count: int = 139
) -> Figure:
    return Figure(mean, low, high, count, 0, 0)


def summary(
    trial_id: str,
    mean: float | None,
    *,
    cost: float | None = None,
    seconds: float | None = None,
    answers: int = 139,
    failed: int = 0,
    part: str = "search",
    scores: Mapping[str, Figure] | None = None,
) -> Summary:
    own = {"correctness": figure(mean)} if mean is not None else {}
    return Summary(trial_id, part, answers, failed, cost, 100.0, seconds, seconds, {**own, **(scores or {})})


def board(
    table: ScoreTable,
    *,
    objective: Objective = CORRECTNESS,
    baseline: str = "t0",
    states: Mapping[str, str] | None = None,
    summaries: Mapping[str, Summary] | None = None,
    holdouts: Mapping[str, Summary] | None = None,
) -> list[LeaderboardRow]:
    """The rows of a table's trials t0, t1, …, compared with the leader and the baseline.

    summaries: trial id → figures that replace the means of the table.
    """
    trials = [make_trial(int(t[1:]) + 1, (states or {}).get(t, "done")) for t in table.trial_ids]
    parts: dict[str, dict[str, Summary]] = {}
    for id_, values in zip(table.trial_ids, table.values, strict=True):
        usual = summary(id_, float(np.nanmean(values))) if np.isfinite(values).any() else None
        search = (summaries or {}).get(id_) or usual
        parts[id_] = {"search": search} if search else {}
        if holdouts and id_ in holdouts:
            parts[id_]["holdout"] = holdouts[id_]
    rows = rank_trials(trials, parts, objective)
    family = all_pairs(table.values)
    comparisons = compare_with(table, baseline, "baseline", family)
    if rows[0].rank is not None:
        comparisons += compare_with(table, rows[0].trial.id, "leader", family)
    return with_comparisons(rows, comparisons, objective.target, baseline)


def table_of(rows: Sequence[Sequence[float | None]], score: str = "correctness", **more: bool) -> ScoreTable:
    """A table of trials t0, t1, … and questions q0, q1, …; None where a trial has no score."""
    values = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
    names = tuple(f"t{i}" for i in range(len(values)))
    return ScoreTable(score, names, tuple(f"q{j}" for j in range(values.shape[1])), values, **more)
