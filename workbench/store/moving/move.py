"""Moves a store into another database: from a SQLite file to PostgreSQL, or back.
Knows nothing about how a table is copied. The store that is moved stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table as SQLTable

from workbench.errors import InputError, StoreError
from workbench.store.database import Store
from workbench.store.experiments import list_experiments
from workbench.store.moving.table_copy import (
    Copied,
    continue_numbers,
    copy_table,
    find_difference,
    sum_up,
)
from workbench.store.moving.target import finish_target, open_target
from workbench.store.processes import owner_is_gone
from workbench.store.schema import CACHES, all_tables
from workbench.store.serving.servers import list_servers
from workbench.store.sharing.participants import SILENT_SECONDS, list_participants
from workbench.store.sharing.store_name import get_store_name

NOT_MOVED = CACHES | {"worker", "request", "event", "server", "limit_share", "build", "store_name"}
"""Besides caches: what processes of the moment say of themselves and ask of each other, which is not true
elsewhere; and the store's name, which the target got first."""

OnProgress = Callable[[str, int, int], None]
"""Hears of a table, how many of its rows are done, and how many it has."""


@dataclass(frozen=True)
class Moved:
    """A finished move."""

    source: str
    """Where the store was, without a password."""
    target: str
    """Where it is now, likewise."""
    tables: dict[str, Copied]
    """By name, those that were moved."""

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.source,
            "to": self.target,
            "rows": sum(table.rows for table in self.tables.values()),
            "written": sum(table.written for table in self.tables.values()),
            "without_nul": sum(table.without_nul for table in self.tables.values()),
            "tables": {
                name: {"rows": table.rows, "written": table.written, "sums": table.sums}
                for name, table in self.tables.items()
            },
        }


def move_store(
    source: Store, address: Path | str, on_progress: OnProgress = lambda table, done, rows: None
) -> Moved:
    """Copy all of a store into the database at `address`, compare the two, and let the new one be used.

    Interrupted, it goes on when it is called again: rows that are there and equal are not written anew. Until
    the end nobody can open the new store.

    Raises InputError while a run or a server uses the source, and when the target holds anything else;
    StoreError when the two differ at the end, as when something was written to the source in the meantime.
    """
    require_idle(source)
    target = open_target(address, get_store_name(source))
    try:
        return _move(source, target, on_progress)
    finally:
        target.dispose()


def _move(source: Store, target: Store, on_progress: OnProgress) -> Moved:
    tables = [table for table in all_tables() if table.name not in NOT_MOVED]
    written = {}
    with source.read() as session:  # one view: what is written meanwhile is found by the comparison
        for table in tables:
            rows = sum_up(session, table)[0]

            def on_rows(done: int, name: str = table.name, rows: int = rows) -> None:
                on_progress(name, done, rows)

            written[table.name] = copy_table(session, target, table, on_rows)
    copied = _compare(source, target, tables, written)
    target.database.gather_statistics()  # else the first pages would wait for badly planned queries
    with target.write() as session:
        for table in tables:
            continue_numbers(session, table)
        finish_target(session)
    return Moved(source.address, target.address, copied)


def _compare(
    source: Store, target: Store, tables: list[SQLTable], written: dict[str, tuple[int, int]]
) -> dict[str, Copied]:
    """Raises StoreError when the two differ. The source is looked at anew: it may have been written to."""
    copied = {}
    with source.read() as here, target.read() as there:
        for table in tables:
            sums = sum_up(here, table)
            difference = find_difference(sums, sum_up(there, table))
            if difference is not None:
                raise StoreError(
                    f"The copy is not finished: of the table {table.name}, {source.address} and "
                    f"{target.address} hold {difference}.",
                    hint="Something writes to one of them. Stop the app and workers, then run it again.",
                )
            copied[table.name] = Copied(sums[0], *written[table.name], sums[1])
    return copied


def require_idle(store: Store) -> None:
    """Raises InputError while a run, a server or anything else that makes paid calls uses the store."""
    running = [r.id for r in list_experiments(store, archived=True) if r.state in ("running", "stopping")]
    if running:
        raise InputError(
            f"Experiment {', '.join(running)} is running: its next answers would stay behind.",
            hint="Stop it, and resume it after the move.",
            remedy=("stop", running[0]),
        )
    servers = [server.address for server in list_servers(store)]
    if servers:
        raise InputError(
            f"A server answers with this store ({', '.join(servers)}): its next requests would stay behind.",
            hint="Stop `serve`, move, and restart it with the new store.",
        )
    with store.read() as session:
        now = store.now(session)
    alive = [
        p.name
        for p in list_participants(store)
        if not owner_is_gone(p.name) and abs(now - p.beat_at) < SILENT_SECONDS
    ]
    if alive:
        raise InputError(
            f"Something makes paid calls with this store: {alive[0]}.",
            hint="Wait until it has ended, or stop it, then run it again.",
        )
