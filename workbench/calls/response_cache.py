"""Stored calls, looked up by their keys, many in one query.
Knows nothing about making calls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from workbench.calls.batches import Batches
from workbench.errors import ProviderError
from workbench.pipeline.asker import EmbeddedTexts, KeptVectors, Kind, Reply, RerankedTexts, TypicalCall
from workbench.pipeline.chat_request import call_key
from workbench.providers.types import ChatRequest, OnText, RerankRequest
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.ledger import find_calls
from workbench.store.records import CallRecord


class ResponseCache:
    """The successful calls of a home's ledger. Lookups that come at the same time share one query."""

    def __init__(self, store: Store) -> None:
        self._lookups: Batches[str, CallRecord | None] = Batches(partial(_find_each, store))

    async def find(self, key: str) -> CallRecord | None:
        """The successful call stored under this key. Raises StoreError."""
        return await self._lookups.do(key)


def _find_each(store: Store, keys: Sequence[str]) -> list[CallRecord | None]:
    calls = find_calls(store, keys)
    return [calls.get(key) for key in keys]


class CacheOnlyAsker:
    """An Asker that never sends a request: a call that is not stored fails with a ProviderError."""

    def __init__(self, store: Store) -> None:
        self._cache = ResponseCache(store)

    async def ask(
        self,
        model: Model,
        request: ChatRequest | RerankRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        record = await self._cache.find(call_key(model, request, repeat, kind))
        if record is None:
            raise ProviderError("This call is not stored.", kind="rejected")
        return Reply.of(record, stored=True)

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: KeptVectors | None = None
    ) -> EmbeddedTexts:
        raise ProviderError("Vectors are not stored with calls.", kind="rejected")

    async def rerank(self, model: Model, request: RerankRequest, *, kind: Kind) -> RerankedTexts:
        return RerankedTexts.of(await self.ask(model, request, kind=kind))

    async def context_window(self, model: Model) -> int | None:
        return model.context_window

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        return None
