"""Says in the store, again and again, that this server is there, what it serves and what is wrong with it.
Knows nothing about what that is."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from workbench.errors import StoreError
from workbench.store.database import Store
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

    async def run(self) -> None:
        try:
            while True:
                with suppress(StoreError):  # the log says that the store cannot be written
                    await asyncio.to_thread(beat, self._store, self._server())
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            with suppress(StoreError):
                await asyncio.shield(asyncio.to_thread(remove_server, self._store, self.id))

    def _server(self) -> Server:
        return Server(
            id=self.id,
            host=platform.node(),
            pid=os.getpid(),
            address=self._address,
            services=tuple(self._services()),
            started_at=self._started_at,
            seen_at=self._now(),
            problems=tuple(self._problems()),
        )
