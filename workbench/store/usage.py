"""Finds the experiments and trials whose configurations use a prompt or a model.
Knows nothing about ranking: it returns the stored figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from workbench.parts.retrieval_settings import EMBEDDINGS
from workbench.space.prompt import Prompt
from workbench.store.database import Store
from workbench.store.figures import Figure, Summary
from workbench.store.learning.raters import counts
from workbench.store.summaries import take_passage_tokens
from workbench.store.tables import (
    AnswerRow,
    ConfigRow,
    ExperimentRow,
    RatingRow,
    ScoreSummaryRow,
    TrialRow,
    TrialSummaryRow,
)

ConfigCondition = ColumnElement[bool]
"""A condition on a configuration, as SQL."""


def _part(*path: str | int) -> ColumnElement[str]:
    value: ColumnElement[str] = col(ConfigRow.spec)[path].as_string()
    return value


def uses_prompt(prompt: Prompt) -> ConfigCondition:
    """Configurations with this prompt's texts, whatever its name: elsewhere it may go by another one."""
    same_system = func.coalesce(_part("prompt", "system"), "") == (prompt.system or "")
    return (_part("prompt", "template") == prompt.template) & same_system


def uses_model(name: str) -> ConfigCondition:
    """Configurations in which this model answers or embeds, or in which it is an end of a route."""
    ends = [(kind, place) for kind in ("cascade", "router") for place in (0, 1)]
    at_ends = [_part("route", *end, "model", "name") == name for end in ends]
    embeds = [_part("retrieval", role, "name") == name for role in EMBEDDINGS]
    return or_(_part("model", "name") == name, *embeds, *at_ends)


def count_experiments(store: Store, condition: ConfigCondition) -> int:
    """How many experiments have a configuration that meets the condition."""
    query = (
        sqlalchemy_select(func.count(col(TrialRow.experiment_id).distinct()))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(condition)
    )
    with store.read() as session:
        return int(session.execute(query).scalar_one())


def find_experiments(
    store: Store, condition: ConfigCondition, *, offset: int = 0, limit: int = 5
) -> list[str]:
    """The ids of experiments with a configuration that meets the condition, newest first."""
    query = (
        sqlalchemy_select(col(ExperimentRow.id))
        .join(TrialRow, col(TrialRow.experiment_id) == col(ExperimentRow.id))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(condition)
        .group_by(col(ExperimentRow.id))
        .order_by(col(ExperimentRow.created_at).desc())
        .offset(offset)
        .limit(limit)
    )
    with store.read() as session:
        return [str(row[0]) for row in session.execute(query).all()]


def newest_by_model(store: Store) -> dict[str, tuple[str, int]]:
    """Model name → (id of the newest experiment in which it answered or embedded, number of such ones)."""
    found: dict[str, dict[str, float]] = {}
    with store.read() as session:
        for name in (_part("model", "name"), *(_part("retrieval", role, "name") for role in EMBEDDINGS)):
            query = (
                sqlalchemy_select(name, col(ExperimentRow.id), col(ExperimentRow.created_at))
                .join(TrialRow, col(TrialRow.config_id) == col(ConfigRow.id))
                .join(ExperimentRow, col(ExperimentRow.id) == col(TrialRow.experiment_id))
                .where(name.is_not(None))
                .group_by(name, col(ExperimentRow.id), col(ExperimentRow.created_at))
            )
            for model, experiment_id, created_at in session.execute(query).all():
                found.setdefault(model, {})[experiment_id] = created_at
    return {model: (max(created, key=created.__getitem__), len(created)) for model, created in found.items()}


@dataclass(frozen=True)
class TrialFigures:
    """A trial's figures on the search part."""

    experiment_id: str
    id: str
    number: int
    state: str
    matches: bool
    """Whether its configuration meets the condition."""
    search: Summary | None
    """Its summary of the search part; None before there is one."""


def get_figures(
    store: Store, experiment_ids: Sequence[str], names: Sequence[str], condition: ConfigCondition
) -> list[TrialFigures]:
    """The figures of every trial of these experiments, whether or not it meets the condition.

    names: the scores to read.
    """
    trial, summary = TrialRow, TrialSummaryRow
    of_experiments = col(TrialRow.experiment_id).in_(experiment_ids)
    of_trial = (trial.experiment_id, trial.id, trial.number, trial.state)
    of_summary = (
        summary.answers, summary.failed_answers, summary.cost_per_1k_questions, summary.tokens_per_answer,
        summary.seconds_p50, summary.seconds_p95,
    )  # fmt: skip
    trials = (
        sqlalchemy_select(*map(col, of_trial), condition, *map(col, of_summary))
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
                experiment_id,
                id_,
                number,
                state,
                bool(matches),
                _summary(id_, summary_values, figures.get(id_, {})),
            )
            for experiment_id, id_, number, state, matches, *summary_values in session.execute(trials).all()
        ]


def _summary(trial_id: str, values: Sequence[Any], scores: dict[str, Figure]) -> Summary | None:
    """A summary from the columns of the query. They are all None for a trial without answers yet."""
    answers, failed, cost, tokens, p50, p95 = values
    if answers is None:
        return None
    passage_tokens = take_passage_tokens(scores)
    return Summary(
        trial_id, "search", answers, failed, cost, tokens, p50, p95, scores,
        passage_tokens_per_answer=passage_tokens,
    )  # fmt: skip


def count_thumbs(
    store: Store, experiment_ids: Sequence[str], condition: ConfigCondition
) -> dict[str, tuple[int, int]]:
    """Experiment id → (thumbs up, thumbs down) on the answers of configurations that meet the condition."""
    query = (
        sqlalchemy_select(
            col(TrialRow.experiment_id), col(RatingRow.value), func.count(col(RatingRow.id).distinct())
        )
        .join(AnswerRow, col(AnswerRow.seen) == col(RatingRow.seen))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(col(TrialRow.experiment_id).in_(experiment_ids), condition, counts(RatingRow.rater))
        .group_by(col(TrialRow.experiment_id), col(RatingRow.value))
    )
    thumbs: dict[str, tuple[int, int]] = {}
    with store.read() as session:
        for experiment_id, value, count in session.execute(query).all():
            up, down = thumbs.get(experiment_id, (0, 0))
            thumbs[experiment_id] = (up + count, down) if value > 0 else (up, down + count)
    return thumbs
