"""Deletes served requests, with their scores, the thumbs on them and the replies that were stored for them.
Knows nothing about why: their time is over, or a user asked for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, update
from sqlmodel import Session, col, delete, select

from workbench.store.database import Store
from workbench.store.dialects.sql import among
from workbench.store.serving.requests import Which
from workbench.store.serving.tables import ServedRequestRow
from workbench.store.tables import AnswerRow, CallRow, RatingRow

AT_ONCE = 1_000
"""Requests that one transaction deletes, so that nobody waits long for the store."""
_QUICK: dict[str, Any] = {"synchronize_session": False}
SERVED_KINDS = ("generate", "hyde", "rewrite", "filter", "query", "rerank")
"""What the calls are for whose replies a served request may leave behind."""


def delete_requests(store: Store, which: Which) -> int:
    """Delete requests; returns how many there were. Without a condition nothing is deleted.

    A thumb goes with the last request or answer that shows what it is about.
    """
    deleted = 0
    while which.conditions and (count := _delete_some(store, and_(*which.conditions))):
        deleted += count
    return deleted


def _delete_some(store: Store, condition: ColumnElement[bool]) -> int:
    with store.write() as session:
        found = session.exec(
            select(ServedRequestRow.id, ServedRequestRow.seen).where(condition).limit(AT_ONCE)
        ).all()
        ids, seen = [id_ for id_, _ in found], {key for _, key in found if key}
        session.execute(
            delete(ServedRequestRow).where(among(ServedRequestRow.id, ids)), execution_options=_QUICK
        )
        _delete_thumbs(session, seen)
        return len(ids)


def _delete_thumbs(session: Session, seen: Collection[str]) -> None:
    """Delete the thumbs on what was seen where nothing shows it any more."""
    key = col(RatingRow.seen)
    answered = exists().where(col(AnswerRow.seen) == key)
    served = exists().where(col(ServedRequestRow.seen) == key)
    session.execute(
        delete(RatingRow).where(among(RatingRow.seen, seen), not_(answered), not_(served)),
        execution_options=_QUICK,
    )


def clear_replies(store: Store, before: float) -> int:
    """Delete the texts of replies that no experiment made or shows and that are older than a time (Unix
    seconds); returns how many. Cost and tokens stay in the ledger, as after `clean`."""
    shown = exists().where(col(AnswerRow.call_id) == col(CallRow.id))
    old = and_(
        col(CallRow.experiment_id).is_(None),
        col(CallRow.outcome).in_(("ok", "duplicate")),
        col(CallRow.kind).in_(SERVED_KINDS),
        col(CallRow.created_at) < before,
        not_(shown),
    )
    values = {"text": "", "thinking": "", "passages": None, "outcome": "cleared"}
    with store.write() as session:
        result = session.execute(update(CallRow).where(old).values(**values), execution_options=_QUICK)
        return int(result.rowcount)  # type: ignore[attr-defined]
