"""Reads what ranks an experiment's trials and nothing else, for what every page shows.
Knows nothing about ranking: it returns the stored figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.figures import Figure, Summary
from workbench.store.summaries import take_passage_tokens
from workbench.store.tables import CallRow, ScoreSummaryRow, TrialRow, TrialSummaryRow


@dataclass(frozen=True)
class Standing:
    """A trial with the figures that rank it."""

    id: str
    number: int
    """Its number in the experiment, from 1."""
    name: str
    """Its short name."""
    state: str
    """The state of the trial: "queued", "running", "done" or "dropped"."""
    search: Summary
    """Its figures on the selection questions, with means alone and only of the scores that were asked for."""


def get_standings(store: Store, experiment_id: str, scores: Sequence[str]) -> list[Standing]:
    """The trials of an experiment that have answers, ordered by number, with their means of these scores."""
    trial, summary, score = TrialRow, TrialSummaryRow, ScoreSummaryRow
    columns = (
        trial.id, trial.number, trial.name, trial.state, summary.answers, summary.failed_answers,
        summary.cost_per_1k_questions, summary.tokens_per_answer, summary.seconds_p50, summary.seconds_p95,
    )  # fmt: skip
    trials = (
        sqlalchemy_select(*map(col, columns))
        .join(summary, (col(summary.trial_id) == col(trial.id)) & (col(summary.part) == "search"))
        .where(col(trial.experiment_id) == experiment_id)
        .order_by(col(trial.number))
    )
    means = (
        sqlalchemy_select(*map(col, (score.trial_id, score.name, score.mean, score.count)))
        .join(trial, col(trial.id) == col(score.trial_id))
        .where(col(trial.experiment_id) == experiment_id, col(score.part) == "search")
        .where(col(score.name).in_(scores))
    )
    figures: dict[str, dict[str, Figure]] = {}
    with store.read() as session:
        for trial_id, name, mean, count in session.execute(means).all():
            figures.setdefault(trial_id, {})[name] = Figure(mean, None, None, count, 0, 0)
        rows = session.execute(trials).all()
    passage_tokens = {id_: take_passage_tokens(scores) for id_, scores in figures.items()}
    return [
        Standing(
            id_, number, name, state,
            Summary(
                id_, "search", answers, failed, cost, tokens, p50, p95, figures.get(id_, {}),
                passage_tokens_per_answer=passage_tokens.get(id_),
            ),
        )
        for id_, number, name, state, answers, failed, cost, tokens, p50, p95 in rows
    ]  # fmt: skip


def get_spent(store: Store, experiment_id: str) -> float:
    """The US dollars that an experiment has spent."""
    query = sqlalchemy_select(func.sum(CallRow.cost_usd)).where(col(CallRow.experiment_id) == experiment_id)
    with store.read() as session:
        return float(session.execute(query).scalar() or 0.0)
