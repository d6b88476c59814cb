"""What reviewing needs of an experiment's answers: who shows what, with the scores side by side.
Knows nothing about which of them is worth a person's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.store.database import Store
from workbench.store.ledger import batched
from workbench.store.tables import AnswerRow, CallRow, PreferenceRow, RatingRow, ScoreRow


@dataclass(frozen=True)
class Reviewable:
    """One answer that can be shown. scores: by name, those that have a value."""

    answer_id: int
    trial_id: str
    question_id: str
    seen: str
    refused: bool
    text: str
    scores: dict[str, float] = field(default_factory=dict)


def find_reviewable(store: Store, trial_ids: Sequence[str], scores: Sequence[str]) -> list[Reviewable]:
    """The sound answers of these trials (first repeats), with these scores."""
    found: dict[int, Reviewable] = {}
    with store.read() as session:
        query = sqlalchemy_select(
            col(AnswerRow.id),
            col(AnswerRow.trial_id),
            col(AnswerRow.question_id),
            col(AnswerRow.seen),
            col(AnswerRow.refused),
            col(CallRow.text),
        )
        query = query.join(CallRow, col(CallRow.id) == col(AnswerRow.call_id)).where(
            col(AnswerRow.trial_id).in_(trial_ids),
            col(AnswerRow.state) == "ok",
            col(AnswerRow.repeat) == 0,
            col(AnswerRow.part).in_(("search", "holdout")),
        )
        for row in session.execute(query).all():
            found[row[0]] = Reviewable(*row)
        for batch in batched(found) if scores else ():
            values = select(ScoreRow.answer_id, ScoreRow.name, ScoreRow.value).where(
                col(ScoreRow.answer_id).in_(batch), col(ScoreRow.name).in_(scores), ScoreRow.status == "ok"
            )
            for answer_id, name, value in session.exec(values):
                if value is not None:
                    found[answer_id].scores[name] = value
    return list(found.values())


def find_rated(store: Store, rater: str) -> set[str]:
    """What this rater has given a thumb to."""
    with store.read() as session:
        return set(session.exec(select(RatingRow.seen).where(RatingRow.rater == rater)))


def find_preferred(store: Store, rater: str) -> set[tuple[str, str]]:
    """The pairs this rater has chosen between, in the order they are stored in."""
    query = select(PreferenceRow.first_seen, PreferenceRow.second_seen).where(PreferenceRow.rater == rater)
    with store.read() as session:
        return {(first, second) for first, second in session.exec(query)}
