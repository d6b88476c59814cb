"""Stored calls, looked up many at once.
Knows nothing about making calls."""

from __future__ import annotations

import asyncio

from workbench.store.database import Store
from workbench.store.ledger import find_calls
from workbench.store.records import CallRecord


class Finder:
    """Looks calls up in the store, many at once: while one look-up runs, the next gathers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, list[asyncio.Future[CallRecord | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def find(self, key: str) -> CallRecord | None:
        """The successful call stored under this key. Raises StoreError."""
        future: asyncio.Future[CallRecord | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._look_up())
        return await future

    async def _look_up(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, {}
                await self._look_up_batch(batch)
        finally:
            self._task = None

    async def _look_up_batch(self, batch: dict[str, list[asyncio.Future[CallRecord | None]]]) -> None:
        error: Exception | None = None
        found: dict[str, CallRecord] = {}
        try:
            found = await asyncio.to_thread(find_calls, self._store, list(batch))
        except Exception as raised:  # every waiter hears of it
            error = raised
        for key, futures in batch.items():
            for future in futures:
                if future.done():
                    continue  # who waited was cancelled
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result(found.get(key))
