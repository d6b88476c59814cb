"""The ledger of a server: calls are looked up in the home's, and written with the log, behind the replies.
Knows nothing about making calls. A store that cannot be read or written stops no answer."""

from __future__ import annotations

import asyncio
import time

from workbench.calls.response_cache import ResponseCache
from workbench.errors import StoreError
from workbench.lru_cache import LruCache
from workbench.pipeline.asker import TypicalCall
from workbench.service.request_log import RequestLog
from workbench.store.database import Store
from workbench.store.ledger import get_call_statistics
from workbench.store.records import CallRecord

RECENT = 1_000
"""So many replies are known before they are written, and where no texts are stored."""
TYPICAL_SECONDS = 300.0
"""For so long a mean of calls is taken for the same: it sums over all of them."""
WRITTEN_SECONDS = 10.0
"""After which a call that was made is in the store."""


class ServiceLedger:
    """A Ledger (calls/ledger.py) whose calls the request log writes down.

    reuse: whether a stored reply answers an equal request.
    """

    def __init__(self, store: Store, log: RequestLog, *, reuse: bool = True) -> None:
        self._store = store
        self._log = log
        self._reuse = reuse
        self._cache = ResponseCache(store)
        self._recent: LruCache[str, CallRecord] = LruCache(RECENT)
        self._typical: dict[tuple[str, str], tuple[float, TypicalCall | None]] = {}

    async def find(self, key: str) -> CallRecord | None:
        if not self._reuse:
            return None
        if (recent := self._recent.find(key)) is not None:
            return recent
        try:
            return await self._cache.find(key)
        except StoreError:  # it is asked anew
            return None

    async def add(self, call: CallRecord) -> bool:
        if self._reuse and call.outcome == "ok" and call.text:
            self._recent.keep(call.key, call)
        if call.outcome == "ok" and (call.model_key, call.kind) not in self._typical:
            cost = None if call.cost_usd is None else call.cost_usd / call.items
            typical = TypicalCall(call.seconds / call.items, cost)  # until it is in the store
            self._typical[call.model_key, call.kind] = time.monotonic() + WRITTEN_SECONDS, typical
        self._log.add_call(call)
        return False

    async def typical_call(self, model_key: str, kind: str) -> TypicalCall | None:
        known = self._typical.get((model_key, kind))
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        try:
            past = await asyncio.to_thread(get_call_statistics, self._store, kind, model_key)
        except StoreError:
            return known[1] if known else None
        if known is not None and not past.calls:
            return known[1]  # it still waits to be written
        typical = TypicalCall(past.mean_seconds or 0.0, past.mean_cost_usd) if past.calls else None
        if typical is not None:
            self._typical[model_key, kind] = time.monotonic() + TYPICAL_SECONDS, typical
        return typical
