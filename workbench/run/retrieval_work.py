"""Chunks, embeds, indexes, retrieves and reranks for an experiment: every shared piece once.
Knows nothing about prompts, answers or trials: it is given retrieval settings and questions."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from workbench.calls.caller import Caller
from workbench.calls.clients import model_key
from workbench.calls.group_commit import Writer
from workbench.calls.stop_signal import Halt
from workbench.corpus.types import Document, Question
from workbench.errors import IndexBuildError, ProviderError, Stopped
from workbench.pipeline import fingerprints
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.embedding import VectorCache, embed_texts
from workbench.pipeline.generation import build_request
from workbench.pipeline.index import DenseIndex, build_index, open_index
from workbench.pipeline.keyword import KeywordIndex
from workbench.pipeline.query import hyde_messages, hyde_query
from workbench.pipeline.rerank import rerank_llm, rerank_mmr
from workbench.pipeline.retrieval import RETRIEVERS, Query, Searchable
from workbench.pipeline.types import Chunk, Hit
from workbench.providers.types import EmbeddingReply, Message, Usage, Vectors
from workbench.run.jobs import chunk_to_passage
from workbench.run.progress import Progress
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.answers import find_ranking_keys
from workbench.store.database import Store
from workbench.store.ledger import get_call_statistics
from workbench.store.records import RankingRecord

log = logging.getLogger(__name__)

EMBED_BATCH = 64
Result = TypeVar("Result")


@dataclass
class Group:
    """Retrieval settings that agree in all but top_k. By question id: the ranking's key, or the problem.

    wanted: questions to rank in this round.  ranked: ids of those whose rankings are stored.
    """

    retrieval: Retrieval
    keys: dict[str, str] = field(default_factory=dict)
    problems: dict[str, ProviderError] = field(default_factory=dict)
    wanted: dict[str, Question] = field(default_factory=dict)
    ranked: set[str] = field(default_factory=set)

    @property
    def asks_models(self) -> bool:
        """Whether ranking a question costs a call of its own."""
        return self.retrieval.query != "plain" or self.retrieval.rerank == "llm"


@dataclass(frozen=True)
class Prepared:
    """One chunking with its vectors (when any setting asks for them), searchable."""

    chunks: tuple[Chunk, ...]
    searchable: Searchable
    vectors: Vectors | None


@dataclass(frozen=True)
class Asked:
    """A question as it is searched: its own text, or what the query transform made of it."""

    question: Question
    text: str
    seconds: float = 0.0
    cost_usd: float | None = 0.0


async def _all_of(work: Sequence[Awaitable[Result]]) -> list[Result]:
    """All results in order, or the first error once the last one has ended: a stop lets what is under way
    come to its end instead of leaving it to nobody."""
    found = await asyncio.gather(*work, return_exceptions=True)
    for item in found:
        if isinstance(item, BaseException):
            raise item
    return [item for item in found if not isinstance(item, BaseException)]


class _Ledgered:
    """An embedding model whose every batch goes through the caller: limits, budget, ledger."""

    def __init__(self, caller: Caller, model: Model, kind: str) -> None:
        self._caller, self._model, self._kind = caller, model, kind

    @property
    def identity(self) -> str:
        return model_key(self._model)

    @property
    def max_tokens(self) -> int | None:
        return None

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        started = time.perf_counter()
        vectors, too_long = await self._caller.embed(self._model, texts, kind=self._kind)
        return EmbeddingReply(vectors, Usage(), time.perf_counter() - started, too_long=too_long)

    async def close(self) -> None:
        """The caller owns the client."""


class RetrievalWork:
    """Told what to expect, works group by group; `ready` hands a group out once its rankings are stored."""

    def __init__(
        self,
        store: Store,
        cache: Path,
        indexes: Path,
        documents: Sequence[Document],
        caller: Caller,
        writer: Writer,
        progress: Progress,
        halt: Halt,
    ) -> None:
        self._store = store
        self._halt = halt
        self._cache = cache
        self._indexes = indexes
        self._documents = documents
        self._caller = caller
        self._writer = writer
        self._progress = progress
        self._vectors = VectorCache(cache / "vectors.db")
        self._groups: dict[str, Group] = {}
        self._ready: dict[str, asyncio.Future[Group]] = {}
        self._prepared: dict[str, Prepared] = {}

    def expect(
        self, wanted: Sequence[tuple[Retrieval, Sequence[Question]]], part: Sequence[Question]
    ) -> None:
        """Name the work before `run`. part: all questions that may yet be asked; where ranking them costs no
        call of their own they are ranked at once, since opening an index again for each round is slow."""
        loop = asyncio.get_running_loop()
        self._ready = {}
        for retrieval, questions in wanted:
            key = fingerprints.group(retrieval)
            group = self._groups.setdefault(key, Group(retrieval))
            self._ready.setdefault(key, loop.create_future())
            group.wanted.update((q.id, q) for q in (questions if group.asks_models else part))
        for key in self._ready:
            group = self._groups[key]
            group.wanted = {id_: q for id_, q in group.wanted.items() if id_ not in group.ranked}
            self._progress["retrieve"].total += len(group.wanted)
            self._progress["rerank"].total += len(group.wanted) * (group.retrieval.rerank != "none")

    async def ready(self, retrieval: Retrieval) -> Group:
        """Wait for a group. Raises what made it impossible."""
        return await asyncio.shield(self._ready[fingerprints.group(retrieval)])

    async def run(self) -> None:
        """Rank every question under every expected setting. A provider's failure is kept as a problem."""
        try:
            for key, ready in self._ready.items():
                self._halt.check()
                group = self._groups[key]
                if group.wanted:
                    await self._rank_group(group)
                ready.set_result(group)
        except Stopped as stopped:
            # Not raised: it would cancel the lanes, and with them calls that are under way and paid for.
            self._halt.set(stopped.state, str(stopped))
        finally:
            # Nobody may wait for ever for a group that will not come.
            for future in self._ready.values():
                if not future.done():
                    future.set_exception(Stopped(self._halt.message or "The retrieval ended."))
                    future.exception()  # seen, if nobody waits for it

    async def _rank_group(self, group: Group) -> None:
        corpus = fingerprints.corpus_chunks(self._documents, group.retrieval)
        wanted, group.wanted = group.wanted, {}
        keys = {id_: fingerprints.ranking(corpus, group.retrieval, q.text) for id_, q in wanted.items()}
        group.keys.update(keys)
        stored = await asyncio.to_thread(find_ranking_keys, self._store, keys.values())
        missing = [q for id_, q in wanted.items() if keys[id_] not in stored]
        found = len(wanted) - len(missing)
        self._progress["retrieve"].add(found, reused=found)
        if group.retrieval.rerank != "none":
            self._progress["rerank"].add(found, reused=found)
        group.ranked.update(id_ for id_ in wanted if keys[id_] in stored)
        if not missing:
            return
        for question in missing:
            group.problems.pop(question.id, None)
        try:
            prepared = await self._prepare(group.retrieval)
            asked = await self._transform(group, missing)
            await self._search(group, prepared, asked)
        except ProviderError as error:
            group.problems.update({q.id: error for q in missing if q.id not in group.problems})
        group.ranked.update(q.id for q in missing if q.id not in group.problems)

    async def _prepare(self, retrieval: Retrieval) -> Prepared:
        """Chunks, vectors and index of a setting; kept in memory while groups share them."""
        key = fingerprints.index(self._documents, retrieval)
        if key not in self._prepared:
            self._prepared.clear()  # groups that share a chunking come one after another
            chunks = await self._chunk(retrieval)
            vectors = index = None
            if retrieval.embedding is not None:
                vectors = await self._embed(retrieval.embedding, [c.text for c in chunks], kind="embed")
                index = await self._open_index(key, chunks, vectors)
            keyword = await asyncio.to_thread(KeywordIndex, chunks)
            self._prepared[key] = Prepared(tuple(chunks), Searchable(chunks, index, keyword), vectors)
        return self._prepared[key]

    async def _chunk(self, retrieval: Retrieval) -> list[Chunk]:
        chunks, counts = await asyncio.to_thread(
            chunk_documents,
            self._documents,
            retrieval.splitter,
            retrieval.chunk_tokens,
            retrieval.chunk_overlap,
            self._cache / "chunks",
        )
        self._progress["chunk"].add(counts.made + counts.stored, reused=counts.stored)
        if not chunks:
            raise ProviderError("The documents hold no text to search.", kind="rejected")
        return chunks

    async def _embed(self, model: Model, texts: Sequence[str], *, kind: str) -> Vectors:
        stage = self._progress["embed"]
        before = stage.done
        distinct = len(set(texts))
        stage.total = max(stage.total, before + distinct)
        embedded = 0

        def count(texts_done: int) -> None:
            nonlocal embedded
            embedded += texts_done
            stage.add(texts_done)

        vectors = await embed_texts(
            _Ledgered(self._caller, model, kind),
            fingerprints.model(model),
            texts,
            self._vectors,
            batch_size=EMBED_BATCH,
            on_batch=count,
        )
        stage.add(distinct - embedded, reused=distinct - embedded)
        return vectors

    async def _open_index(self, key: str, chunks: Sequence[Chunk], vectors: Vectors) -> DenseIndex:
        """The stored index when it is whole, else built anew: it is a cache, and never trusted blindly."""
        index = await asyncio.to_thread(open_index, self._indexes, key, chunks, vectors)
        reused = index is not None
        if index is None:
            index = await asyncio.to_thread(build_index, self._indexes, key, chunks, vectors)
        self._progress["index"].add(1, reused=int(reused))
        return index

    async def _transform(self, group: Group, questions: Sequence[Question]) -> list[Asked]:
        retrieval = group.retrieval
        if retrieval.query == "plain" or retrieval.query_model is None:
            return [Asked(q, q.text) for q in questions]
        model = retrieval.query_model

        async def transform(question: Question) -> Asked | None:
            request = build_request(model, hyde_messages(question.text))
            call, _ = await self._caller.ask(model, request, kind="hyde")
            if call.outcome != "ok":
                kind = call.error_kind or "rejected"
                group.problems[question.id] = ProviderError(f"Query transform: {call.error}", kind=kind)
                return None
            return Asked(question, hyde_query(question.text, call.text), call.seconds, call.cost_usd)

        made = await _all_of([transform(q) for q in questions])
        return [asked for asked in made if asked is not None]

    async def _search(self, group: Group, prepared: Prepared, asked: Sequence[Asked]) -> None:
        if not asked:
            return
        retrieval = group.retrieval
        vectors: Vectors | None = None
        per_query = 0.0
        embed_cost: float | None = 0.0
        started = time.perf_counter()
        if retrieval.embedding is not None:
            vectors = await self._embed(retrieval.embedding, [a.text for a in asked], kind="embed_query")
            statistics = await asyncio.to_thread(
                get_call_statistics, self._store, "embed_query", model_key(retrieval.embedding)
            )
            # Query vectors may come from the cache: what serving them costs is the mean of past calls.
            per_query, embed_cost = statistics.mean_seconds or 0.0, statistics.mean_cost_usd
        queries = [Query(a.text, vectors[i] if vectors is not None else None) for i, a in enumerate(asked)]
        started = time.perf_counter()
        rankings = await self._rank(retrieval, prepared, queries)
        search_seconds = (time.perf_counter() - started) / len(asked)
        self._progress["retrieve"].add(len(asked))
        records, passages = [], {}
        reranked = await _all_of(
            [
                self._rerank(group, prepared, a, query, hits)
                for a, query, hits in zip(asked, queries, rankings, strict=True)
            ]
        )
        for item, result in zip(asked, reranked, strict=True):
            if result is None:
                continue
            hits, flags, seconds, cost = result
            found = [(chunk_to_passage(hit.chunk), hit.score) for hit in hits]
            passages.update({p.key: p for p, _ in found})
            costs = (item.cost_usd, embed_cost, cost)
            records.append(
                RankingRecord(
                    key=group.keys[item.question.id],
                    items=tuple((p.key, round(score, 6)) for p, score in found),
                    seconds=item.seconds + per_query + search_seconds + seconds,
                    cost_usd=sum(c for c in costs if c is not None) if None not in costs else None,
                    flags=flags,
                )
            )
        await self._writer.add_rankings(records, list(passages.values()))

    async def _rank(
        self, retrieval: Retrieval, prepared: Prepared, queries: Sequence[Query]
    ) -> list[list[Hit]]:
        """What the index finds. One that was damaged since it was opened is built again, once."""
        retrieve = RETRIEVERS[retrieval.retriever]
        try:
            return await asyncio.to_thread(retrieve, prepared.searchable, queries)
        except IndexBuildError as error:
            log.warning("%s It is built again.", error)
            self._prepared.clear()
            prepared = await self._prepare(retrieval)
            return await asyncio.to_thread(retrieve, prepared.searchable, queries)

    async def _rerank(
        self, group: Group, prepared: Prepared, asked: Asked, query: Query, hits: list[Hit]
    ) -> tuple[list[Hit], tuple[str, ...], float, float | None] | None:
        """(hits, flags, seconds, cost); None when the reranking model failed (a problem is noted)."""
        retrieval = group.retrieval
        if retrieval.rerank == "none":
            return hits, (), 0.0, 0.0
        started = time.perf_counter()
        if retrieval.rerank == "mmr":
            assert prepared.vectors is not None and query.vector is not None  # Retrieval.uses_embedding
            positions = {chunk.id: i for i, chunk in enumerate(prepared.chunks)}
            own = prepared.vectors[[positions[h.chunk.id] for h in hits]]
            ordered = await asyncio.to_thread(rerank_mmr, query.vector, hits, own)
            self._progress["rerank"].add(1)
            return ordered, (), time.perf_counter() - started, 0.0
        model = retrieval.rerank_model
        assert model is not None  # Retrieval checks it
        spent: list[tuple[float, float | None]] = []

        async def ask(messages: tuple[Message, ...]) -> str:
            call, _ = await self._caller.ask(model, build_request(model, messages), kind="rerank")
            if call.outcome != "ok":
                raise ProviderError(f"Rerank: {call.error}", kind=call.error_kind or "rejected")
            spent.append((call.seconds, call.cost_usd))
            return call.text

        try:
            ordered, flags = await rerank_llm(asked.question.text, hits, ask)
        except ProviderError as error:
            group.problems[asked.question.id] = error
            return None
        self._progress["rerank"].add(1)
        costs = [cost for _, cost in spent]
        total = sum(c for c in costs if c is not None) if None not in costs else None
        return ordered, flags, sum(s for s, _ in spent), total
