"""Pairs answers of two services to the same requests, and sums how their figures differ, in SQL.
Knows nothing about which difference is good or bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Float, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.serving.records import Role
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow
from workbench.store.serving.traffic import Sums, Window, values_of


@dataclass(frozen=True)
class PairSums:
    """One figure over the requests for which both services have a value."""

    first: Sums
    second: Sums
    difference: Sums
    """The second's value minus the first's."""


@dataclass(frozen=True)
class PairedAnswer:
    """One of two answers to the same request."""

    grounding: float | None
    """None where it has none."""
    refused: bool
    """Whether it declines the question."""
    cached: bool
    """Whether its reply was there already, so that it cost nothing."""
    flags: tuple[str, ...]
    cost_usd: float | None
    """US dollars of new calls; None when a model has no price."""
    tokens: int
    """Input and output tokens."""


@dataclass(frozen=True)
class AnswerPair:
    """The answers of two services to one request."""

    question: str
    """ "" where texts are not kept."""
    first: PairedAnswer
    second: PairedAnswer
    """The shadow's."""


def find_roles(store: Store, service_id: str) -> dict[Role, float]:
    """The roles in which a service answered, and when it first did, in Unix seconds."""
    request = ServedRequestRow
    query = (
        sqlalchemy_select(col(request.role), func.min(col(request.asked_at)))
        .where(col(request.service_id) == service_id)
        .group_by(col(request.role))
    )
    with store.read() as session:
        return {role: float(at) for role, at in session.execute(query)}


def sum_pairs(
    store: Store, main: Window, shadow_id: str, ungrounded_below: float, figures: Sequence[str]
) -> dict[str, PairSums]:
    """Figure → its sums over the requests in the window that `shadow_id` answered in the shadow."""
    request = ServedRequestRow
    first = values_of(main, ungrounded_below, col(request.id).label("id"))
    second = values_of(
        # A shadow whose reply was stored already says what it would have said; it only cost nothing.
        replace(main, service_id=shadow_id, fresh=False, by=None, part=None),
        ungrounded_below,
        col(request.shadow_of).label("id"),
    )
    columns: list[Any] = []
    for name in figures:
        one, other = cast(first.c[name], Float), cast(second.c[name], Float)
        both = one + other  # NULL unless both have a value
        for value in (one + 0 * both, other + 0 * both, other - one):
            columns += [func.count(value), func.sum(value), func.sum(value * value)]
    query = sqlalchemy_select(*columns).join(second, second.c.id == first.c.id)
    with store.read() as session:
        found = session.execute(query).one()
    sums = [Sums(*found[i : i + 3]) for i in range(0, len(found), 3)]
    return {name: PairSums(*sums[3 * i : 3 * i + 3]) for i, name in enumerate(figures) if sums[3 * i].count}


def find_pairs(store: Store, main: Window, shadow_id: str, *, most: int) -> list[AnswerPair]:
    """The pairs of answers, in the order in which they were asked, without their texts.

    most: of more pairs, the newest are taken.
    """
    first, second = aliased(ServedRequestRow), aliased(ServedRequestRow)
    query = sqlalchemy_select(col(first.question))
    for row in (first, second):
        score = aliased(ServedScoreRow)
        value = (
            sqlalchemy_select(col(score.value))
            .where(col(score.request_id) == col(row.id), col(score.name) == "grounding")
            .scalar_subquery()
        )
        tokens = col(row.input_tokens) + col(row.output_tokens)
        query = query.add_columns(
            value, col(row.refused), col(row.cached), col(row.flags), col(row.cost_usd), tokens
        )
    query = (
        query.join(second, col(second.shadow_of) == col(first.id))
        .where(col(first.service_id) == main.service_id, col(second.service_id) == shadow_id)
        .where(col(first.asked_at) >= main.since, col(first.state) == "ok", col(second.state) == "ok")
        .order_by(col(first.asked_at).desc())
        .limit(most)
    )
    if main.fresh:
        query = query.where(col(first.cached).is_(False))
    with store.read() as session:
        found = session.execute(query).all()
    return [AnswerPair(row[0], _paired(row[1:7]), _paired(row[7:13])) for row in reversed(found)]


def _paired(values: Sequence[Any]) -> PairedAnswer:
    grounding, refused, cached, flags, cost, tokens = values
    return PairedAnswer(grounding, refused, cached, tuple(flags), cost, tokens)
