"""Stores which processes serve winners, and when each was last seen.
Knows nothing about the requests that they answer."""

from __future__ import annotations

import time
from dataclasses import fields

from sqlmodel import col, delete, select

from workbench.store.database import Store
from workbench.store.processes import process_is_gone
from workbench.store.serving.records import Server
from workbench.store.serving.tables import ServerRow

GONE_AFTER_SECONDS = 30.0
"""A server that was not seen for so long is taken for gone."""
FORGOTTEN_AFTER_SECONDS = 86_400.0


def _record(row: ServerRow) -> Server:
    values = {f.name: getattr(row, f.name) for f in fields(Server)}
    return Server(**values | {"services": tuple(row.services), "problems": tuple(row.problems)})


def beat(store: Store, server: Server) -> None:
    """Say that a server is there, and what is wrong with it. Those not seen for a day are removed."""
    with store.write() as session:
        forgotten = col(ServerRow.seen_at) < server.seen_at - FORGOTTEN_AFTER_SECONDS
        session.execute(delete(ServerRow).where(forgotten))
        values = vars(server) | {"services": list(server.services), "problems": list(server.problems)}
        session.merge(ServerRow(**values))


def remove_server(store: Store, server_id: str) -> None:
    with store.write() as session:
        session.execute(delete(ServerRow).where(col(ServerRow.id) == server_id))


def list_servers(store: Store, *, now: float | None = None) -> list[Server]:
    """The servers that are there, the newest first. One that was seen later than now was seen before the
    clock was set back; it is there again with its next heartbeat. One that was killed is gone at once, where
    its process can be looked for."""
    now = time.time() if now is None else now
    with store.read() as session:
        query = select(ServerRow).where(
            col(ServerRow.seen_at) >= now - GONE_AFTER_SECONDS,
            col(ServerRow.seen_at) <= now + GONE_AFTER_SECONDS,
        )
        rows = session.exec(query.order_by(col(ServerRow.started_at).desc()))
        return [_record(row) for row in rows if not process_is_gone(row.host, row.pid)]
