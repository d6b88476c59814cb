"""Stores the pages' requests to the worker, the events it answers with, and which workers are alive.
Knows nothing about what a request means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, or_, select, update

from workbench.store import clock
from workbench.store.database import Store
from workbench.store.processes import process_is_gone
from workbench.store.tables import EventRow, ExperimentRow, RequestRow, WorkerRow

ALIVE_SECONDS = 10.0
"""A worker is alive when its last heartbeat is at most so old."""
FORGET_SECONDS = 24 * 3600.0
"""Requests that are older are deleted."""


@dataclass(frozen=True)
class Request:
    """A small piece of work that a page asks of the worker."""

    id: int
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One step of the worker's reply to a request."""

    id: int
    kind: str
    """The kind of event: "piece", "result" or "error"; the last two end the request."""
    payload: dict[str, Any]


@dataclass(frozen=True)
class Worker:
    """A worker process. Times are Unix seconds."""

    id: str
    host: str
    pid: int
    started_at: float
    seen_at: float
    """The time of its last heartbeat."""
    doing: str
    """The id of the experiment that it carries out; "" when it carries out none."""
    place: str | None = None
    """Where it works (`place_of`)."""


def _is_at(column: Any, place: str | None) -> list[ColumnElement[bool]]:
    """The condition that a row belongs to a place; none for None."""
    return [] if place is None else [column == place]


def add_request(store: Store, kind: str, payload: dict[str, Any], *, place: str | None = None) -> int:
    """Store a request for the worker of a place (`place_of`); returns its id."""
    with store.write() as session:
        row = RequestRow(kind=kind, payload=payload, place=place)
        session.add(row)
        session.flush()
        return int(row.id or 0)


def take_requests(store: Store, limit: int = 4, *, place: str | None = None) -> list[Request]:
    """Claim up to `limit` waiting requests, oldest first: they are marked as taken.

    place: whose requests; None for all.
    """
    waiting = (
        select(RequestRow)
        .where(RequestRow.state == "waiting", *_is_at(RequestRow.place, place))
        .order_by(col(RequestRow.id))
        .limit(limit)
    )
    with store.read() as session:
        if session.exec(waiting).first() is None:
            return []
    with store.write() as session:
        rows = list(session.exec(waiting))
        for row in rows:
            row.state = "taken"
            session.add(row)
        return [Request(int(r.id or 0), r.kind, r.payload) for r in rows]


def cancel_request(store: Store, request_id: int) -> None:
    """Cancel a request that nobody waits for any more.

    Its row stays for a day. If it were deleted, the next request could get the same id, and with it the reply
    that a worker may still write to this one.
    """
    unfinished = update(RequestRow).where(col(RequestRow.id) == request_id, col(RequestRow.state) != "done")
    with store.write() as session:
        session.execute(unfinished.values(state="cancelled"))


def stop_request(store: Store, request_id: int) -> None:
    """Have a request that takes long end early: its reply is what was made until then.

    One that no worker has taken yet is cancelled.
    """
    with store.write() as session:
        row = session.get(RequestRow, request_id)
        if row is not None and row.state in ("waiting", "taken"):
            row.state = "stopping" if row.state == "taken" else "cancelled"
            session.add(row)


def is_to_stop(store: Store, request_id: int) -> bool:
    """Whether a request was stopped or cancelled, or is not there any more."""
    with store.read() as session:
        row = session.get(RequestRow, request_id)
        return row is None or row.state in ("stopping", "cancelled")


def is_cancelled(store: Store, request_id: int) -> bool:
    """Whether no reply to a request will come: it was cancelled, or is not there any more."""
    with store.read() as session:
        row = session.get(RequestRow, request_id)
        return row is None or row.state == "cancelled"


