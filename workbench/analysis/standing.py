"""Where an experiment stands and how its trials rank, in the stable formats (DESIGN section 8).
Knows nothing about running anything: it reads the store."""

from __future__ import annotations

from typing import Any

from workbench.analysis.leaderboard import LeaderboardRow, rank_trials, row_to_json
from workbench.corpus.types import PROBE
from workbench.space.experiment import Objective
from workbench.store.answers import AnswerFilter, count_answers
from workbench.store.engine import Store
from workbench.store.experiments import count_trials, get_experiment, get_trials
from workbench.store.ledger import get_saved, get_spend
from workbench.store.summaries import count_ratings, get_summaries


def get_status(store: Store, experiment_id: str) -> dict[str, Any]:
    """The document of `status --json`."""
    record = get_experiment(store, experiment_id)
    spend = get_spend(store, experiment_id)
    reused, saved = get_saved(store, experiment_id)
    failed = count_answers(store, experiment_id, AnswerFilter(state="failed"))
    trials = count_trials(store, experiment_id)
    return {
        "experiment": record.id,
        "name": record.name,
        "state": record.state,
        "message": record.message,
        "trials": sum(trials.values()),
        "trials_done": trials.get("done", 0),
        "trials_dropped": trials.get("dropped", 0),
        "answers": count_answers(store, experiment_id),
        "failed_answers": failed,
        "probes": count_answers(store, experiment_id, AnswerFilter(part=PROBE)),
        "failed_probes": count_answers(store, experiment_id, AnswerFilter(part=PROBE, state="failed")),
        "calls": {"made": spend.calls, "reused": reused},
        "spent_usd": spend.spent_usd,
        "unpriced_calls": spend.unpriced,
        "saved_usd": saved,
        "budget_usd": record.budget_usd,
        "seconds": record.seconds,
        "stages": record.progress.get("stages", {}),
        "warnings": list(record.problems),
    }


def get_leaderboard(
    store: Store, experiment_id: str, objective: Objective | None = None
) -> list[LeaderboardRow]:
    """Rows in order of rank, by the experiment's objective or another."""
    record = get_experiment(store, experiment_id)
    return rank_trials(
        get_trials(store, experiment_id),
        get_summaries(store, experiment_id),
        objective or record.experiment.objective,
        count_ratings(store, experiment_id),
    )


def leaderboard_to_json(store: Store, experiment_id: str) -> dict[str, Any]:
    """The document of `leaderboard --json`."""
    record = get_experiment(store, experiment_id)
    return {
        "experiment": record.id,
        "name": record.name,
        "state": record.state,
        "objective": record.experiment.objective.model_dump(mode="json", exclude_defaults=True),
        "target": record.experiment.objective.target,
        "search": record.experiment.search.model_dump(mode="json", exclude_none=True),
        "trials": [row_to_json(row) for row in get_leaderboard(store, experiment_id)],
    }
