"""One configuration over a corpus, answering one question at a time: retrieve, render, ask, ground.
Knows nothing about winners, experiments or the ledger: who asks the models is passed in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.types import Document
from workbench.pipeline.generation import build_request
from workbench.pipeline.prompting import count_prompt_tokens, render_prompt
from workbench.pipeline.query import hyde_messages, hyde_query
from workbench.pipeline.rerank import rerank_llm, rerank_mmr
from workbench.pipeline.retrieval import RETRIEVERS, Query
from workbench.pipeline.searching import SearchableCorpus, open_searchable
from workbench.pipeline.types import Hit
from workbench.providers.open_model import open_chat_model, open_embedding_model
from workbench.providers.prices import find_price
from workbench.providers.retries import call_with_retries
from workbench.providers.types import ChatReply, ChatRequest, EmbeddingReply, Message, Usage
from workbench.scoring.grounding import GroundingScore, score_grounding
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.model import Model

Reply = TypeVar("Reply", ChatReply, EmbeddingReply)
OnPiece = Callable[[str], None]


@dataclass(frozen=True)
class Spoken:
    """What a model said and what that took. cost_usd: None without a price.  stored: asked before."""

    text: str
    usage: Usage
    cost_usd: float | None
    seconds: float
    flags: tuple[str, ...] = ()
    stored: bool = False


class Asker(Protocol):
    """Who asks the models. kind: generate, hyde or rerank. Raises ProviderError."""

    async def ask(
        self, model: Model, request: ChatRequest, kind: str, on_piece: OnPiece | None = None
    ) -> Spoken: ...

    async def embed(self, model: Model, text: str) -> tuple[NDArray[np.float32], float | None]:
        """The vector and what it cost in dollars."""
        ...


async def complete(model: Model, request: ChatRequest, on_piece: OnPiece | None = None) -> ChatReply:
    """Ask a chat model once. Raises ProviderError."""
    client = open_chat_model(model)
    try:
        return await _patiently(model, lambda: client.complete(request, on_piece=on_piece))
    finally:
        await client.close()


async def embed(model: Model, text: str) -> EmbeddingReply:
    """Ask an embedding model for one vector. Raises ProviderError."""
    client = open_embedding_model(model)
    try:
        return await _patiently(model, lambda: client.embed([text]))
    finally:
        await client.close()


async def _patiently(model: Model, send: Callable[[], Awaitable[Reply]]) -> Reply:
    """Somebody waits for this answer: a passing refusal is tried again, but not for long."""
    return await call_with_retries(send, attempts=3, deadline_seconds=model.limits.timeout_seconds)


class DirectAsker:
    """Asks at once and writes nothing down."""

    def __init__(self, settings: Settings) -> None:
        self._rate = settings.compute_usd_per_hour

    def _cost(self, model: Model, usage: Usage, compute_seconds: float | None) -> float | None:
        price = find_price(model, self._rate)
        return price.cost(usage, compute_seconds) if price else None

    async def ask(
        self, model: Model, request: ChatRequest, kind: str, on_piece: OnPiece | None = None
    ) -> Spoken:
        reply = await complete(model, request, on_piece)
        cost = self._cost(model, reply.usage, reply.compute_seconds)
        return Spoken(reply.text, reply.usage, cost, reply.seconds, reply.flags)

    async def embed(self, model: Model, text: str) -> tuple[NDArray[np.float32], float | None]:
        reply = await embed(model, text)
        vector: NDArray[np.float32] = reply.vectors[0]
        return vector, self._cost(model, reply.usage, reply.compute_seconds)


@dataclass(frozen=True)
class Served:
    """One answer. usage: of the answering call.  cost_usd: of all calls, None as soon as one has no price."""

    text: str
    hits: tuple[Hit, ...]
    grounding: GroundingScore
    usage: Usage
    cost_usd: float | None
    seconds: float
    flags: tuple[str, ...]
    stored: bool


class LivePipeline:
    """`answer` may be called many times; chunks, vectors and index are made at the first, or found."""

    def __init__(
        self, config: Config, documents: Sequence[Document], settings: Settings, asker: Asker
    ) -> None:
        self.config = config
        self._documents = documents
        self._settings = settings
        self._asker = asker
        self._found: SearchableCorpus | None = None

    async def retrieve(self, question: str) -> list[Hit]:
        """The passages the model would be given, best first."""
        hits, _ = await self._retrieve(question)
        return hits[: self.config.retrieval.top_k]

    async def answer(
        self,
        question: str,
        *,
        on_hits: Callable[[Sequence[Hit]], None] | None = None,
        on_piece: OnPiece | None = None,
    ) -> Served:
        """on_hits hears of the passages as soon as they are found, on_piece of the answer's text as it comes.

        Raises ProviderError when a model cannot be asked, CorpusError when the documents hold no text.
        """
        await self._searchable()  # not counted in the answer's seconds: it is done once
        started = time.perf_counter()
        config = self.config
        hits, costs = await self._retrieve(question)
        rendered = render_prompt(
            config.prompt,
            question,
            hits[: config.retrieval.top_k],
            datetime.now(UTC).date().isoformat(),
            context_window=config.model.context_window,
            max_tokens=config.model.max_tokens,
            count_tokens=count_prompt_tokens,
        )
        used = tuple(hits[: len(rendered.hits)])
        if on_hits is not None:
            on_hits(used)
        request = build_request(config.model, rendered.messages)
        spoken = await self._asker.ask(config.model, request, "generate", on_piece)
        seconds = time.perf_counter() - started
        grounding = await asyncio.to_thread(
            score_grounding, spoken.text, [h.chunk.text for h in used], question
        )
        costs.append(spoken.cost_usd)
        return Served(
            text=spoken.text,
            hits=used,
            grounding=grounding,
            usage=spoken.usage,
            cost_usd=None if None in costs else sum(c for c in costs if c is not None),
            seconds=seconds,
            flags=(*rendered.flags, *spoken.flags),
            stored=spoken.stored,
        )

    async def _searchable(self) -> SearchableCorpus:
        if self._found is None:
            self._found = await open_searchable(
                self._documents, self.config.retrieval, self._settings.cache, self._settings.indexes
            )
        return self._found

    async def _retrieve(self, question: str) -> tuple[list[Hit], list[float | None]]:
        """All hits in order, and what each call for them cost."""
        retrieval = self.config.retrieval
        found = await self._searchable()
        costs: list[float | None] = []

        async def ask(model: Model, messages: tuple[Message, ...], kind: str) -> str:
            spoken = await self._asker.ask(model, build_request(model, messages), kind)
            costs.append(spoken.cost_usd)
            return spoken.text

        text = question
        if retrieval.query == "hyde" and retrieval.query_model is not None:
            text = hyde_query(question, await ask(retrieval.query_model, hyde_messages(question), "hyde"))
        vector = None
        if retrieval.embedding is not None:
            vector, cost = await self._asker.embed(retrieval.embedding, text)
            costs.append(cost)
        queries = [Query(text, vector)]
        hits = (await asyncio.to_thread(RETRIEVERS[retrieval.retriever], found.searchable, queries))[0]
        if retrieval.rerank == "mmr" and vector is not None and found.vectors is not None:
            positions = {chunk.id: i for i, chunk in enumerate(found.chunks)}
            hits = rerank_mmr(vector, hits, found.vectors[[positions[h.chunk.id] for h in hits]])
        elif retrieval.rerank == "llm" and retrieval.rerank_model is not None:
            ranks = retrieval.rerank_model
            hits, _ = await rerank_llm(question, hits, lambda messages: ask(ranks, messages, "rerank"))
        return hits, costs
