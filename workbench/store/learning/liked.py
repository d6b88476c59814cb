"""Reads what the estimates of liked shares rest on (ratings, answers, scores), and keeps the estimates.
Knows nothing about how they are made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, delete, select

from workbench.store.database import Store
from workbench.store.dialects.sql import total
from workbench.store.failed_answers import was_answered
from workbench.store.learning.raters import counts
from workbench.store.learning.tables import LeftOutRaterRow, LikedRow
from workbench.store.ledger import batched
from workbench.store.tables import (
    AnswerRow,
    PreferenceRow,
    RatingRow,
    ScoreRow,
    ScoreSummaryRow,
    TrialRow,
    TrialSummaryRow,
)

PARTS = ("search", "holdout")


@dataclass(frozen=True)
class Ratings:
    """What people said about answers of one experiment, of the raters who count."""

    thumbs: tuple[tuple[str, str, bool], ...]
    """(rater, key of what was seen, whether it is a thumb up), in the order of raters and keys."""
    choices: tuple[tuple[str, str, str, str], ...]
    """(rater, key of one side, key of the other side, choice), in the same order."""


@dataclass(frozen=True)
class AnswerLine:
    """One answer as the estimates need it."""

    id: int
    trial_id: str
    question_id: str
    seen: str
    refused: bool


def ratings_version(store: Store) -> tuple[Any, ...]:
    """What changes when a rating is given, changed or withdrawn, or a rater is left out."""
    with store.read() as session:
        return (
            *session.exec(select(func.count(), total(RatingRow.updated_at)).select_from(RatingRow)).one(),
            *session.exec(
                select(func.count(), total(PreferenceRow.updated_at)).select_from(PreferenceRow)
            ).one(),
            tuple(sorted(session.exec(select(LeftOutRaterRow.name)))),
        )


def answers_version(store: Store, experiment_id: str, *, count: bool) -> tuple[Any, ...]:
    """What changes when answers or scores of an experiment change, as far as its summaries tell.

    count: whether to count the answers, too, as summaries may lag behind while it runs.
    """
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    trial, score = TrialSummaryRow, ScoreSummaryRow
    trials = sqlalchemy_select(total(trial.answers), total(trial.failed_answers)).where(
        col(trial.trial_id).in_(of_experiment)
    )
    scores = sqlalchemy_select(func.count(), total(score.mean), total(score.count)).where(
        col(score.trial_id).in_(of_experiment)
    )
    answers = sqlalchemy_select(func.count()).where(col(AnswerRow.trial_id).in_(of_experiment))
    with store.read() as session:
        found = (*session.execute(trials).one(), *session.execute(scores).one())
        return (*found, session.execute(answers).scalar_one()) if count else tuple(found)


def find_ratings_of(store: Store, experiment_id: str) -> Ratings:
    """The thumbs on what the experiment's answers show, and the choices between two things that they show."""

    def shown(seen: Any) -> Any:
        # From the few ratings to the answers: see `count_ratings` in store/summaries.py.
        return exists(
            select(AnswerRow.id)
            .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
            .where(col(AnswerRow.seen) == col(seen), TrialRow.experiment_id == experiment_id)
        )

    rating, choice = RatingRow, PreferenceRow
    thumbs = (
        sqlalchemy_select(col(rating.rater), col(rating.seen), col(rating.value))
        .where(counts(rating.rater), shown(rating.seen))
        .order_by(col(rating.rater), col(rating.seen))
    )
    choices = (
        sqlalchemy_select(*map(col, (choice.rater, choice.first_seen, choice.second_seen, choice.choice)))
        .where(counts(choice.rater), shown(choice.first_seen), shown(choice.second_seen))
        .order_by(*map(col, (choice.rater, choice.first_seen, choice.second_seen)))
    )
    with store.read() as session:
        return Ratings(
            tuple((rater, seen, value > 0) for rater, seen, value in session.execute(thumbs).all()),
            tuple((r, a, b, c) for r, a, b, c in session.execute(choices).all()),
        )


