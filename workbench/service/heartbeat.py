"""Says in the store, again and again, that this server is there, what it serves and what is wrong with it.
Knows nothing about what that is."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from workbench.errors import StoreError
from workbench.store.database import Store
from workbench.store.processes import this_host
from workbench.store.serving.records import Server
from workbench.store.serving.servers import beat, remove_server

BEAT_SECONDS = 5.0


class Heartbeat:
    """`run` beats until it is cancelled, then takes the server out of the store.

    services: gives the ids of what is served now, the main one first.
    problems: gives what is wrong now, in words.
    now: the time in Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        address: str,
        services: Callable[[], Sequence[str]],
        problems: Callable[[], Sequence[str]],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.id = secrets.token_hex(8)
        self._store = store
        self._address = address
        self._services = services
        self._problems = problems
        self._now = now
        self._started_at = now()
        self._lock = threading.Lock()
        self._has_left = False
        self._due = asyncio.Event()

    def beat_soon(self) -> None:
        """Say at once that something changed."""
        self._due.set()

    async def run(self) -> None:
        try:
            while True:
                await asyncio.to_thread(self._beat)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), BEAT_SECONDS)
                self._due.clear()
        finally:
            await asyncio.shield(asyncio.to_thread(self._leave))

    def _beat(self) -> None:
        with self._lock, suppress(StoreError):  # the log says that the store cannot be written
            if not self._has_left:
                beat(self._store, self._server())

    def _leave(self) -> None:
        with self._lock, suppress(StoreError):  # a beat that is under way comes first
            self._has_left = True
            remove_server(self._store, self.id)

    def _server(self) -> Server:
        return Server(
            id=self.id,
            host=this_host(),
            pid=os.getpid(),
            address=self._address,
            services=tuple(self._services()),
            started_at=self._started_at,
            seen_at=self._now(),
            problems=tuple(self._problems()),
        )
