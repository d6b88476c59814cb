"""Counts the work that retrieval settings need to make a corpus searchable, and how much of it is stored.
Knows nothing about prices or experiments. Reads the caches and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.corpus.types import AskedQuestion, Document
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.pipeline import fingerprints
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunk_cache import chunk_file, count_stored, find_stored_chunks
from workbench.pipeline.context_cache import ContextRow, Rows, find_stored_contexts
from workbench.pipeline.selection import parent_chunking
from workbench.pipeline.stage_keys import StageKeys
from workbench.pipeline.types import Chunking, searched_text
from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_index import estimate_chunks
from workbench.pipeline.vector_stores.registry import VectorIndexKind, open_vector_store
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.text import split_sentences

NO_CONTEXT = ContextRow("")

# How much of how many documents tells how long sentences are.
SAMPLED, SAMPLE_CHARACTERS = 20, 5_000


@dataclass(frozen=True)
class StageCount:
    """Pieces of work of one stage: documents to chunk, texts to embed, or indexes to build."""

    distinct: int
    """All pieces, each counted once."""
    stored: int
    """Those that are stored already, by whichever experiment."""

    @property
    def left(self) -> int:
        """How many remain to be done."""
        return self.distinct - self.stored


@dataclass(frozen=True)
class ContextCount:
    """The chunk contexts that one model is asked for."""

    model: Model
    count: StageCount
    tokens: int
    """About how many tokens of documents one request holds."""


class StageCounts:
    """The counts for one set of documents under some retrieval settings."""

    def __init__(
        self, documents: Sequence[Document], retrievals: Iterable[Retrieval], caches: Caches
    ) -> None:
        self.keys = StageKeys(documents, caches.vector_index)
        self._documents = documents
        self._retrievals = list(retrievals)
        self._caches = caches

    @cached_property
    def groups(self) -> dict[str, Retrieval]:
        """One setting per group of settings that rank alike, by the group's fingerprint."""
        return {fingerprints.group(r): r for r in self._retrievals}

    @cached_property
    def _chunkings(self) -> set[Chunking]:
        parents = (parent_chunking(r) for r in self._retrievals)
        return {Chunking.of(r) for r in self._retrievals} | {p for p in parents if p is not None}

    @cached_property
    def _embeddings(self) -> list[tuple[Model, Retrieval]]:
        """One setting per combination of an embedding model, a chunking and a chunk context, with the
        model."""
        models = {id(m): m for r in self._retrievals for m in r.embeddings}
        identity = {key: fingerprints.model(model) for key, model in models.items()}
        found = {
            (identity[id(m)], Chunking.of(r), *fingerprints.context(r)): (m, r)
            for r in self._retrievals
            for m in r.embeddings
        }
        return list(found.values())

    def ranking_keys(self, questions: Sequence[str | AskedQuestion]) -> dict[str, list[str]]:
        """Group to the keys of the questions' rankings."""
        return {group: self.keys.rankings(r, questions) for group, r in self.groups.items()}

    def chunk(self) -> StageCount:
        """Documents to chunk, counted once per chunking."""
        stored = sum(count_stored(self._documents, *c, self._caches.chunks) for c in self._chunkings)
        return StageCount(len(self._documents) * len(self._chunkings), stored)

    def encoded_sentences(self) -> tuple[int, int]:
        """(number, characters) of the sentences that splitters by meaning encode before they cut, about: of
        the documents that are not chunked yet, once for each way to chunk."""
        characters = 0
        for chunking in self._chunkings:
            if choose(Splitter, chunking.splitter).part.uses_encoder:
                folder = self._caches.chunks
                left = (d for d in self._documents if not chunk_file(d, *chunking, folder).exists())
                characters += sum(len(document.text) for document in left)
        return characters // self._sentence_length if characters else 0, characters

    @cached_property
    def _sentence_length(self) -> int:
        """Characters of a sentence in the first documents, on average."""
        sample = "\n\n".join(document.text[:SAMPLE_CHARACTERS] for document in self._documents[:SAMPLED])
        return max(1, len(sample) // max(1, len(split_sentences(sample))))

    def embed(self, questions: Sequence[str]) -> list[tuple[Model, StageCount]]:
        """For each embedding model, the distinct chunk texts and questions to embed.

        The chunks of documents that are not chunked yet are estimated from their length.
        """
        vectors = VectorCache(self._caches.vectors)
        texts: dict[str, set[str]] = {}
        estimated: dict[str, int] = {}
        models: dict[str, Model] = {}
        for model, r in self._embeddings:
            identity = fingerprints.vectors(model)
            models[identity] = model
            chunk_texts, estimate = self._chunk_texts(r)
            asked, stored = model.query_prefix, model.document_prefix
            texts.setdefault(identity, set()).update(asked + text for text in questions)
            texts[identity].update(stored + text for text in chunk_texts)
            estimated[identity] = estimated.get(identity, 0) + estimate
        return [
            (
                model,
                StageCount(
                    len(texts[identity]) + estimated[identity],
                    vectors.count_stored(identity, texts[identity]),
                ),
            )
            for identity, model in models.items()
        ]

    def _chunk_texts(self, retrieval: Retrieval) -> tuple[list[str], int]:
        """(what is embedded of chunks that are stored with their contexts, estimated number of others)."""
        texts: list[str] = []
        estimate = 0
        for document in self._documents:
            chunks = find_stored_chunks(document, *Chunking.of(retrieval), self._caches.chunks)
            if chunks is None:
                estimate += estimate_chunks(document, retrieval.chunk_tokens, retrieval.chunk_overlap)
                continue
            contexts = self._contexts(document, retrieval, len(chunks))
            texts.extend(
                searched_text(chunk, row.text)
                for chunk, row in zip(chunks, contexts, strict=True)
                if row is not None
            )
            estimate += contexts.count(None)
        return texts, estimate

    def unplaced(self) -> dict[str, int]:
        """Splitter from outside → how many of its pieces are in no chunk, as far as its chunks are stored; of
        several chunk sizes, the most."""
        counts: dict[str, int] = {}
        for chunking in self._chunkings:
            if not choose(Splitter, chunking.splitter).part.from_outside:
                continue
            stored = [find_stored_chunks(d, *chunking, self._caches.chunks) for d in self._documents]
            count = sum(chunks.unplaced for chunks in stored if chunks is not None)
            counts[chunking.splitter] = max(count, counts.get(chunking.splitter, 0))
        return counts

    def _contexts(self, document: Document, retrieval: Retrieval, chunks: int) -> Rows:
        if retrieval.situating.part.function is None:
            return [NO_CONTEXT] * chunks
        return find_stored_contexts(document, retrieval, chunks, self._caches.contexts)

    def context(self) -> list[ContextCount]:
        """For each setting whose chunk contexts a model writes, the chunks that it writes them for.

        The chunks of documents that are not chunked yet are estimated from their length.
        """
        writing = {
            (Chunking.of(r), *fingerprints.context(r)): r
            for r in self._retrievals
            if r.situating.part.calls and r.context_model is not None
        }
        return [self._count_contexts(r, r.context_model) for r in writing.values() if r.context_model]

    def _count_contexts(self, retrieval: Retrieval, model: Model) -> ContextCount:
        distinct = stored = tokens = 0
        most = retrieval.situating.part.tokens_read(retrieval.situating.settings)
        for document in self._documents:
            chunks = find_stored_chunks(document, *Chunking.of(retrieval), self._caches.chunks)
            if chunks is None:
                count = estimate_chunks(document, retrieval.chunk_tokens, retrieval.chunk_overlap)
            else:
                count = len(chunks)
                stored += count - self._contexts(document, retrieval, count).count(None)
            distinct += count
            tokens += count * min(most, len(document.text) // CHARACTERS_PER_TOKEN)
        each = tokens // max(1, distinct) + retrieval.chunk_tokens
        return ContextCount(model, StageCount(distinct, stored), each)

    def index(self) -> StageCount:
        """Indexes to build; an exact one counts as stored."""
        kinds = {k: self.keys.index_kind(r) for _, r in self._embeddings for k in self.keys.indexes(r)}
        stores = {kind: open_vector_store(kind, self._caches) for kind in set(kinds.values())}
        unbuilt = sum(not stores[kind].has(key) for key, kind in kinds.items())
        return StageCount(len(kinds), len(kinds) - unbuilt)

    @property
    def index_kinds(self) -> tuple[VectorIndexKind, ...]:
        """How vectors are searched: see Plan.vector_index."""
        return tuple(sorted({self.keys.index_kind(r) for _, r in self._embeddings}))
