"""Computes an experiment's figures over the questions of one source, and how sources rank configurations.
Knows nothing about pages and commands, which choose the source."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from workbench.analysis.leaderboard import is_ranked, order_trials
from workbench.analysis.rankings import compare_rankings
from workbench.analysis.significance import ScoreTable, compare_pair, compare_with
from workbench.analysis.source_rankings import Pick, SourceRankings
from workbench.analysis.summaries import summarise
from workbench.corpus.clusters import count_groups
from workbench.corpus.question_sources import SOURCES, Source, is_from
from workbench.errors import InputError
from workbench.results.kept import Kept
from workbench.results.status import Figures, rank, read_figures
from workbench.results.summarise import read_table
from workbench.space.experiment import LIKED, Objective
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.figures import Comparison, Summary
from workbench.store.questions import get_clusters, get_question_headers
from workbench.store.records import QuestionHeader, TrialRecord
from workbench.store.summaries import get_answer_figures, get_repeated_answers, get_score_figures
from workbench.store.trials import get_trials

_kept: Kept[SourceRankings | None] = Kept(most=20)


def read_figures_of(
    store: Store, experiment_id: str, source: Source, objective: Objective | None = None
) -> Figures:
    """The figures over the questions of one source, with comparisons by an objective; nothing is stored.

    Ratings are those of all answers. Why answers failed and what is wrong with replies is left out.

    objective: None means the experiment's.
    Raises InputError when no question of the experiment is from there.
    """
    headers = get_question_headers(store, experiment_id)
    ids = _ids_from(headers, source)
    if not ids:
        there = [s for s in SOURCES if _ids_from(headers, s)]
        raise InputError(
            f"Experiment {experiment_id} has no questions of the source {source!r}.",
            hint=f"It has: {', '.join(there)}.",
        )
    figures = read_figures(store, experiment_id)
    objective = objective or figures.objective
    _require_values_by_question(objective)
    questions, groups = _count(headers, ids)
    figures = replace(
        figures, summaries=_summaries(store, figures.trials, ids), failures={}, source=source, comparisons=(),
        questions=questions, groups=groups,
    )  # fmt: skip
    rows = rank(store, figures, objective)
    table = _of_questions(read_table(store, experiment_id, objective.target), ids)
    comparisons: list[Comparison] = []
    if rows and rows[0].rank is not None:
        comparisons += compare_with(table, rows[0].trial.id, "leader", table.family)
    if figures.baseline is not None:
        comparisons += compare_with(table, figures.baseline, "baseline", table.family)
    return replace(figures, comparisons=comparisons)


def _require_values_by_question(objective: Objective) -> None:
    """Raise InputError for an objective that names `liked`: it is estimated over all questions together."""
    if LIKED in objective.names:
        raise InputError(
            "Share liked is estimated over all questions together, not for those of one source.",
            hint="Choose all questions, or another objective.",
        )


def _ids_from(questions: Sequence[QuestionHeader], source: Source) -> set[str]:
    return {q.id for q in questions if is_from(q.source, source)}


def _count(questions: Sequence[QuestionHeader], ids: Collection[str]) -> tuple[int, int | None]:
    """(selection questions among these, groups that they fall into, or None where each stands alone)."""
    clusters = [q.cluster for q in questions if q.id in ids and q.part == "search"]
    return len(clusters), count_groups(clusters)


def _summaries(
    store: Store, trials: Sequence[TrialRecord], ids: Collection[str], names: Sequence[str] | None = None
) -> dict[str, dict[str, Summary]]:
    """Trial id → part → its figures on these questions, with all scores or those named."""
    summaries, clusters = {}, get_clusters(store, trials[0].experiment_id) if trials else {}
    for trial in trials:
        answers = [a for a in get_answer_figures(store, trial.id) if a.question_id in ids]
        scores = [s for s in get_score_figures(store, trial.id, names) if s.question_id in ids]
        repeated = get_repeated_answers(store, trial.id) if any(a.repeat for a in answers) else []
        repeated = [a for a in repeated if a.question_id in ids]
        summaries[trial.id] = {s.part: s for s in summarise(trial.id, answers, scores, repeated, clusters)}
    return summaries


def _of_questions(table: ScoreTable, ids: Collection[str]) -> ScoreTable:
    """A table's columns of these questions."""
    places = [i for i, question in enumerate(table.question_ids) if question in ids]
    return replace(
        table,
        question_ids=tuple(table.question_ids[i] for i in places),
        values=table.values[:, places],
    )


