"""Reads the answers that people can review, with their scores, and what a rater has reviewed already.
Knows nothing about which answer is worth a person's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.store.call_texts import answer_columns, read_answer
from workbench.store.database import Store
from workbench.store.ledger import batched
from workbench.store.tables import AnswerRow, CallRow, PreferenceRow, RatingRow, ScoreRow


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


def find_rated(store: Store, rater: str) -> set[str]:
    """The `seen` keys that this rater has given a thumb."""
    with store.read() as session:
        return set(session.exec(select(RatingRow.seen).where(RatingRow.rater == rater)))


def find_preferred(store: Store, rater: str) -> set[tuple[str, str]]:
    """The pairs of `seen` keys that this rater has chosen between, each in the order of storage."""
    query = select(PreferenceRow.first_seen, PreferenceRow.second_seen).where(PreferenceRow.rater == rater)
    with store.read() as session:
        return {(first, second) for first, second in session.exec(query)}
