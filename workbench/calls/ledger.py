"""Where the Caller writes calls down and looks for stored ones: a home's ledger, or this process's memory.
Knows nothing about making calls."""

from __future__ import annotations

import asyncio
from typing import Protocol

from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.response_cache import ResponseCache
from workbench.pipeline.asker import TypicalCall
from workbench.store.database import Store
from workbench.store.ledger import get_call_statistics
from workbench.store.records import CallRecord


class Ledger(Protocol):
    async def find(self, key: str) -> CallRecord | None:
        """The successful call stored under this key. Raises StoreError."""
        ...

    async def add(self, call: CallRecord) -> bool:
        """Keep a call. True when a success was stored under its key already: that one stands. Raises
        StoreError."""
        ...

    async def typical_call(self, model_key: str, kind: str) -> TypicalCall | None:
        """The mean of one kind of call to a model; None when there were none. Raises StoreError."""
        ...


class StoreLedger:
    """The ledger of a home. Calls are written by `writer`, which must be running."""

    def __init__(self, store: Store, writer: GroupCommitWriter) -> None:
        self._store = store
        self._cache = ResponseCache(store)
        self._writer = writer

    async def find(self, key: str) -> CallRecord | None:
        return await self._cache.find(key)

    async def add(self, call: CallRecord) -> bool:
        return await self._writer.add_call(call)

    async def typical_call(self, model_key: str, kind: str) -> TypicalCall | None:
        past = await asyncio.to_thread(get_call_statistics, self._store, kind, model_key)
        return TypicalCall(past.mean_seconds or 0.0, past.mean_cost_usd) if past.calls else None


class MemoryLedger:
    """For a winner where there is no home: calls are known until the process ends."""

    def __init__(self) -> None:
        self._calls: list[CallRecord] = []
        self._by_key: dict[str, CallRecord] = {}

    async def find(self, key: str) -> CallRecord | None:
        return self._by_key.get(key)

    async def add(self, call: CallRecord) -> bool:
        self._calls.append(call)
        return call.outcome == "ok" and self._by_key.setdefault(call.key, call) is not call

    async def typical_call(self, model_key: str, kind: str) -> TypicalCall | None:
        calls = [c for c in self._calls if (c.model_key, c.kind, c.outcome) == (model_key, kind, "ok")]
        items = sum(call.items for call in calls)
        if not items:
            return None
        costs = [call.cost_usd for call in calls if call.cost_usd is not None]
        return TypicalCall(sum(c.seconds for c in calls) / items, sum(costs) / items if costs else None)
