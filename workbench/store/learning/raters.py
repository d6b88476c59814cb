"""Keeps which raters are left out: their ratings and choices stay stored, but count nowhere.
Knows nothing about what ratings count for."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, delete, select

from workbench.store.database import Store
from workbench.store.learning.tables import LeftOutRaterRow


def left_out_raters(store: Store) -> frozenset[str]:
    """The names of the raters whose ratings and choices count nowhere."""
    with store.read() as session:
        return frozenset(session.exec(select(LeftOutRaterRow.name)))


def counts(rater: Any) -> Any:
    """Whether a rater's judgement counts, as a condition in SQL.

    rater: the column of the rater's name, such as RatingRow.rater.
    """
    return col(rater).not_in(select(LeftOutRaterRow.name))


def leave_out(store: Store, name: str) -> None:
    """Let a rater's ratings and choices count nowhere from now on. Doing so twice changes nothing."""
    with store.write() as session:
        if session.get(LeftOutRaterRow, name) is None:
            session.add(LeftOutRaterRow(name=name))


def take_back(store: Store, name: str) -> None:
    """Let the ratings and choices of a rater who was left out count again."""
    with store.write() as session:
        session.execute(delete(LeftOutRaterRow).where(col(LeftOutRaterRow.name) == name))
