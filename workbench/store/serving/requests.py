"""Stores the requests that services answered, with their passages and scores.
Knows nothing about how they were answered or what their figures mean."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, func, update
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, select

from workbench.store.answers import add_rankings, find_passages
from workbench.store.database import Store
from workbench.store.dialects.inserts import put
from workbench.store.dialects.sql import among
from workbench.store.ledger import batched
from workbench.store.questions import history_values, read_history
from workbench.store.serving.records import ServedRequest, ServedScore
from workbench.store.serving.tables import ServedRequestRow, ServedScoreRow
from workbench.store.tables import sql_table

_OWN = {"passages", "scores", "history", "flags"}
_PLAIN = tuple(f.name for f in fields(ServedRequest) if f.name not in _OWN)


_REQUESTS, _SCORES = sql_table(ServedRequestRow), sql_table(ServedScoreRow)


def add_requests(session: Session, requests: Sequence[ServedRequest]) -> None:
    """Store requests with their passages and their scores; one that is stored already is replaced."""
    if not requests:
        return
    add_rankings(session, [], list({p.key: p for r in requests for p in r.passages}.values()))
    put(session, _REQUESTS, [_values(request) for request in requests])
    _put_scores(session, [(request.id, score) for request in requests for score in request.scores])


def _values(request: ServedRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in _PLAIN} | {
        "history": history_values(request.history),
        "flags": list(request.flags),
        "passages": [passage.key for passage in request.passages],
    }


def put_scores(
    session: Session,
    request_id: str,
    scores: Iterable[ServedScore],
    *,
    refused: bool | None = None,
    versions: str = "",
    now: float | None = None,
) -> None:
    """Store the scores of a request and when they were computed.

    refused: whether the answer declines the question; None keeps what is stored.
    versions: of the scores, as in ServedRequest.
    """
    values: dict[str, Any] = {"scored_at": time.time() if now is None else now, "score_versions": versions}
    if refused is not None:
        values["refused"] = refused
    table = sql_table(ServedRequestRow)
    changed = session.execute(update(table).where(table.c.id == request_id).values(**values))
    if changed.rowcount:  # type: ignore[attr-defined]  # else it was deleted meanwhile: its time was over
        _put_scores(session, [(request_id, score) for score in scores])


def _put_scores(session: Session, scores: Sequence[tuple[str, ServedScore]]) -> None:
    put(session, _SCORES, [{"request_id": id_, **vars(score)} for id_, score in scores])


def find_stored(store: Store, ids: Iterable[str]) -> set[str]:
    """Which of these ids are those of stored requests."""
    with store.read() as session:
        return {
            stored
            for batch in batched(dict.fromkeys(ids))
            for stored in session.exec(select(ServedRequestRow.id).where(col(ServedRequestRow.id).in_(batch)))
        }


def find_requests(store: Store, ids: Iterable[str]) -> dict[str, ServedRequest]:
    """Id → request with passages and scores, for those that are stored."""
    rows: dict[str, ServedRequestRow] = {}
    scores: dict[str, list[ServedScore]] = {}
    with store.read() as session:
        for batch in batched(dict.fromkeys(ids)):
            for row in session.exec(select(ServedRequestRow).where(col(ServedRequestRow.id).in_(batch))):
                rows[row.id] = row
            found = select(ServedScoreRow).where(col(ServedScoreRow.request_id).in_(batch))
            for score in session.exec(found.order_by(ServedScoreRow.name)):
                kept = ServedScore(score.name, score.value, score.status, score.reason, score.detail)
                scores.setdefault(score.request_id, []).append(kept)
    passages = find_passages(store, {key for row in rows.values() for key in row.passages})
    return {
        row.id: ServedRequest(
            **{name: getattr(row, name) for name in _PLAIN},
            history=read_history(row.history),
            flags=tuple(row.flags),
            passages=tuple(passages[key] for key in row.passages if key in passages),
            scores=tuple(scores.get(row.id, ())),
        )
        for row in rows.values()
    }


def find_requests_seen(store: Store, seen: Iterable[str]) -> dict[str, ServedRequest]:
    """Hash of what a user saw → the first request that showed it, for those that are stored."""
    ids: dict[str, str] = {}
    row = ServedRequestRow
    with store.read() as session:
        for batch in batched(dict.fromkeys(seen)):
            query = (
                select(row.seen, row.id).where(col(row.seen).in_(batch)).order_by(col(row.asked_at), row.id)
            )
            for key, request_id in session.exec(query):
                ids.setdefault(key, request_id)
    found = find_requests(store, ids.values())
    return {key: found[request_id] for key, request_id in ids.items() if request_id in found}


@dataclass(frozen=True)
class Which:
    """Which requests: those that meet every condition. None means no condition."""

    ids: Collection[str] | None = None
    """These, and their shadows."""
    service_id: str | None = None
    user: str | None = None
    """The hash of the user's key."""
    since: float | None = None
    """Asked then or later, in Unix seconds."""
    before: float | None = None
    """Asked before, in Unix seconds."""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        row = ServedRequestRow
        made: list[ColumnElement[bool]] = []
        if self.ids is not None:
            made.append(among(row.id, self.ids) | among(row.shadow_of, self.ids))
        if self.service_id is not None:
            made.append(col(row.service_id) == self.service_id)
        if self.user is not None:
            made.append(col(row.user) == self.user)
        if self.since is not None:
            made.append(col(row.asked_at) >= self.since)
        if self.before is not None:
            made.append(col(row.asked_at) < self.before)
        return made


EVERY = Which()


def count_requests(store: Store, which: Which = EVERY) -> int:
    query = sqlalchemy_select(func.count()).select_from(ServedRequestRow).where(*which.conditions)
    with store.read() as session:
        return int(session.execute(query).scalar_one())


def list_requests(
    store: Store, which: Which = EVERY, *, limit: int = 20, offset: int = 0
) -> list[ServedRequest]:
    """The newest first, with passages and scores."""
    asked = col(ServedRequestRow.asked_at).desc()
    query = select(ServedRequestRow.id).where(*which.conditions).order_by(asked, col(ServedRequestRow.id))
    with store.read() as session:
        ids = list(session.exec(query.limit(limit).offset(offset)))
    found = find_requests(store, ids)
    return [found[id_] for id_ in ids if id_ in found]


def find_unscored(store: Store, *, older_than: float, now: float, most: int) -> list[ServedRequest]:
    """Answered requests with texts and without scores, which were asked before a time, in Unix seconds; not
    the tasks of chat programs, which get none.

    now: what was asked later than this came before the clock was set back, and counts as old.
    """
    asked_at = col(ServedRequestRow.asked_at)
    query = select(ServedRequestRow.id).where(
        col(ServedRequestRow.scored_at).is_(None),
        ServedRequestRow.state == "ok",
        ServedRequestRow.role != "task",
        ServedRequestRow.texts != "none",
        (asked_at < older_than) | (asked_at > now),
    )
    with store.read() as session:
        ids = list(session.exec(query.limit(most)))
    return list(find_requests(store, ids).values())
