"""Asks models: each exact request once, within limits and budget, into the ledger.
Knows nothing about prompts, retrieval or scores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from workbench.engine.budget import Budget
from workbench.engine.preparation import Prices
from workbench.engine.writer import Writer
from workbench.errors import ProviderError, Stopped
from workbench.fingerprint import fingerprint
from workbench.pipeline.generation import call_key
from workbench.providers.limits import DEAD_KINDS, HOPELESS_KINDS, ProviderLimits
from workbench.providers.retrying import call_with_retries
from workbench.providers.types import (
    ChatModel,
    ChatReply,
    ChatRequest,
    EmbeddingModel,
    Usage,
    Vectors,
)
from workbench.space.model import Model
from workbench.store.engine import Store
from workbench.store.ledger import find_calls
from workbench.store.records import CallRecord

# Characters per token, low on purpose: a reservation is a worst case.
LEAST_CHARACTERS_PER_TOKEN = 2.0
WORST_OUTPUT_TOKENS = 4_096
WORST_COMPUTE_SECONDS = 2.0
ATTEMPTS = 6
DEADLINE_FACTOR = 3.0


class ProviderUnusable(Stopped):
    """A wrong key or an unknown model: every further call would fail alike, so the experiment pauses."""

    state = "paused"


@dataclass
class CallCounts:
    made: int = 0
    reused: int = 0
    failed: int = 0
    retried: int = 0


@dataclass
class Opened:
    """The clients of one run, opened at first use: one loop owns them all."""

    chat: Callable[[Model], ChatModel]
    embedding: Callable[[Model], EmbeddingModel]
    _chats: dict[str, ChatModel] = field(default_factory=dict)
    _embeddings: dict[str, EmbeddingModel] = field(default_factory=dict)
    _limits: dict[str, ProviderLimits] = field(default_factory=dict)

    def chat_model(self, model: Model) -> ChatModel:
        key = fingerprint(model.model_dump(mode="json"))
        if key not in self._chats:
            self._chats[key] = self.chat(model)
        return self._chats[key]

    def embedding_model(self, model: Model) -> EmbeddingModel:
        key = fingerprint(model.model_dump(mode="json"))
        if key not in self._embeddings:
            self._embeddings[key] = self.embedding(model)
        return self._embeddings[key]

    def limits(self, model: Model) -> ProviderLimits:
        """One set of limits a provider: models behind one address and key share them."""
        key = provider_key(model)
        if key not in self._limits:
            self._limits[key] = ProviderLimits(model.limits)
        return self._limits[key]

    @property
    def all_limits(self) -> dict[str, ProviderLimits]:
        return dict(self._limits)

    async def close(self) -> None:
        opened: list[ChatModel | EmbeddingModel] = [*self._chats.values(), *self._embeddings.values()]
        for client in opened:
            await client.close()


def provider_key(model: Model) -> str:
    """Models of one address and key share limits; embedded ones share this machine."""
    return f"{model.base_url} {model.api_key_env or ''}".strip() if model.base_url else "this machine"


def model_key(model: Model) -> str:
    return fingerprint(model.content)


def worst_usage(request: ChatRequest) -> Usage:
    characters = sum(len(m.content) for m in request.messages)
    return Usage(
        input=int(characters / LEAST_CHARACTERS_PER_TOKEN) + 16,
        output=request.max_tokens or WORST_OUTPUT_TOKENS,
    )


class Caller:
    """Shares stored calls and calls in flight; every new one becomes a row of the ledger.

    check_stop raises when no new call may begin.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        opened: Opened,
        prices: Prices,
        budget: Budget,
        experiment_id: str,
        check_stop: Callable[[], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._opened = opened
        self._prices = prices
        self._budget = budget
        self._experiment_id = experiment_id
        self._check_stop = check_stop
        self._in_flight: dict[str, asyncio.Task[CallRecord]] = {}
        self.counts = CallCounts()

    async def ask(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: str,
        repeat: int = 0,
        known: dict[str, CallRecord] | None = None,
    ) -> tuple[CallRecord, bool]:
        """The call's record, and whether it was stored or under way already.

        `known` are stored calls read beforehand; without it the store is asked. A failed call is a record
        with outcome "failed". Raises BudgetSpent and Stopped.
        """
        key = call_key(model, request, repeat, kind)
        if known is None:
            known = await asyncio.to_thread(find_calls, self._store, [key])
        if key in known:
            self.counts.reused += 1
            return known[key], True
        if key in self._in_flight:
            record = await asyncio.shield(self._in_flight[key])
            self.counts.reused += 1
            return record, True
        task = asyncio.create_task(self._make(key, model, request, kind, repeat))
        self._in_flight[key] = task
        try:
            return await task, False
        finally:
            self._in_flight.pop(key, None)

    async def _make(self, key: str, model: Model, request: ChatRequest, kind: str, repeat: int) -> CallRecord:
        price = self._prices.get(model.name)
        usage = worst_usage(request)
        worst = (price.cost(usage, WORST_COMPUTE_SECONDS) if price else None) or 0.0
        await self._budget.reserve(worst)
        cost = 0.0
        limits = self._opened.limits(model)
        try:
            while True:
                async with limits.slot(tokens=usage.input):
                    self._check_stop()
                    record = await self._send(key, model, request, kind, repeat)
                    # While nobody is there, a call waits at the circuit instead of failing its answer.
                    if record.error_kind in DEAD_KINDS and limits.dead_seconds > 0:
                        continue
                    cost = record.cost_usd or 0.0
                    # The slot is held until the reply is safe: what is in flight is what could be lost.
                    await self._writer.add_call(record)
                    break
        finally:
            await self._budget.settle(worst, cost)
        self.counts.made += 1
        self.counts.failed += record.outcome == "failed"
        self.counts.retried += record.attempts - 1
        return record

    async def _send(self, key: str, model: Model, request: ChatRequest, kind: str, repeat: int) -> CallRecord:
        price = self._prices.get(model.name)
        chat = self._opened.chat_model(model)
        base = {
            "key": key,
            "kind": kind,
            "model_name": model.name,
            "model_key": model_key(model),
            "repeat": repeat,
            "experiment_id": self._experiment_id,
            "price": price.to_json() if price else None,
        }
        try:
            reply = await self._with_retries(model, lambda: chat.complete(request))
        except ProviderError as error:
            if error.kind in HOPELESS_KINDS:
                raise ProviderUnusable(str(error)) from error
            return CallRecord(
                **base,  # type: ignore[arg-type]
                outcome="failed",
                error_kind=error.kind,
                error=str(error),
                attempts=error.attempts,
            )
        return self._record(base, reply, model)

    def _record(self, base: dict[str, object], reply: ChatReply, model: Model) -> CallRecord:
        price = self._prices.get(model.name)
        usage = reply.usage
        return CallRecord(
            **base,  # type: ignore[arg-type]
            outcome="ok",
            text=reply.text,
            flags=reply.flags,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cached_tokens=usage.cached,
            reasoning_tokens=usage.reasoning,
            usage_estimated=usage.estimated,
            attempts=reply.attempts,
            seconds=reply.seconds,
            compute_seconds=reply.compute_seconds,
            cost_usd=price.cost(usage, reply.compute_seconds) if price else None,
        )

    async def _with_retries(self, model: Model, send: Callable[[], Awaitable[ChatReply]]) -> ChatReply:
        return await call_with_retries(
            send,
            attempts=ATTEMPTS,
            deadline_seconds=model.limits.timeout_seconds * DEADLINE_FACTOR,
            limits=self._opened.limits(model),
        )

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: str
    ) -> tuple[Vectors, tuple[bool, ...]]:
        """Vectors for one batch of texts as one row of the ledger. Raises ProviderError and BudgetSpent."""
        price = self._prices.get(model.name)
        client = self._opened.embedding_model(model)
        tokens = int(sum(len(t) for t in texts) / LEAST_CHARACTERS_PER_TOKEN) + 16
        worst = (price.cost(Usage(input=tokens), WORST_COMPUTE_SECONDS) if price else None) or 0.0
        await self._budget.reserve(worst)
        cost = 0.0
        try:
            async with self._opened.limits(model).slot(tokens=tokens):
                self._check_stop()
                reply = await call_with_retries(
                    lambda: client.embed(texts),
                    attempts=ATTEMPTS,
                    deadline_seconds=model.limits.timeout_seconds * DEADLINE_FACTOR,
                    limits=self._opened.limits(model),
                )
                found = price.cost(reply.usage, reply.compute_seconds) if price else None
                cost = found or 0.0
                await self._writer.add_call(
                    CallRecord(
                        key=fingerprint(kind, model.content, list(texts)),
                        kind=kind,
                        model_name=model.name,
                        model_key=model_key(model),
                        outcome="ok",
                        items=len(texts),
                        input_tokens=reply.usage.input,
                        usage_estimated=reply.usage.estimated,
                        attempts=reply.attempts,
                        seconds=reply.seconds,
                        compute_seconds=reply.compute_seconds,
                        price=price.to_json() if price else None,
                        cost_usd=found,
                        experiment_id=self._experiment_id,
                    )
                )
        finally:
            await self._budget.settle(worst, cost)
        self.counts.made += 1
        return reply.vectors, reply.too_long