def add_event(store: Store, request_id: int, kind: str, payload: dict[str, Any]) -> None:
    """Append an event to a request. It is discarded when the request was cancelled in the meantime."""
    with store.write() as session:
        row = session.get(RequestRow, request_id)
        if row is None or row.state == "cancelled":
            return
        session.add(EventRow(request_id=request_id, kind=kind, payload=payload))
        if kind in ("result", "error"):
            row.state = "done"
            session.add(row)


def get_events(store: Store, request_id: int, after: int = 0) -> list[Event]:
    """The events of a request in order, those with an id greater than `after`."""
    query = (
        select(EventRow)
        .where(EventRow.request_id == request_id, col(EventRow.id) > after)
        .order_by(col(EventRow.id))
    )
    with store.read() as session:
        return [Event(int(r.id or 0), r.kind, r.payload) for r in session.exec(query)]


def forget_old_requests(store: Store) -> None:
    """Delete requests that are older than a day, with their events."""
    with store.write() as session:
        session.execute(
            delete(RequestRow).where(col(RequestRow.created_at) < clock.wall_seconds() - FORGET_SECONDS)
        )


def record_heartbeat(store: Store, worker: Worker) -> None:
    """Record that a worker is alive and what it does."""
    with store.write() as session:
        row = session.get(WorkerRow, worker.id) or WorkerRow(id=worker.id, host=worker.host, pid=worker.pid)
        row.seen_at, row.doing, row.place = clock.shared_seconds(session), worker.doing, worker.place
        session.add(row)


def remove_worker(store: Store, worker_id: str) -> None:
    """Remove a worker that ends."""
    with store.write() as session:
        session.execute(delete(WorkerRow).where(col(WorkerRow.id) == worker_id))


def living_workers(store: Store, place: str | None = None) -> list[Worker]:
    """Workers with a recent heartbeat whose process still exists, as far as this host can tell.

    place: where they work; None for all.
    """
    with store.read() as session:
        # A heartbeat later than now was recorded before the clock was set back.
        now = clock.shared_seconds(session)
        lately = col(WorkerRow.seen_at).between(now - ALIVE_SECONDS, now + ALIVE_SECONDS)
        query = select(WorkerRow).where(lately, *_is_at(WorkerRow.place, place))
        rows = [
            Worker(r.id, r.host, r.pid, r.started_at, r.seen_at, r.doing, r.place)
            for r in session.exec(query)
        ]
    return [w for w in rows if not process_is_gone(w.host, w.pid)]


def has_waiting_work(store: Store, place: str | None = None) -> bool:
    """Whether a request waits or an experiment is queued; with `place`, one that belongs there."""
    with store.read() as session:
        waiting = select(RequestRow.id).where(RequestRow.state == "waiting", *_is_at(RequestRow.place, place))
        if session.exec(waiting.limit(1)).first():
            return True
        queued = select(ExperimentRow.id).where(ExperimentRow.state == "queued")
        if place is not None:  # what was queued before the store was shared belongs to all
            queued = queued.where(or_(col(ExperimentRow.place) == place, col(ExperimentRow.place).is_(None)))
        return session.exec(queued.limit(1)).first() is not None


def has_lost_requests(store: Store, place: str | None = None) -> bool:
    """Whether a worker took a request and has not ended it; where none is alive, it is lost.

    place: whose requests; None for all.
    """
    with store.read() as session:
        taken = col(RequestRow.state).in_(("taken", "stopping"))
        lost = select(RequestRow.id).where(taken, *_is_at(RequestRow.place, place)).limit(1)
        return session.exec(lost).first() is not None


def requeue_lost_requests(store: Store, place: str | None = None) -> None:
    """Put requests that a dead worker had taken back in the queue; those that were to stop are cancelled.

    place: whose requests; None for all.
    """
    with store.write() as session:
        for lost, then in (("taken", "waiting"), ("stopping", "cancelled")):
            of_place = (col(RequestRow.state) == lost, *_is_at(RequestRow.place, place))
            session.execute(update(RequestRow).where(*of_place).values(state=then))
