"""Asks a PostgreSQL server about itself: its version, how fast it answers, who is connected.
Knows nothing about any table."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from sqlmodel import Session

PINGS = 5
CONNECTED = """
    SELECT application_name || coalesce(' from ' || host(client_addr), ''), count(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True)
class ServerFacts:
    """What a server says of itself."""

    version: str
    """As it shows it, such as "15.6"."""
    latency_seconds: float
    """The median time of an empty question and its answer."""
    connected: tuple[tuple[str, int], ...]
    """(who, how many connections), of the store's database; this process is among them."""


def ask_server(session: Session) -> ServerFacts:
    """Ask the server that a session is open on."""
    connection = session.connection()
    times = []
    for _ in range(PINGS):
        began = time.perf_counter()
        connection.exec_driver_sql("SELECT 1").scalar()
        times.append(time.perf_counter() - began)
    version = str(connection.exec_driver_sql("SHOW server_version").scalar_one()).split(" ")[0]
    connected = connection.exec_driver_sql(CONNECTED)
    return ServerFacts(
        version, statistics.median(times), tuple((str(who), int(count)) for who, count in connected)
    )
