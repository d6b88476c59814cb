"""Answers that a model's server failed to give: they are no answers, whatever was stored as their scores.
Knows nothing about why servers fail."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, exists, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from workbench.corpus.types import PROBE
from workbench.store.database import Store
from workbench.store.dialects.sql import among
from workbench.store.figures import Failures
from workbench.store.tables import AnswerRow, TrialRow

EMPTY_KIND = "empty"
"""An empty reply is the model's own answer, and a bad one: it is scored."""


def was_answered() -> ColumnElement[bool]:
    """As SQL on answers: whether the model answered, were it with nothing."""
    return (col(AnswerRow.state) == "ok") | (col(AnswerRow.error_kind) == EMPTY_KIND)


def list_failures(store: Store, experiment_id: str) -> list[Failures]:
    """The failed answers of an experiment by trial, part and kind, the most frequent kind first; probes are
    left out."""
    row, count = AnswerRow, func.count()
    columns = (col(row.trial_id), col(row.part), col(row.error_kind))
    query = (
        sqlalchemy_select(*columns, count, func.max(col(row.error)))
        .where(
            col(row.trial_id).in_(select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)),
            col(row.state) == "failed",
            col(row.part) != PROBE,
        )
        .group_by(*columns)
        .order_by(count.desc(), col(row.error_kind))
    )
    with store.read() as session:
        return [
            Failures(trial_id, part, kind or "other", int(n), error)
            for trial_id, part, kind, n, error in session.execute(query).all()
        ]


def find_failed_trials(
    store: Store, trial_ids: Collection[str], *, except_kinds: Collection[str] = ()
) -> dict[str, str]:
    """Trial id → the error of one of its failed answers, of these trials that have any.

    except_kinds: kinds of errors that do not count.
    """
    row = AnswerRow
    query = (
        sqlalchemy_select(col(row.trial_id), func.max(col(row.error)))
        .where(among(row.trial_id, trial_ids), col(row.state) == "failed")
        .where(func.coalesce(col(row.error_kind), "").not_in(except_kinds))
        .group_by(col(row.trial_id))
    )
    with store.read() as session:
        rows = session.execute(query).all()
    return {trial_id: str(error) for trial_id, error in rows}


def get_failed_shares(store: Store, trial_ids: Collection[str]) -> list[tuple[str, str, float]]:
    """(trial id, question id, share of the repeats that failed) on the search part, where any failed."""
    failed = find_failed_trials(store, trial_ids)  # usually none: then no answer is visited
    if not failed:
        return []
    row = AnswerRow
    share = func.avg(case((col(row.state) == "failed", 1.0), else_=0.0))
    query = (
        sqlalchemy_select(col(row.trial_id), col(row.question_id), share)
        .where(among(row.trial_id, failed), col(row.part) == "search")
        .group_by(col(row.trial_id), col(row.question_id))
        .having(share > 0)
    )
    with store.read() as session:
        return [(trial, question, float(mean)) for trial, question, mean in session.execute(query).all()]


def find_answered_trials(store: Store, trial_ids: Collection[str]) -> set[str]:
    """Those of these trials that have an answer."""
    row = AnswerRow
    of_trial = col(row.trial_id) == col(TrialRow.id)
    # Two look-ups per trial in the index of answers' states, instead of a visit to every answer.
    ok = exists().where(of_trial, col(row.state) == "ok")
    empty = exists().where(of_trial, col(row.state) == "failed", col(row.error_kind) == EMPTY_KIND)
    with store.read() as session:
        return set(session.scalars(select(TrialRow.id).where(among(TrialRow.id, trial_ids), ok | empty)))
