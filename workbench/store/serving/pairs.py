"""Pairs answers of two services to the same requests, and sums how their figures differ, in SQL.
Knows nothing about which difference is good or bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Float, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.serving.records import Role
from workbench.store.serving.tables import ServedRequestRow
from workbench.store.serving.traffic import Sums, Window, values_of


@dataclass(frozen=True)
class PairSums:
    """One figure over the requests for which both services have a value."""

    first: Sums
    second: Sums
    difference: Sums
    """The second's value minus the first's."""


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
        replace(main, service_id=shadow_id, by=None, part=None),
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
