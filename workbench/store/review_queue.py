"""Reads the answers that people can review, with their scores, and what a rater has reviewed already.
Knows nothing about which answer is worth a person's time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.store.call_texts import answer_columns, read_answer
from workbench.store.database import Store
from workbench.store.ledger import batched
from workbench.store.tables import AnswerRow, CallRow, PreferenceRow, RatingRow, ScoreRow, TrialRow


@dataclass(frozen=True)
class Reviewable:
    """An answer that can be shown to a person."""

    answer_id: int
    trial_id: str
    question_id: str
    seen: str
    """Hash of what a person sees (`seen_key`)."""
    refused: bool
    """Whether it declines the question."""
    text: str
    scores: dict[str, float] = field(default_factory=dict)
    """Score name → value, for the scores that have one."""


def find_reviewable(store: Store, trial_ids: Sequence[str], scores: Sequence[str]) -> list[Reviewable]:
    """The answers of these trials that did not fail, first repeats only, with these scores."""
    answers: dict[int, Reviewable] = {}
    with store.read() as session:
        query = sqlalchemy_select(
            col(AnswerRow.id),
            col(AnswerRow.trial_id),
            col(AnswerRow.question_id),
            col(AnswerRow.seen),
            col(AnswerRow.refused),
            *answer_columns(),
        )
        query = query.join(CallRow, col(CallRow.id) == col(AnswerRow.call_id)).where(
            col(AnswerRow.trial_id).in_(trial_ids),
            col(AnswerRow.state) == "ok",
            col(AnswerRow.repeat) == 0,
            col(AnswerRow.part).in_(("search", "holdout")),
        )
        for answer_id, trial, question, seen, refused, text, is_old in session.execute(query).all():
            answer = read_answer(text, is_old)
            answers[answer_id] = Reviewable(answer_id, trial, question, seen, refused, answer)
        for batch in batched(answers) if scores else ():
            values = select(ScoreRow.answer_id, ScoreRow.name, ScoreRow.value).where(
                col(ScoreRow.answer_id).in_(batch), col(ScoreRow.name).in_(scores), ScoreRow.status == "ok"
            )
            for answer_id, name, value in session.exec(values):
                if value is not None:
                    answers[answer_id].scores[name] = value
    return list(answers.values())


@dataclass(frozen=True)
class ShownSeen:
    """An answer of an experiment that shows something."""

    answer_id: int
    question_id: str
    text: str


def find_shown_seen(store: Store, experiment_id: str, seen: Iterable[str]) -> dict[str, ShownSeen]:
    """What was seen → the first answer of the experiment that shows it; what none shows is left out."""
    first: Any = (
        sqlalchemy_select(col(AnswerRow.seen).label("seen"), func.min(col(AnswerRow.id)).label("id"))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id, col(AnswerRow.state) == "ok")
        .group_by(col(AnswerRow.seen))
    )
    shown: dict[str, ShownSeen] = {}
    with store.read() as session:
        for batch in batched(dict.fromkeys(seen)):
            ids = first.where(col(AnswerRow.seen).in_(batch)).subquery()
            query: Any = (
                sqlalchemy_select(
                    ids.c.seen, col(AnswerRow.id), col(AnswerRow.question_id), *answer_columns()
                )
                .join(AnswerRow, col(AnswerRow.id) == ids.c.id)
                .join(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
            )
            for key, answer_id, question_id, text, is_old in session.execute(query):
                shown[key] = ShownSeen(answer_id, question_id, read_answer(text, is_old))
    return shown


def find_rated(store: Store, rater: str) -> set[str]:
    """The `seen` keys that this rater has given a thumb."""
    with store.read() as session:
        return set(session.exec(select(RatingRow.seen).where(RatingRow.rater == rater)))


def find_preferred(store: Store, rater: str) -> set[tuple[str, str]]:
    """The pairs of `seen` keys that this rater has chosen between, each in the order of storage."""
    query = select(PreferenceRow.first_seen, PreferenceRow.second_seen).where(PreferenceRow.rater == rater)
    with store.read() as session:
        return {(first, second) for first, second in session.exec(query)}
