"""Selects the requests of a service that a page lists, and counts them: filters as SQL, a page at a time.
Knows nothing about passages and about what the figures of a service mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, exists, func, true
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.dialects.sql import items_of
from workbench.store.learning.raters import counts
from workbench.store.serving.records import NO_TRAFFIC, NOVELTY, Role
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow
from workbench.store.tables import RatingRow

Part = Literal["tag", "cluster", "corpus_version", "served_model"]
"""What the traffic of a service can be divided by: fields of RequestFilter."""
PAGE = 50
"""How many requests a page of a list has."""


@dataclass(frozen=True)
class RequestFilter:
    """Which requests are listed. A field that is None does not filter."""

    service_id: str
    since: float | None = None
    """Not asked before, in Unix seconds."""
    until: float | None = None
    """Asked before, in Unix seconds."""
    state: str | None = None
    """ "ok", "failed" or "cancelled"."""
    refused: bool | None = None
    """Whether the answer declines the question."""
    liked: int | None = None
    """The value of a thumb that the answer must have: 1 is up, -1 is down."""
    below: tuple[str, float] | None = None
    """(score name, bound): keeps answers whose score is below the bound."""
    above: tuple[str, float] | None = None
    """(score name, bound): keeps answers whose score is above the bound."""
    tag: str | None = None
    """A tag of the nearest question of the sweep, as the score `novelty` found it."""
    cluster: str | None = None
    """The cluster of the nearest question of the sweep, likewise."""
    holds: str | None = None
    """Text that the question must contain, upper or lower case."""
    corpus_version: str | None = None
    """Hash of the corpus's content that the answer rests on."""
    served_model: str | None = None
    """The model's name in the reply."""
    role: Role | None = None
    """The role of the answer; None for any."""
    asked_by_users: bool = False
    """Whether what is no question of a user (`NO_TRAFFIC`) is left out."""
    ids: tuple[str, ...] | None = None
    """The requests themselves, as a person chose them."""


@dataclass(frozen=True)
class ListedRequest:
    """A request as a list shows it."""

    id: str
    asked_at: float
    """Unix seconds."""
    question: str
    state: str
    refused: bool
    """Whether the answer declines the question."""
    grounding: float | None
    """None where there is none, and where it is not computed yet."""
    ups: int
    """How many thumbs went up."""
    downs: int
    """How many thumbs went down."""
    cost_usd: float | None
    """US dollars; None when a model has no price."""
    seconds: float


def count_requests(store: Store, wanted: RequestFilter) -> int:
    """How many requests match."""
    with store.read() as session:
        query = sqlalchemy_select(func.count()).select_from(ServedRequestRow)
        return int(session.execute(_where(query, wanted)).scalar_one())


def find_request_ids(store: Store, wanted: RequestFilter, *, limit: int) -> list[str]:
    """The ids of the requests that match, the newest first."""
    with store.read() as session:
        query = _newest_first(_where(sqlalchemy_select(col(ServedRequestRow.id)), wanted))
        return list(session.execute(query.limit(limit)).scalars())


def list_requests(
    store: Store, wanted: RequestFilter, *, offset: int = 0, limit: int = PAGE
) -> list[ListedRequest]:
    """The requests that match, the newest first."""
    request, score, rating = ServedRequestRow, ServedScoreRow, RatingRow
    grounding = (
        sqlalchemy_select(col(score.value))
        .where(col(score.request_id) == col(request.id), col(score.name) == "grounding")
        .scalar_subquery()
    )

    def thumbs(value: int) -> Any:
        return (
            sqlalchemy_select(func.count())
            .where(col(rating.seen) == col(request.seen), col(rating.value) == value, counts(rating.rater))
            .scalar_subquery()
        )

    query = sqlalchemy_select(
        col(request.id), col(request.asked_at), col(request.question), col(request.state),
        col(request.refused), grounding, thumbs(1), thumbs(-1), col(request.cost_usd), col(request.seconds),
    )  # fmt: skip
    query = _newest_first(_where(query, wanted)).offset(offset).limit(limit)
    with store.read() as session:
        return [ListedRequest(*row) for row in session.execute(query)]


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(col(ServedRequestRow.asked_at).desc(), col(ServedRequestRow.id))


def _where(query: Select[Any], wanted: RequestFilter) -> Select[Any]:
    request = ServedRequestRow
    query = query.where(col(request.service_id) == wanted.service_id)
    for column, value in (
        (request.state, wanted.state),
        (request.refused, wanted.refused),
        (request.corpus_version, wanted.corpus_version),
        (request.served_model, wanted.served_model),
        (request.role, wanted.role),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    if wanted.asked_by_users:
        query = query.where(col(request.role).not_in(NO_TRAFFIC))
    if wanted.since is not None:
        query = query.where(col(request.asked_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(request.asked_at) < wanted.until)
    if wanted.liked is not None:
        rated = sqlalchemy_select(col(RatingRow.seen)).where(
            col(RatingRow.value) == wanted.liked, counts(RatingRow.rater)
        )
        query = query.where(col(request.seen).in_(rated))
    if wanted.holds:
        query = query.where(col(request.question).icontains(wanted.holds, autoescape=True))
    if wanted.ids is not None:
        query = query.where(col(request.id).in_(wanted.ids))
    if wanted.below is not None:
        name, bound = wanted.below
        query = query.where(_scored(name, lambda score: col(score.value) < bound))
    if wanted.above is not None:
        name, limit = wanted.above
        query = query.where(_scored(name, lambda score: col(score.value) > limit))
    if wanted.cluster is not None:
        cluster = wanted.cluster
        query = query.where(_scored(NOVELTY, lambda s: col(s.detail)["cluster"].as_string() == cluster))
    if wanted.tag is not None:
        tag = wanted.tag
        query = query.where(_scored(NOVELTY, lambda score: _has_tag(score, tag)))
    return query


def _scored(name: str, holds: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Requests whose score of this name meets a condition.

    holds: the condition, as SQL on the score's row.
    """
    score = aliased(ServedScoreRow)
    return exists().where(
        col(score.request_id) == col(ServedRequestRow.id), col(score.name) == name, holds(score)
    )


def _has_tag(score: Any, tag: str) -> ColumnElement[bool]:
    tags = items_of(score.detail, "tags")
    return exists().where(tags.c.value == tag).correlate(score)


def find_parts(store: Store, service_id: str) -> dict[Part, list[str]]:
    """What a service's traffic can be divided by, and the parts that there are, the largest first."""
    request, nearest = ServedRequestRow, ServedScoreRow
    of_service = col(request.service_id) == service_id
    scored = (
        sqlalchemy_select()
        .select_from(request)
        .join(nearest, (col(nearest.request_id) == col(request.id)) & (col(nearest.name) == NOVELTY))
        .where(of_service)
    )
    tags = items_of(nearest.detail, "tags")
    queries: dict[Part, Select[Any]] = {
        "tag": scored.join(tags, true()).add_columns(tags.c.value.label("part")),
        "cluster": scored.add_columns(col(nearest.detail)["cluster"].as_string().label("part")),
        "corpus_version": sqlalchemy_select(col(request.corpus_version).label("part")).where(of_service),
        "served_model": sqlalchemy_select(col(request.served_model).label("part")).where(of_service),
    }
    with store.read() as session:
        found = {}
        for kind, query in queries.items():
            query = query.group_by("part").order_by(func.count().desc(), "part")
            found[kind] = [str(part) for part in session.execute(query).scalars() if part]
        return found
