"""Stores people's thumbs: one per rater and thing seen.
Knows nothing about what ratings are used for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlmodel import col, delete, select

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.types import AskedQuestion
from workbench.fingerprint import fingerprint
from workbench.store.database import Store
from workbench.store.learning.raters import counts
from workbench.store.ledger import batched
from workbench.store.questions import history_values, read_history
from workbench.store.records import Rating
from workbench.store.tables import RatingRow


def seen_key(question: str | AskedQuestion, answer: str, passage_keys: Sequence[str]) -> str:
    """Hash what a person saw; equal in every trial and experiment that shows the same."""
    asked = AskedQuestion.of(question)
    turns = [turns_to_json(asked.history)] if asked.history else ()
    return fingerprint("seen", asked.text, answer, list(passage_keys), *turns)


def _record(row: RatingRow) -> Rating:
    return Rating(
        row.seen,
        row.rater,
        row.value,
        row.comment,
        row.question,
        row.answer,
        tuple(row.passages),
        row.updated_at,
        read_history(row.history),
        row.better_answer,
        row.stars,
        tuple(row.tags),
        row.source,
    )


def put_rating(store: Store, rating: Rating) -> None:
    """Store or change a rater's thumb. Sending the same again changes nothing."""
    with store.write() as session:
        row = session.exec(
            select(RatingRow).where(RatingRow.seen == rating.seen, RatingRow.rater == rating.rater)
        ).first()
        if row is None:
            row = RatingRow(
                seen=rating.seen,
                rater=rating.rater,
                value=rating.value,
                question=rating.question,
                answer=rating.answer,
                passages=list(rating.passages),
                tags=[],
                history=history_values(rating.history),
                created_at=rating.updated_at or time.time(),
            )
        elif _record(row) == replace(rating, updated_at=row.updated_at):
            return
        row.value, row.comment, row.updated_at = rating.value, rating.comment, time.time()
        row.better_answer, row.stars = rating.better_answer, rating.stars
        row.tags, row.source = list(rating.tags), rating.source
        session.add(row)


def withdraw_rating(store: Store, seen: str, rater: str) -> None:
    """Delete a rater's thumb on what was seen."""
    with store.write() as session:
        session.execute(delete(RatingRow).where(col(RatingRow.seen) == seen, col(RatingRow.rater) == rater))


def find_ratings(store: Store, seen: Iterable[str], rater: str | None = None) -> dict[str, list[Rating]]:
    """Key of what was seen → its ratings, oldest change first; of one rater, or of all (None)."""
    ratings: dict[str, list[Rating]] = {}
    with store.read() as session:
        for batch in batched(dict.fromkeys(seen)):
            query = select(RatingRow).where(col(RatingRow.seen).in_(batch))
            if rater is not None:
                query = query.where(RatingRow.rater == rater)
            for row in session.exec(query.order_by(col(RatingRow.updated_at))):
                ratings.setdefault(row.seen, []).append(_record(row))
    return ratings


def list_ratings(store: Store, *, counted: bool = False) -> list[Rating]:
    """List all ratings, oldest first.

    counted: only those that count, not those of raters who are left out.
    """
    query = select(RatingRow).order_by(col(RatingRow.created_at), col(RatingRow.id))
    if counted:
        query = query.where(counts(RatingRow.rater))
    with store.read() as session:
        return [_record(row) for row in session.exec(query)]
