"""Writes an experiment's leaderboard as the document of `leaderboard --json` (docs/design.md).
Knows nothing about how it is printed or drawn."""

from __future__ import annotations

from typing import Any

from workbench.analysis.leaderboard_json import row_to_json
from workbench.analysis.liked.figures import estimates_to_json
from workbench.analysis.verdict import verdict_to_json
from workbench.corpus.question_sources import Source
from workbench.results.by_source import find_source_rankings, read_figures_of
from workbench.results.drafting_models import warn_of_drafting_models
from workbench.results.optimised_prompts import find_optimised_prompts
from workbench.results.served import describe_served
from workbench.results.sources import count_drafts, count_experiment_sources
from workbench.results.status import Figures, get_judging, judge, rank, read_figures
from workbench.results.told_apart import find_told_apart_questions
from workbench.results.trained_on import describe_trained_on
from workbench.space.experiment import Objective
from workbench.store.database import Store
from workbench.store.experiments import get_experiment


def leaderboard_to_json(
    store: Store, experiment_id: str, objective: Objective | None = None, source: Source | None = None
) -> dict[str, Any]:
    """The document of `leaderboard --json`.

    objective: what ranks; None means the experiment's.
    source: whose questions alone the figures rest on, computed from stored answers; None means all questions.
    """
    from workbench.results.liked import read_liked

    objective = objective or get_experiment(store, experiment_id).experiment.objective
    read_liked(store, experiment_id)  # so that all that follows rests on the present ratings
    if source is None:
        figures = read_figures(store, experiment_id)
    else:
        figures = read_figures_of(store, experiment_id, source, objective)
    told_apart = find_told_apart_questions(store, experiment_id, objective)
    return board_to_json(store, figures, objective) | {
        "by_source": _sources_to_json(store, experiment_id, objective),
        "told_apart": None if told_apart is None else told_apart.to_json(),
        "optimised_prompts": [one.to_json() for one in find_optimised_prompts(store, experiment_id)],
    }


def board_to_json(store: Store, figures: Figures, objective: Objective) -> dict[str, Any]:
    """That document as far as it rests on figures that were read already."""
    record = get_experiment(store, figures.experiment_id)
    rows = rank(store, figures, objective)
    leader = rows[0].trial.id if rows and rows[0].rank is not None else None
    judging, warnings = get_judging(store, record.id)
    warnings = [
        *describe_served(store, record.id),
        *describe_trained_on(store, record.id),
        *warn_of_drafting_models(store, record.id),
        *warnings,
    ]
    return {
        "experiment": record.id,
        "name": record.name,
        "state": record.state,
        "judging": judging,
        "warnings": warnings,
        "objective": objective.model_dump(mode="json", exclude_defaults=True),
        "target": objective.target,
        "liked": None if figures.liked is None else estimates_to_json(figures.liked),
        "search": record.experiment.search.model_dump(mode="json", exclude_none=True),
        "source": figures.source,
        "questions": figures.questions,
        "groups": figures.groups,
        "verdict": verdict_to_json(judge(store, figures, rows, objective)),
        "leader": leader,
        "baseline": figures.baseline,
        "tied_with_leader": sum(row.tied for row in rows),
        "trials": [row_to_json(row) for row in rows],
    }


def _sources_to_json(store: Store, experiment_id: str, objective: Objective) -> dict[str, Any]:
    drafts, questions = count_drafts(store, experiment_id)
    rankings = find_source_rankings(store, experiment_id, objective)
    return {
        "questions": questions,
        "unreviewed": drafts,
        "sources": count_experiment_sources(store, experiment_id),
        "rankings": None if rankings is None else rankings.to_json(),
    }
