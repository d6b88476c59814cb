"""Stores people's thumbs: one per rater and thing seen.
Knows nothing about what ratings are used for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from sqlmodel import col, delete, select

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.types import AskedQuestion
from workbench.fingerprint import fingerprint
from workbench.store.database import Store
from workbench.store.dialects.sql import among
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


def rating_of_row(row: RatingRow) -> Rating:
    """The rating that a row holds."""
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
            row = _new_row(rating, rating.updated_at or time.time())
        elif rating_of_row(row) == replace(rating, updated_at=row.updated_at):
            return
        _fill(row, rating, time.time())
        session.add(row)


def _new_row(rating: Rating, created_at: float) -> RatingRow:
    return RatingRow(
        seen=rating.seen,
        rater=rating.rater,
        value=rating.value,
        question=rating.question,
        answer=rating.answer,
        passages=list(rating.passages),
        tags=[],
        history=history_values(rating.history),
        created_at=created_at,
    )


def _fill(row: RatingRow, rating: Rating, updated_at: float) -> None:
    row.value, row.comment, row.updated_at = rating.value, rating.comment, updated_at
    row.better_answer, row.stars = rating.better_answer, rating.stars
    row.tags, row.source = list(rating.tags), rating.source


Outcome = Literal["new", "same", "changed", "older"]


def put_ratings(store: Store, ratings: Sequence[Rating], *, dry_run: bool = False) -> list[Outcome]:
    """Store ratings that were given elsewhere, as of the time that each has. Returns what became of each:
    "new", "same" as what is stored, "changed", or "older" than what the rater said here, which stays.

    dry_run: store nothing; what is returned is the same.
    """
    outcomes: list[Outcome] = []
    for batch in batched(ratings):
        with store.read() if dry_run else store.write() as session:
            query = select(RatingRow).where(among(RatingRow.seen, {rating.seen for rating in batch}))
            stored = {(row.seen, row.rater): row for row in session.exec(query)}
            if dry_run:
                session.expunge_all()
            for rating in batch:
                row = stored.get((rating.seen, rating.rater))
                outcome = _compare(row, rating)
                outcomes.append(outcome)
                if outcome in ("same", "older"):
                    continue
                if row is None:
                    row = stored[rating.seen, rating.rater] = _new_row(rating, rating.updated_at)
                _fill(row, rating, rating.updated_at)
                if not dry_run:
                    session.add(row)
    return outcomes


def _compare(row: RatingRow | None, rating: Rating) -> Outcome:
    if row is None:
        return "new"
    if _said(rating_of_row(row)) == _said(rating):
        return "same"
    return "older" if rating.updated_at < row.updated_at else "changed"


def _said(rating: Rating) -> Rating:
    """What it says, whenever and wherever it was said."""
    return replace(rating, updated_at=0.0, source="", passages=())


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
                ratings.setdefault(row.seen, []).append(rating_of_row(row))
    return ratings


def list_ratings(store: Store, *, counted: bool = False) -> list[Rating]:
    """List all ratings, oldest first.

    counted: only those that count, not those of raters who are left out.
    """
    query = select(RatingRow).order_by(col(RatingRow.created_at), col(RatingRow.id))
    if counted:
        query = query.where(counts(RatingRow.rater))
    with store.read() as session:
        return [rating_of_row(row) for row in session.exec(query)]
