"""Finds the requests with the worst values of a figure, and what people said about answers.
Knows nothing about when that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import case, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.learning.raters import counts
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow
from workbench.store.serving.traffic import Window, requests_of, values_of
from workbench.store.tables import RatingRow


def find_worst(
    store: Store,
    window: Window,
    figure: str,
    worse: Literal["lower", "higher"],
    *,
    ungrounded_below: float,
    limit: int = 10,
) -> list[str]:
    """The ids of the requests with the worst values, worst first, then newest; equal answers once."""
    row = ServedRequestRow
    if figure == "dislikes":
        return _find_disliked(store, window, limit)
    values = values_of(window, ungrounded_below, col(row.id), col(row.asked_at), col(row.seen))
    value = values.c[figure]
    order = value.asc() if worse == "lower" else value.desc()
    if figure == "ungrounded":
        order = values.c.grounding.asc()
    # Of equal answers the newest; a request that keeps no texts has no key of what was seen.
    same = case((values.c.seen != "", values.c.seen), else_=values.c.id)
    query = sqlalchemy_select(values.c.id, func.max(values.c.asked_at).label("asked_at")).where(
        value.is_not(None)
    )
    if figure in ("ungrounded", "refusals", "personal_data", "failures"):
        query = query.where(value > 0)
    query = query.group_by(same).order_by(order, values.c.asked_at.desc()).limit(limit)
    with store.read() as session:
        return list(session.scalars(query))


def _find_disliked(store: Store, window: Window, limit: int) -> list[str]:
    row, thumb = ServedRequestRow, RatingRow
    asked = requests_of(
        Window(window.service_id, by=window.by, part=window.part),
        col(row.id),
        col(row.asked_at),
        col(row.seen),
    ).subquery()
    query = (
        sqlalchemy_select(asked.c.id, func.max(asked.c.asked_at))
        .join(thumb, col(thumb.seen) == asked.c.seen)
        .where(
            col(thumb.value) < 0,
            col(thumb.created_at) >= window.since,
            asked.c.seen != "",
            counts(thumb.rater),
        )
        .group_by(asked.c.seen)
        .order_by(func.max(col(thumb.created_at)).desc())
        .limit(limit)
    )
    with store.read() as session:
        return list(session.scalars(query))


@dataclass(frozen=True)
class Labelled:
    """A thumb on an answer that was served."""

    seen: str
    """Hash of what was seen."""
    disliked: bool
    grounding: float | None
    """The answer's grounding; None where it has none, as a refusal."""


def list_thumbs(store: Store, window: Window) -> list[Labelled]:
    """The thumbs on what a service answered in a time, one per rater and thing seen."""
    row, thumb, score = ServedRequestRow, RatingRow, aliased(ServedScoreRow)
    grounding = (col(score.request_id) == col(row.id)) & (col(score.name) == "grounding")
    query = (
        requests_of(window, col(row.seen), col(thumb.value), func.max(col(score.value)))
        .join(thumb, (col(thumb.seen) == col(row.seen)) & (col(row.seen) != ""))
        .outerjoin(score, grounding)
        .where(col(thumb.created_at) >= col(row.asked_at), counts(thumb.rater))
        .group_by(col(thumb.id))
    )
    with store.read() as session:
        return [Labelled(seen, value < 0, found) for seen, value, found, _ in session.execute(query)]
