"""Counts what people said about answers to certain questions, in whichever experiment.
Knows nothing about what ratings count for."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func
from sqlmodel import col, select

from workbench.corpus.types import AskedQuestion
from workbench.store.database import Store
from workbench.store.learning.raters import counts
from workbench.store.ledger import batched
from workbench.store.tables import PreferenceRow, RatingRow


def count_rated(store: Store, questions: Iterable[AskedQuestion]) -> int:
    """How many thumbs and choices that count are on answers to these questions; earlier turns are ignored."""
    found = 0
    with store.read() as session:
        for batch in batched(dict.fromkeys(question.text for question in questions)):
            for row in (RatingRow, PreferenceRow):
                condition = col(row.question).in_(batch), counts(row.rater)
                found += session.exec(select(func.count()).select_from(row).where(*condition)).one()
    return found
