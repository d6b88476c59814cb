"""Counts served requests by a score, and finds those with the highest, as far as texts are kept.
Knows nothing about what the score measures."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Integer, case, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.questions import read_history
from workbench.store.serving.records import NO_TRAFFIC, ServedRequest
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow

UNASKED = ("shadow", *NO_TRAFFIC)
"""The roles of requests that no user asked."""


@dataclass(frozen=True)
class PeriodCount:
    """The requests of one period."""

    period: int
    """Its number, from 0."""
    requests: int
    """Those that have the score."""
    above: int
    """Those of them whose score is above the bound."""


def count_above(
    store: Store, service_id: str, score: str, bound: float, *, since: float, period_seconds: float
) -> list[PeriodCount]:
    """A service's requests since a time (Unix seconds) by period, for those with a value of this score.

    What no user asked (`UNASKED`) is left out.
    """
    row, scored = ServedRequestRow, ServedScoreRow
    period = cast((col(row.asked_at) - since) / period_seconds, Integer)
    above = func.sum(case((col(scored.value) > bound, 1), else_=0))
    query = (
        sqlalchemy_select(period.label("period"), func.count(), above)
        .join(scored, (col(scored.request_id) == col(row.id)) & (col(scored.name) == score))
        .where(
            col(row.service_id) == service_id,
            col(row.asked_at) >= since,
            col(row.role).not_in(UNASKED),
            col(scored.value).is_not(None),
        )
        .group_by("period")
        .order_by("period")
    )
    with store.read() as session:
        return [PeriodCount(int(p), int(n), int(a)) for p, n, a in session.execute(query).all()]


def find_above(
    store: Store, service_id: str, score: str, bound: float, *, since: float, limit: int
) -> list[ServedRequest]:
    """The newest requests with such a score, with their texts where these are kept; without passages and
    scores."""
    row, scored = ServedRequestRow, ServedScoreRow
    query = (
        sqlalchemy_select(*map(col, (row.id, row.asked_at, row.question, row.history)))
        .join(scored, (col(scored.request_id) == col(row.id)) & (col(scored.name) == score))
        .where(
            col(row.service_id) == service_id,
            col(row.asked_at) >= since,
            col(row.role).not_in(UNASKED),
            col(scored.value) > bound,
        )
        .order_by(col(row.asked_at).desc())
        .limit(limit)
    )
    with store.read() as session:
        return [
            ServedRequest(id_, service_id, asked_at, question, history=read_history(history))
            for id_, asked_at, question, history in session.execute(query).all()
        ]
