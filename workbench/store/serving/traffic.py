"""Sums the figures of served requests by time and by part of the traffic, in SQL: no request is loaded.
Knows nothing about which figures are good or bad, nor what they are used for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Select, Subquery, case, cast, func, literal, true
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.dialects.sql import items_of, total
from workbench.store.learning.raters import counts
from workbench.store.serving.records import NO_TRAFFIC, NOVELTY
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow
from workbench.store.tables import RatingRow

By = Literal["tag", "cluster", "corpus_version", "served_model", "role"]
SCORES = ("grounding", "toxicity", "personal_data")
UNBOUNDED = ("cost_usd", "tokens", "seconds")
"""Figures without an upper bound. They are of answers that were made, not taken from the cache."""
SHARES = ("ungrounded", "refusals", "personal_data", "failures")
"""Figures that are 0 or 1 for one request."""
FIGURES = ("grounding", "toxicity", *SHARES, *UNBOUNDED)


@dataclass(frozen=True)
class Sums:
    """What a mean and its interval need."""

    count: int
    """How many requests have a value."""
    total: float
    squares: float
    """The sum of the values' squares."""


@dataclass(frozen=True)
class TrafficSums:
    """The figures of one part of the traffic in one span of time."""

    start: float
    """When the span begins, in Unix seconds."""
    part: str
    """The tag, cluster, version, model or role; "" for all of the traffic."""
    requests: int
    """All of them, also those that failed."""
    cached: int
    """How many of them were answered from the cache."""
    cost_usd: float
    """What all of them cost, as far as prices are known."""
    sums: dict[str, Sums] = field(default_factory=dict)
    """Figure → its sums, for the figures with values."""


@dataclass(frozen=True)
class Window:
    """Which requests of a service are meant."""

    service_id: str
    since: float = 0.0
    """Unix seconds."""
    until: float = math.inf
    """Unix seconds; what was asked at this moment is not in it."""
    fresh: bool = False
    """Whether answers from the cache are left out: they are copies."""
    by: By | None = None
    """What the traffic is divided by; None for not at all. A request with two tags is in both parts."""
    part: str | None = None
    """The only part that is meant, of those that `by` makes; None for all of them."""


def requests_of(window: Window, *columns: Any) -> Select[Any]:
    """A query over the requests in the window; the last column is `part`. What is no
    traffic (`NO_TRAFFIC`) is left out, unless the window is divided by role."""
    row = ServedRequestRow
    part: ColumnElement[Any] = literal("")
    query = sqlalchemy_select(*columns)
    if window.by in ("tag", "cluster"):
        novelty = aliased(ServedScoreRow)
        query = query.join(novelty, (col(novelty.request_id) == col(row.id)) & (col(novelty.name) == NOVELTY))
        if window.by == "tag":
            tags = items_of(novelty.detail, "tags")
            query, part = query.join(tags, true()), tags.c.value
        else:
            part = col(novelty.detail)["cluster"].as_string()
    elif window.by is not None:
        part = getattr(row, window.by)
    query = query.add_columns(part.label("part")).where(
        col(row.service_id) == window.service_id, col(row.asked_at) >= window.since
    )
    if window.by != "role":
        query = query.where(col(row.role).not_in(NO_TRAFFIC))
    if window.until != math.inf:
        query = query.where(col(row.asked_at) < window.until)
    if window.fresh:
        query = query.where(col(row.cached).is_(False))
    if window.by is not None:
        query = query.where(func.coalesce(part, "") != "" if window.part is None else part == window.part)
    return query


def values_of(window: Window, ungrounded_below: float, *columns: Any) -> Subquery:
    """One row per request with its value of every figure, NULL where it has none, and these columns."""
    row = ServedRequestRow
    score = {name: aliased(ServedScoreRow) for name in SCORES}
    grounding = col(score["grounding"].value)
    answered = col(row.state) == "ok"
    made = answered & col(row.cached).is_(False)
    value: dict[str, Any] = {name: col(entry.value) for name, entry in score.items()} | {
        "ungrounded": cast(grounding < ungrounded_below, Integer),
        "refusals": case((answered, cast(col(row.refused), Integer))),
        "failures": case((col(row.state) != "cancelled", cast(col(row.state) == "failed", Integer))),
        "cost_usd": case((made, col(row.cost_usd))),
        "tokens": case((made, col(row.input_tokens) + col(row.output_tokens))),
        "seconds": case((made, col(row.seconds))),
    }
    query = requests_of(window, *columns, *(value[name].label(name) for name in FIGURES))
    for name, entry in score.items():
        query = query.outerjoin(entry, (col(entry.request_id) == col(row.id)) & (col(entry.name) == name))
    return query.subquery()


def _start(time: Any, every: float | None, since: float) -> ColumnElement[Any]:
    """When the span of `every` seconds that a time is in begins; None has one span."""
    return literal(since) if every is None else cast(time / every, Integer) * every


def _sums(value: ColumnElement[Any], *, is_share: bool = False) -> tuple[ColumnElement[Any], ...]:
    """Count, sum and sum of squares, which is the sum where values are 0 or 1."""
    summed = total(value)
    return func.count(value), summed, summed if is_share else total(value * value)