def count_answers_by_trial(store: Store, experiment_id: str) -> dict[str, dict[str, int]]:
    """Part → trial id → how many answers there are."""
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    columns = (col(AnswerRow.part), col(AnswerRow.trial_id))
    query = (
        sqlalchemy_select(*columns, func.count())
        .where(col(AnswerRow.trial_id).in_(of_experiment), col(AnswerRow.part).in_(PARTS))
        .group_by(*columns)
    )
    found: dict[str, dict[str, int]] = {}
    with store.read() as session:
        for part, trial_id, number in session.execute(query).all():
            found.setdefault(part, {})[trial_id] = int(number)
    return found


def read_answer_lines(
    store: Store, experiment_id: str, question_ids: Collection[str] | None, seen: Collection[str]
) -> tuple[list[AnswerLine], list[tuple[int, str, float]]]:
    """(the answers of an experiment, their scores as (answer id, name, value)). Answers that a server failed
    to give are left out, and so are probes.

    question_ids: the questions to read; None for all.
    seen: what else to read: all answers that show one of these.
    """
    lines: dict[int, AnswerLine] = {}
    scores: list[tuple[int, str, float]] = []
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    row = AnswerRow
    with store.read() as session:
        if question_ids is None:
            _read_lines(session, [col(row.trial_id).in_(of_experiment)], lines, scores)
            return list(lines.values()), scores
        for batch in batched(sorted(question_ids)):
            wanted = [col(row.trial_id).in_(of_experiment), col(row.question_id).in_(batch)]
            _read_lines(session, wanted, lines, scores)
        for batch in batched(sorted(seen)):
            # By the index on what was seen: a condition on trials would have SQLite read all their answers.
            ids = sqlalchemy_select(col(row.id)).where(col(row.seen).in_(batch))
            _read_lines(session, [col(row.id).in_(ids)], lines, scores)
        trials = set(session.exec(of_experiment))
    return [line for line in lines.values() if line.trial_id in trials], scores


def _read_lines(
    session: Session,
    wanted: Sequence[Any],
    lines: dict[int, AnswerLine],
    scores: list[tuple[int, str, float]],
) -> None:
    """Add the answers that meet all conditions, with their scores, but for those that are there already."""
    row, score = AnswerRow, ScoreRow
    where = [*wanted, col(row.part).in_(PARTS), was_answered()]
    columns = map(col, (row.id, row.trial_id, row.question_id, row.seen, row.refused))
    # Plain rows: those of the ORM take three times as long, and there are hundreds of thousands.
    connection = session.connection()
    before = set(lines)
    answers: Any = sqlalchemy_select(*columns).where(*where)
    for id_, *values in connection.execute(answers):
        lines.setdefault(id_, AnswerLine(id_, *values))
    measured: Any = (
        sqlalchemy_select(col(score.answer_id), col(score.name), col(score.value))
        .join(row, col(row.id) == col(score.answer_id))
        .where(*where, col(score.status) == "ok", col(score.value).is_not(None))
    )
    for id_, name, value in connection.execute(measured):
        if id_ not in before:
            scores.append((id_, name, value))


def find_liked(store: Store, experiment_id: str) -> LikedRow | None:
    """The estimates that are kept."""
    with store.read() as session:
        row = session.get(LikedRow, experiment_id)
        if row is not None:
            session.expunge(row)
        return row


def write_liked(session: Session, experiment_id: str, basis: str, found: dict[str, Any]) -> None:
    """Keep the estimates in place of former ones."""
    session.merge(LikedRow(experiment_id=experiment_id, basis=basis, found=found))


def delete_liked(session: Session, experiment_id: str) -> None:
    """Keep no estimates, as nothing is rated any more."""
    session.execute(delete(LikedRow).where(col(LikedRow.experiment_id) == experiment_id))