def figures_to_json(figures: Figures) -> dict[str, Any]:
    """What `read_figures_of` computed, as JSON: the summaries and the comparisons."""
    return {
        "summaries": {
            trial: {part: asdict(summary) for part, summary in parts.items()}
            for trial, parts in figures.summaries.items()
        },
        "comparisons": [asdict(c) for c in figures.comparisons or ()],
        "questions": figures.questions,
        "groups": figures.groups,
    }


def figures_from_json(figures: Figures, source: Source, data: dict[str, Any]) -> Figures:
    """The figures over the questions of one source, from what `figures_to_json` gave.

    figures: those over all questions.
    """
    summaries = {
        trial: {part: Summary.from_json(summary) for part, summary in parts.items()}
        for trial, parts in data["summaries"].items()
    }
    comparisons = [Comparison(**c) for c in data["comparisons"]]
    return replace(
        figures, summaries=summaries, failures={}, source=source, comparisons=comparisons,
        questions=data["questions"], groups=data["groups"],
    )  # fmt: skip


def find_source_rankings(
    store: Store, experiment_id: str, objective: Objective | None = None
) -> SourceRankings | None:
    """How drafted and people's questions rank the configurations.

    None where no question is drafted, or all are, and for an objective that names `liked`, which is not
    estimated by question. Where people wrote none, imported questions stand for them.

    objective: None means the experiment's.
    """
    record = get_experiment(store, experiment_id)
    objective = objective or record.experiment.objective
    if LIKED in objective.names:
        return None
    searched = [q for q in get_question_headers(store, experiment_id) if q.part == "search"]
    drafted, people = _ids_from(searched, "drafted"), _ids_from(searched, "person")
    other: Source = "person" if people else "import"
    others = people or _ids_from(searched, "import")
    if not drafted or not others:
        return None
    return _kept.get(
        store, record, objective.model_dump_json(),
        lambda: _compare_sources(store, record.id, objective, searched, drafted, others, other),
    )  # fmt: skip


def _compare_sources(
    store: Store,
    experiment_id: str,
    objective: Objective,
    questions: Sequence[QuestionHeader],
    drafted: set[str],
    others: set[str],
    other: Source,
) -> SourceRankings:
    trials = [t for t in get_trials(store, experiment_id) if t.state != "dropped"]
    table = read_table(store, experiment_id, objective.target)
    table = _of_trials(_of_questions(table, drafted | others), {t.id for t in trials})
    cluster_of = {q.id: q.cluster for q in questions}
    agreement = compare_rankings(
        table, [q in drafted for q in table.question_ids], [cluster_of[q] for q in table.question_ids]
    )
    picks = [_pick(store, trials, ids, objective) for ids in (drafted, others)]
    loss = None
    if picks[0] is not None and picks[1] is not None and picks[0] != picks[1]:
        loss = compare_pair(_of_questions(table, others), picks[0].trial_id, picks[1].trial_id)
    return SourceRankings(
        len(drafted), len(others), other, len(table.trial_ids), agreement, picks[0], picks[1], loss
    )


def _of_trials(table: ScoreTable, ids: Collection[str]) -> ScoreTable:
    """A table's rows of these trials, as far as they have a value."""
    places = [
        i for i, trial in enumerate(table.trial_ids) if trial in ids and np.isfinite(table.values[i]).any()
    ]
    return replace(table, trial_ids=tuple(table.trial_ids[i] for i in places), values=table.values[places])


def _pick(
    store: Store, trials: Sequence[TrialRecord], ids: Collection[str], objective: Objective
) -> Pick | None:
    """The trial that a leaderboard over these questions puts first."""
    parts = _summaries(store, trials, ids, objective.names)
    searched = {trial: of_part.get("search") for trial, of_part in parts.items()}
    first = next(iter(order_trials(trials, searched, objective)), None)
    if first is None or not is_ranked(first, searched.get(first.id), objective):
        return None
    return Pick(first.id, first.name)
