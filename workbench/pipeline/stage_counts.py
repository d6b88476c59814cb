"""Counts the work that retrieval settings need to make a corpus searchable, and how much of it is stored.
Knows nothing about prices or experiments. Reads the caches and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from workbench.pipeline.vector_cache import text_key
from workbench.pipeline.vector_files import count_in_file
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


@dataclass
class _Texts:
    """The texts that one model embeds."""

    model: Model
    identity: str
    """The fingerprint under which its vectors are stored."""
    keys: set[bytes] = field(default_factory=set)
    """Of the distinct ones that are known."""
    in_files: int = 0
    """Those of corpora whose vectors are complete in a file."""
    estimated: int = 0
    """Those that are not known yet."""

    def add(self, texts: Iterable[str], prefix: str) -> None:
        """Add texts, each with what the model wants to read before it."""
        self.keys.update(text_key(self.identity, prefix + text) for text in texts)


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

        The chunks of documents that are not chunked yet are estimated from their length. Those of a large
        corpus whose vectors are complete are not read: the file says how many there are.
        """
        vectors = self._caches.open_vectors()
        identities = {fingerprints.vectors(model): model for model, _ in self._embeddings}
        counts = {identity: _Texts(model, identity) for identity, model in identities.items()}
        for model, r in self._embeddings:
            counted = counts[fingerprints.vectors(model)]
            counted.add(questions, model.query_prefix)
            index = self.keys.index(r, model)
            in_file = count_in_file(self._caches.vector_files, index)
            if in_file is not None:
                counted.in_files += in_file
            else:
                counted.estimated += self._add_chunks(r, counted, model.document_prefix)
        return [
            (
                counted.model,
                StageCount(
                    len(counted.keys) + counted.in_files + counted.estimated,
                    vectors.count_keys(counted.keys) + counted.in_files,
                ),
            )
            for counted in counts.values()
        ]

    def _add_chunks(self, retrieval: Retrieval, counted: _Texts, prefix: str) -> int:
        """Count what is embedded of the chunks that are stored with their contexts; returns the estimated
        number of the others."""
        estimate = 0
        for document in self._documents:
            chunks = find_stored_chunks(document, *Chunking.of(retrieval), self._caches.chunks)
            if chunks is None:
                estimate += estimate_chunks(document, retrieval.chunk_tokens, retrieval.chunk_overlap)
                continue
            contexts = self._contexts(document, retrieval, len(chunks))
            pairs = zip(chunks, contexts, strict=True)
            counted.add((searched_text(chunk, row.text) for chunk, row in pairs if row is not None), prefix)
            estimate += contexts.count(None)
        return estimate

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
        kinds = {self.keys.index(r, model): self._index_kind(model, r) for model, r in self._embeddings}
        stores = {kind: open_vector_store(kind, self._caches) for kind in set(kinds.values())}
        unbuilt = sum(not stores[kind].has(key) for key, kind in kinds.items())
        return StageCount(len(kinds), len(kinds) - unbuilt)

    @property
    def index_kinds(self) -> tuple[VectorIndexKind, ...]:
        """How vectors are searched: see Plan.vector_index."""
        return tuple(sorted({self._index_kind(model, r) for model, r in self._embeddings}))

    def _index_kind(self, model: Model, retrieval: Retrieval) -> VectorIndexKind:
        """How the vectors of a model are searched: sparse ones exactly, in any case."""
        return "exact" if model.kind == "sparse_embedding" else self.keys.index_kind(retrieval)
