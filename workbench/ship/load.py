"""Runs an exported winner: rebuilds its pipeline over a corpus and answers questions.
Knows nothing about experiments or the store; indexes and vectors lie in the data folder's caches."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.corpus import load_corpus
from workbench.corpus.readers.parts import clean
from workbench.corpus.types import Corpus
from workbench.errors import CorpusError, InputError
from workbench.pipeline.generation import build_request
from workbench.pipeline.prompting import count_prompt_tokens, render_prompt
from workbench.pipeline.query import hyde_messages, hyde_query
from workbench.pipeline.rerank import rerank_llm, rerank_mmr
from workbench.pipeline.retrieval import RETRIEVERS, Query
from workbench.pipeline.searching import SearchableCorpus, open_searchable
from workbench.pipeline.types import Hit
from workbench.providers.opening import open_chat_model, open_embedding_model
from workbench.providers.prices import find_price
from workbench.providers.retrying import call_with_retries
from workbench.providers.types import ChatReply, EmbeddingReply, Message, Usage
from workbench.scoring.grounding import score_grounding
from workbench.settings import Settings, load_settings
from workbench.ship.winner import Winner, read_winner
from workbench.space.model import Model

Reply = TypeVar("Reply", ChatReply, EmbeddingReply)


@dataclass(frozen=True)
class WinnerPassage:
    """start, end: characters in the document.  page: for PDF."""

    document: str
    start: int
    end: int
    page: int | None
    text: str
    score: float


@dataclass(frozen=True)
class WinnerAnswer:
    """The fields of `ask --json` (DESIGN section 8)."""

    answer: str
    passages: tuple[WinnerPassage, ...]
    scores: dict[str, float | None]
    tokens: dict[str, int]
    cost_usd: float | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"passages": [asdict(p) for p in self.passages]}


def _to_passage(hit: Hit) -> WinnerPassage:
    chunk = hit.chunk
    return WinnerPassage(chunk.document, chunk.start, chunk.end, chunk.page, chunk.text, hit.score)


@dataclass
class _Spent:
    """Tokens and dollars of one answer; the cost is None as soon as one call has no price."""

    settings: Settings
    input: int = 0
    output: int = 0
    cost: float | None = 0.0

    def add(self, model: Model, usage: Usage, compute_seconds: float | None, *, counts: bool) -> None:
        price = find_price(model, self.settings.compute_usd_per_hour)
        cost = price.cost(usage, compute_seconds) if price else None
        self.cost = None if cost is None or self.cost is None else self.cost + cost
        if counts:
            self.input += usage.input
            self.output += usage.output


async def _patiently(model: Model, send: Callable[[], Awaitable[Reply]]) -> Reply:
    """Somebody waits for this answer: a passing refusal is tried again, but not for long."""
    return await call_with_retries(send, attempts=3, deadline_seconds=model.limits.timeout_seconds)


class LoadedWinner:
    """A winner over a corpus. `answer` is synchronous and may be called many times.

    warnings: in words, what differs from when it was chosen.
    """

    def __init__(self, winner: Winner, corpus: Corpus, settings: Settings) -> None:
        self.winner = winner
        self.corpus = corpus
        self.warnings: list[str] = []
        self._settings = settings
        self._found: SearchableCorpus | None = None
        if corpus.version != winner.corpus.hash:
            self.warnings.append(
                f"The corpus has changed since this winner was chosen (it was {winner.corpus.hash}, "
                f"is {corpus.version}): its scores may no longer hold."
            )

    def answer(self, question: str) -> WinnerAnswer:
        """Answer one question. Raises ProviderError when a model cannot be asked."""
        return asyncio.run(self.answer_async(question))

    def retrieve(self, question: str) -> list[WinnerPassage]:
        """The passages that the winner's model would be given, best first."""
        return asyncio.run(self._passages_of(question))

    async def _passages_of(self, question: str) -> list[WinnerPassage]:
        if self._found is None:
            await self._build()
        hits = await self._retrieve(question, _Spent(self._settings))
        return [_to_passage(hit) for hit in hits[: self.winner.config.retrieval.top_k]]

    def as_llama_retriever(self) -> Any:
        """A LlamaIndex retriever (BaseRetriever) over this winner's retrieval."""
        from workbench.ship.llamaindex import WinnerRetriever

        return WinnerRetriever(self.retrieve)

    def as_llama_query_engine(self) -> Any:
        """A LlamaIndex query engine (BaseQueryEngine) that asks this winner."""
        from workbench.ship.llamaindex import WinnerQueryEngine

        return WinnerQueryEngine(self.answer)

    async def answer_async(self, question: str) -> WinnerAnswer:
        started = time.perf_counter()
        question = clean(question)  # bytes of a terminal that are no text would end in a parser's error
        if not question.strip():
            raise InputError("The question is empty.")
        spent = _Spent(self._settings)
        if self._found is None:
            await self._build()
        started = time.perf_counter()
        config = self.winner.config
        hits = (await self._retrieve(question, spent))[: config.retrieval.top_k]
        rendered = render_prompt(
            config.prompt,
            question,
            hits,
            datetime.now(UTC).date().isoformat(),
            context_window=config.model.context_window,
            max_tokens=config.model.max_tokens,
            count_tokens=count_prompt_tokens,
        )
        reply = await self._ask(config.model, rendered.messages, spent, counts=True)
        used = hits[: len(rendered.hits)]
        grounding = await asyncio.to_thread(
            score_grounding, reply.text, [h.chunk.text for h in used], question
        )
        return WinnerAnswer(
            answer=reply.text,
            passages=tuple(_to_passage(hit) for hit in used),
            scores={"grounding": grounding.value},
            tokens={"input": spent.input, "output": spent.output},
            cost_usd=spent.cost,
            seconds=time.perf_counter() - started,
        )

    async def _build(self) -> None:
        """Chunks, vectors and index: from the caches where they are whole, else made now."""
        self._found = await open_searchable(
            self.corpus.documents,
            self.winner.config.retrieval,
            self._settings.cache,
            self._settings.indexes,
        )

    async def _embed(self, model: Model, text: str, spent: _Spent) -> NDArray[np.float32]:
        client = open_embedding_model(model)
        try:
            reply = await _patiently(model, lambda: client.embed([text]))
        finally:
            await client.close()
        spent.add(model, reply.usage, reply.compute_seconds, counts=False)
        vector: NDArray[np.float32] = reply.vectors[0]
        return vector

    async def _ask(
        self, model: Model, messages: tuple[Message, ...], spent: _Spent, *, counts: bool = False
    ) -> ChatReply:
        client = open_chat_model(model)
        try:
            request = build_request(model, messages)
            reply = await _patiently(model, lambda: client.complete(request))
        finally:
            await client.close()
        spent.add(model, reply.usage, reply.compute_seconds, counts=counts)
        return reply

    async def _retrieve(self, question: str, spent: _Spent) -> list[Hit]:
        retrieval = self.winner.config.retrieval
        assert self._found is not None
        found = self._found
        text = question
        if retrieval.query == "hyde" and retrieval.query_model is not None:
            draft = await self._ask(retrieval.query_model, hyde_messages(question), spent)
            text = hyde_query(question, draft.text)
        vector = None
        if retrieval.embedding is not None:
            vector = await self._embed(retrieval.embedding, text, spent)
        hits = RETRIEVERS[retrieval.retriever](found.searchable, [Query(text, vector)])[0]
        if retrieval.rerank == "mmr" and vector is not None and found.vectors is not None:
            positions = {chunk.id: i for i, chunk in enumerate(found.chunks)}
            return rerank_mmr(vector, hits, found.vectors[[positions[h.chunk.id] for h in hits]])
        if retrieval.rerank == "llm" and retrieval.rerank_model is not None:
            model = retrieval.rerank_model

            async def ask(messages: tuple[Message, ...]) -> str:
                return (await self._ask(model, messages, spent)).text

            hits, _ = await rerank_llm(question, hits, ask)
        return hits


def load_winner(
    path: Path | str, corpus: Path | str | None = None, *, settings: Settings | None = None
) -> LoadedWinner:
    """An exported winner, ready to answer over `corpus` (a name or a folder; else the one it was chosen on).

    Warns (UserWarning) when the documents are not those it was chosen on. Raises InputError for a file that
    is not a winner and CorpusError for a corpus that is not there.
    """
    settings = settings or load_settings()
    winner = read_winner(path)
    named = corpus or winner.corpus.name
    try:
        loaded_corpus = load_corpus(named, settings.corpora, cache_dir=settings.cache / "documents")
    except CorpusError as error:
        if corpus:
            raise
        hint = "Say where its documents are: --corpus PATH (in Python: load_winner(path, corpus=PATH))."
        raise CorpusError(f"{path} was chosen on the corpus {named!r}. {error.message}", hint=hint) from None
    loaded = LoadedWinner(winner, loaded_corpus, settings)
    for text in loaded.warnings:
        warnings.warn(text, stacklevel=2)
    return loaded
