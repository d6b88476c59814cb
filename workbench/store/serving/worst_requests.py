"""Finds the requests with the worst values of a figure, and what people said about answers.
Knows nothing about when that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func
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
    # Of equal answers the newest; a request that keeps no texts has no key of what was seen.
    same = case((values.c.seen != "", values.c.seen), else_=values.c.id)
    asked_at = values.c.asked_at
    ordered_by = values.c.grounding if figure == "ungrounded" else value
    query = sqlalchemy_select(
        values.c.id, asked_at, ordered_by.label("value"), _nth(same, asked_at.desc(), values.c.id)
    ).where(value.is_not(None))
    if figure in ("ungrounded", "refusals", "personal_data", "failures"):
        query = query.where(value > 0)
    found = query.subquery()
    lowest_first = worse == "lower" or figure == "ungrounded"
    order = found.c.value.asc() if lowest_first else found.c.value.desc()
    first = sqlalchemy_select(found.c.id).where(found.c.nth == 1)
    with store.read() as session:
        return list(session.scalars(first.order_by(order, found.c.asked_at.desc()).limit(limit)))


def _nth(same: Any, *order: Any) -> ColumnElement[int]:
    """As SQL: the place of a row among those that are the same."""
    return func.row_number().over(partition_by=same, order_by=order).label("nth")


def _find_disliked(store: Store, window: Window, limit: int) -> list[str]:
    row, thumb = ServedRequestRow, RatingRow
    asked = requests_of(
        Window(window.service_id, by=window.by, part=window.part),
        col(row.id),
        col(row.asked_at),
        col(row.seen),
    ).subquery()
    thumbs = (
        sqlalchemy_select(
            asked.c.id,
            func.max(col(thumb.created_at)).over(partition_by=asked.c.seen).label("latest"),
            _nth(asked.c.seen, asked.c.asked_at.desc(), asked.c.id),
        )
        .join(thumb, col(thumb.seen) == asked.c.seen)
        .where(
            col(thumb.value) < 0,
            col(thumb.created_at) >= window.since,
            asked.c.seen != "",
            counts(thumb.rater),
        )
        .subquery()
    )
    query = sqlalchemy_select(thumbs.c.id).where(thumbs.c.nth == 1).order_by(thumbs.c.latest.desc())
    with store.read() as session:
        return list(session.scalars(query.limit(limit)))


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
    value = col(score.value)
    shown = (
        requests_of(
            window,
            col(row.seen),
            col(thumb.value),
            value.label("grounding"),
            _nth(col(thumb.id), value.desc().nulls_last()),
        )
        .join(thumb, (col(thumb.seen) == col(row.seen)) & (col(row.seen) != ""))
        .outerjoin(score, grounding)
        .where(col(thumb.created_at) >= col(row.asked_at), counts(thumb.rater))
        .subquery()
    )
    query = sqlalchemy_select(shown.c.seen, shown.c.value, shown.c.grounding).where(shown.c.nth == 1)
    with store.read() as session:
        return [Labelled(seen, value < 0, found) for seen, value, found in session.execute(query)]
