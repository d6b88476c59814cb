"""Stored calls, looked up many at once.
Knows nothing about making calls."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.calls.batches import Batches
from workbench.errors import ProviderError
from workbench.pipeline.asker import EmbeddedTexts, Kind, OnText, Reply, TypicalCall
from workbench.pipeline.chat_request import call_key
from workbench.providers.types import ChatRequest
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.ledger import find_calls
from workbench.store.records import CallRecord

CallLookup = Batches[str, CallRecord | None]


def open_lookup(store: Store) -> CallLookup:
    """Finds the successful call stored under a key. Raises StoreError."""

    def find_each(keys: Sequence[str]) -> list[CallRecord | None]:
        found = find_calls(store, keys)
        return [found.get(key) for key in keys]

    return Batches(find_each)


class StoredCalls:
    """An Asker that asks nobody: what is not stored fails."""

    def __init__(self, store: Store) -> None:
        self._lookup = open_lookup(store)

    async def ask(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        record = await self._lookup.do(call_key(model, request, repeat, kind))
        if record is None:
            raise ProviderError("This call is not stored.", kind="rejected")
        return Reply.of(record, stored=True)

    async def embed(self, model: Model, texts: Sequence[str], *, kind: Kind) -> EmbeddedTexts:
        raise ProviderError("Vectors are not stored with calls.", kind="rejected")

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        return None
