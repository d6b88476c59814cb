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
            *session.exec(
                select(func.count(), func.total(RatingRow.updated_at)).select_from(RatingRow)
            ).one(),
            *session.exec(
                select(func.count(), func.total(PreferenceRow.updated_at)).select_from(PreferenceRow)
            ).one(),
            tuple(sorted(session.exec(select(LeftOutRaterRow.name)))),
        )


def answers_version(store: Store, experiment_id: str, *, count: bool) -> tuple[Any, ...]:
    """What changes when answers or scores of an experiment change, as far as its summaries tell.

    count: whether to count the answers, too, as summaries may lag behind while it runs.
    """
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    trial, score = TrialSummaryRow, ScoreSummaryRow
    trials = sqlalchemy_select(func.total(trial.answers), func.total(trial.failed_answers)).where(
        col(trial.trial_id).in_(of_experiment)
    )
    scores = sqlalchemy_select(func.count(), func.total(score.mean), func.total(score.count)).where(
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


def find_questions_of_seen(store: Store, experiment_id: str, seen: Collection[str]) -> set[str]:
    """The questions to which the experiment's answers show one of these."""
    questions: set[str] = set()
    with store.read() as session:
        for batch in batched(sorted(seen)):
            questions.update(
                session.exec(
                    select(AnswerRow.question_id)
                    .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
                    .where(col(AnswerRow.seen).in_(batch), TrialRow.experiment_id == experiment_id)
                    .distinct()
                )
            )
    return questions


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
    store: Store, trial_ids: Sequence[str], question_ids: Collection[str] | None
) -> tuple[list[AnswerLine], list[tuple[int, str, float]]]:
    """(the answers of these trials, their scores as (answer id, name, value)). Answers that a server
    failed to give are left out, and so are probes.

    question_ids: the questions to read; None for all.
    """
    row, score = AnswerRow, ScoreRow
    lines: list[AnswerLine] = []
    scores: list[tuple[int, str, float]] = []
    with store.read() as session:
        for trials in batched(trial_ids, 200):
            for questions in [None] if question_ids is None else batched(sorted(question_ids)):
                where = [col(row.trial_id).in_(trials), col(row.part).in_(PARTS), was_answered()]
                if questions is not None:
                    where.append(col(row.question_id).in_(questions))
                columns = (row.id, row.trial_id, row.question_id, row.seen, row.refused)
                query = sqlalchemy_select(*map(col, columns)).where(*where)
                lines += [AnswerLine(*values) for values in session.execute(query).all()]
                measured = (
                    sqlalchemy_select(col(score.answer_id), col(score.name), col(score.value))
                    .join(row, col(row.id) == col(score.answer_id))
                    .where(*where, col(score.status) == "ok", col(score.value).is_not(None))
                )
                scores += [(id_, name, value) for id_, name, value in session.execute(measured).all()]
    return lines, scores


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