def sum_traffic(
    store: Store,
    window: Window,
    *,
    every: float | None,
    ungrounded_below: float,
    scales: Mapping[str, float] | None = None,
) -> list[TrafficSums]:
    """The figures of a service by span of time and part, in order of time.

    every: seconds of a span; spans begin at its multiples. None makes one span of all.
    scales: figure → c; its values x are summed as x / (x + c), which is within [0, 1].
    """
    row, scales = ServedRequestRow, scales or {}
    extra: tuple[Any, ...] = (
        col(row.asked_at),
        cast(col(row.cached), Integer).label("cached"),
        col(row.cost_usd).label("paid"),
    )
    values = values_of(window, ungrounded_below, *extra)
    start = _start(values.c.asked_at, every, window.since).label("start")
    columns: list[ColumnElement[Any]] = [
        start, values.c.part, func.count(), func.sum(values.c.cached), total(values.c.paid)
    ]  # fmt: skip
    for name in FIGURES:
        value: ColumnElement[Any] = values.c[name]
        scaled = value * 1.0 / (value + scales[name]) if name in scales else value
        columns += _sums(scaled, is_share=name in SHARES)
    query = sqlalchemy_select(*columns).group_by(start, values.c.part).order_by(start, values.c.part)
    with store.read() as session:
        return [_traffic_sums(found) for found in session.execute(query) if found[2]]


def _traffic_sums(found: Sequence[Any]) -> TrafficSums:
    start, part, requests, cached, cost, *rest = found
    sums = {name: Sums(*rest[3 * i : 3 * i + 3]) for i, name in enumerate(FIGURES)}
    kept = {name: value for name, value in sums.items() if value.count}
    return TrafficSums(float(start), part, requests, cached, cost, kept)


def sum_dislikes(store: Store, window: Window, *, every: float | None) -> dict[tuple[float, str], Sums]:
    """(start of the span, part) → thumbs on the service's answers, 1 for one that went down.

    A thumb counts once, when it was given, however many requests got the same answer.
    """
    row, thumb = ServedRequestRow, RatingRow
    when = col(thumb.created_at)
    asked = replace(window, since=0.0, until=math.inf, fresh=False)
    answers = requests_of(asked, col(row.seen), func.min(col(row.asked_at)).label("first")).where(
        col(row.seen) != ""
    )
    seen = answers.group_by(col(row.seen), "part").subquery()
    start = _start(when, every, window.since).label("start")
    query = (
        sqlalchemy_select(start, seen.c.part, *_sums(cast(col(thumb.value) < 0, Integer), is_share=True))
        .join(seen, seen.c.seen == col(thumb.seen))
        .where(when >= window.since, when >= seen.c.first, counts(thumb.rater))
        .group_by(start, seen.c.part)
    )
    if window.until != math.inf:
        query = query.where(when < window.until)
    with store.read() as session:
        return {(float(at), part): Sums(*sums) for at, part, *sums in session.execute(query)}


def find_percentiles(
    store: Store, window: Window, shares: Sequence[float], *, every: float | None
) -> dict[tuple[float, str], tuple[float, ...]]:
    """(start of the span, part) → the seconds within which these shares of the answers came.

    Answers from the cache and requests that failed are left out.
    """
    row = ServedRequestRow
    query = requests_of(window, col(row.asked_at), col(row.seconds)).where(
        col(row.state) == "ok", col(row.cached).is_(False)
    )
    values = query.subquery()
    start = _start(values.c.asked_at, every, window.since)
    rank = func.row_number().over(partition_by=(start, values.c.part), order_by=values.c.seconds)
    count = func.count().over(partition_by=(start, values.c.part))
    ranked = sqlalchemy_select(
        start.label("start"), values.c.part, values.c.seconds, rank.label("rank"), count.label("count")
    ).subquery()
    wanted = [func.min(case((ranked.c.rank >= share * ranked.c.count, ranked.c.seconds))) for share in shares]
    grouped = sqlalchemy_select(ranked.c.start, ranked.c.part, *wanted).group_by(
        ranked.c.start, ranked.c.part
    )
    with store.read() as session:
        return {(float(at), part): tuple(found) for at, part, *found in session.execute(grouped)}


def find_scales(store: Store, window: Window, *, first: int) -> dict[str, float]:
    """Figure without an upper bound → the median of its first values; none where that is 0.

    first: how many requests are looked at.
    """
    row = ServedRequestRow
    tokens = col(row.input_tokens) + col(row.output_tokens)
    made = replace(window, fresh=True, by=None)
    query = requests_of(made, col(row.cost_usd), tokens, col(row.seconds)).where(col(row.state) == "ok")
    with store.read() as session:
        found = session.execute(query.order_by(col(row.asked_at)).limit(first)).all()
    scales = {}
    for name, values in zip(UNBOUNDED, list(zip(*found, strict=True))[: len(UNBOUNDED)], strict=False):
        known = [float(value) for value in values if value is not None]
        if known and (middle := median(known)) > 0:
            scales[name] = middle
    return scales


def find_span(store: Store, service_id: str) -> tuple[int, float | None, float | None]:
    """How many requests a service has, and when the first and the last were asked (Unix seconds)."""
    when = col(ServedRequestRow.asked_at)
    query = sqlalchemy_select(func.count(), func.min(when), func.max(when)).where(
        col(ServedRequestRow.service_id) == service_id
    )
    with store.read() as session:
        count, first, last = session.execute(query).one()
    return count, first, last
