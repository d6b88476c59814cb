"""Where prompts and models were used: experiments and trials by what their configurations hold.
Knows nothing about ranking: it gives the stored figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from workbench.space.prompt import Prompt
from workbench.store.database import Store
from workbench.store.figures import Figure, Summary
from workbench.store.tables import (
    AnswerRow,
    ConfigRow,
    ExperimentRow,
    RatingRow,
    ScoreSummaryRow,
    TrialRow,
    TrialSummaryRow,
)

# What a configuration must hold to count.
Holds = ColumnElement[bool]


def _part(*path: str) -> ColumnElement[str]:
    found: ColumnElement[str] = col(ConfigRow.spec)[path].as_string()
    return found


def holds_prompt(prompt: Prompt) -> Holds:
    """Its texts, whatever the name: the same configuration may go by another one elsewhere."""
    same_system = func.coalesce(_part("prompt", "system"), "") == (prompt.system or "")
    return (_part("prompt", "template") == prompt.template) & same_system


def holds_model(name: str) -> Holds:
    """As what answers, or as what embeds."""
    return (_part("model", "name") == name) | (_part("retrieval", "embedding", "name") == name)


def count_experiments(store: Store, holds: Holds) -> int:
    query = (
        sqlalchemy_select(func.count(col(TrialRow.experiment_id).distinct()))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(holds)
    )
    with store.read() as session:
        return int(session.execute(query).scalar_one())


def find_experiments(store: Store, holds: Holds, *, offset: int = 0, limit: int = 5) -> list[str]:
    """Ids of the experiments with such a configuration, newest first."""
    query = (
        sqlalchemy_select(col(ExperimentRow.id))
        .join(TrialRow, col(TrialRow.experiment_id) == col(ExperimentRow.id))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(holds)
        .group_by(col(ExperimentRow.id))
        .order_by(col(ExperimentRow.created_at).desc())
        .offset(offset)
        .limit(limit)
    )
    with store.read() as session:
        return [str(row[0]) for row in session.execute(query).all()]


def newest_by_model(store: Store) -> dict[str, tuple[str, int]]:
    """Name of a model that answered or embedded → (the newest experiment it was in, in how many it was)."""
    found: dict[str, tuple[str, int]] = {}
    with store.read() as session:
        for name in (_part("model", "name"), _part("retrieval", "embedding", "name")):
            query = (
                sqlalchemy_select(name, col(ExperimentRow.id))
                .join(TrialRow, col(TrialRow.config_id) == col(ConfigRow.id))
                .join(ExperimentRow, col(ExperimentRow.id) == col(TrialRow.experiment_id))
                .where(name.is_not(None))
                .group_by(name, col(ExperimentRow.id), col(ExperimentRow.created_at))
                .order_by(col(ExperimentRow.created_at).desc())
            )
            for model, experiment_id in session.execute(query).all():
                newest, count = found.get(model, (experiment_id, 0))
                found[model] = (newest, count + 1)
    return found


@dataclass(frozen=True)
class TrialFigures:
    """A trial's figures on the search part and whether it is one of those asked for."""

    experiment_id: str
    id: str
    number: int
    state: str
    holds: bool
    search: Summary | None


def get_figures(
    store: Store, experiment_ids: Sequence[str], names: Sequence[str], holds: Holds
) -> list[TrialFigures]:
    """Every trial of these experiments, with these scores of its stored summary."""
    trial, summary = TrialRow, TrialSummaryRow
    of_experiments = col(TrialRow.experiment_id).in_(experiment_ids)
    of_trial = (trial.experiment_id, trial.id, trial.number, trial.state)
    of_summary = (
        summary.answers, summary.failed_answers, summary.cost_per_1k_questions, summary.tokens_per_answer,
        summary.seconds_p50, summary.seconds_p95,
    )  # fmt: skip
    trials = (
        sqlalchemy_select(*map(col, of_trial), holds, *map(col, of_summary))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .outerjoin(summary, (col(summary.trial_id) == col(TrialRow.id)) & (col(summary.part) == "search"))
        .where(of_experiments)
    )
    row = ScoreSummaryRow
    columns = (row.trial_id, row.name, row.mean, row.low, row.high, row.count, row.failed, row.not_applicable)
    scores = (
        sqlalchemy_select(*map(col, columns))
        .join(TrialRow, col(TrialRow.id) == col(row.trial_id))
        .where(of_experiments, col(row.part) == "search", col(row.name).in_(names))
    )
    with store.read() as session:
        figures: dict[str, dict[str, Figure]] = {}
        for trial_id, name, *values in session.execute(scores).all():
            figures.setdefault(trial_id, {})[name] = Figure(*values)
        return [
            TrialFigures(
                experiment_id, id_, number, state, bool(held), _summary(id_, own, figures.get(id_, {}))
            )
            for experiment_id, id_, number, state, held, *own in session.execute(trials).all()
        ]


def _summary(trial_id: str, own: Sequence[Any], scores: dict[str, Figure]) -> Summary | None:
    """own: as the query has them; all None for a trial without answers yet."""
    answers, failed, cost, tokens, half, most = own
    if answers is None:
        return None
    return Summary(trial_id, "search", answers, failed, cost, tokens, half, most, scores)


def count_thumbs(store: Store, experiment_ids: Sequence[str], holds: Holds) -> dict[str, tuple[int, int]]:
    """Experiment id → (thumbs up, down) on what the answers of such configurations show."""
    query = (
        sqlalchemy_select(
            col(TrialRow.experiment_id), col(RatingRow.value), func.count(col(RatingRow.id).distinct())
        )
        .join(AnswerRow, col(AnswerRow.seen) == col(RatingRow.seen))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(col(TrialRow.experiment_id).in_(experiment_ids), holds)
        .group_by(col(TrialRow.experiment_id), col(RatingRow.value))
    )
    found: dict[str, tuple[int, int]] = {}
    with store.read() as session:
        for experiment_id, value, count in session.execute(query).all():
            up, down = found.get(experiment_id, (0, 0))
            found[experiment_id] = (up + count, down) if value > 0 else (up, down + count)
    return found
