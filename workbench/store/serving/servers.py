"""Stores which processes serve winners, and when each was last seen.
Knows nothing about the requests that they answer."""

from __future__ import annotations

import time
from dataclasses import fields

from sqlmodel import col, delete, select

from workbench.store.database import Store
from workbench.store.serving.records import Server
from workbench.store.serving.tables import ServerRow

GONE_AFTER_SECONDS = 30.0
"""A server that was not seen for so long is taken for gone."""


def _record(row: ServerRow) -> Server:
    values = {f.name: getattr(row, f.name) for f in fields(Server)}
    return Server(**values | {"services": tuple(row.services), "problems": tuple(row.problems)})


def beat(store: Store, server: Server) -> None:
    """Say that a server is there, and what is wrong with it."""
    with store.write() as session:
        values = vars(server) | {"services": list(server.services), "problems": list(server.problems)}
        session.merge(ServerRow(**values))


def remove_server(store: Store, server_id: str) -> None:
    with store.write() as session:
        session.execute(delete(ServerRow).where(col(ServerRow.id) == server_id))


def list_servers(store: Store, *, now: float | None = None) -> list[Server]:
    """The servers that are there, the newest first. One that was seen later than now was seen before the
    clock was set back; it is there again with its next heartbeat."""
    now = time.time() if now is None else now
    with store.read() as session:
        query = select(ServerRow).where(
            col(ServerRow.seen_at) >= now - GONE_AFTER_SECONDS,
            col(ServerRow.seen_at) <= now + GONE_AFTER_SECONDS,
        )
        return [_record(row) for row in session.exec(query.order_by(col(ServerRow.started_at).desc()))]
