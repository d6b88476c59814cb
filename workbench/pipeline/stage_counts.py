"""Counts the work that retrieval settings need to make a corpus searchable, and how much of it is stored.
Knows nothing about prices or experiments. Reads the caches and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.corpus.types import AskedQuestion, Document
from workbench.pipeline import fingerprints
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunk_cache import count_stored, find_stored_chunks
from workbench.pipeline.selection import parent_chunking
from workbench.pipeline.stage_keys import StageKeys
from workbench.pipeline.types import Chunking
from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_index import VectorIndexKind, estimate_chunks, needs_build
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval


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
    def _embeddings(self) -> list[Retrieval]:
        """One setting per pair of an embedding model and a chunking."""
        models = {id(r.embedding): r.embedding for r in self._retrievals if r.embedding}
        identity = {key: fingerprints.model(model) for key, model in models.items()}
        pairs = {(identity[id(r.embedding)], Chunking.of(r)): r for r in self._retrievals if r.embedding}
        return list(pairs.values())

    def ranking_keys(self, questions: Sequence[str | AskedQuestion]) -> dict[str, list[str]]:
        """Group to the keys of the questions' rankings."""
        return {group: self.keys.rankings(r, questions) for group, r in self.groups.items()}

    def chunk(self) -> StageCount:
        """Documents to chunk, counted once per chunking."""
        stored = sum(count_stored(self._documents, *c, self._caches.chunks) for c in self._chunkings)
        return StageCount(len(self._documents) * len(self._chunkings), stored)

    def embed(self, questions: Sequence[str]) -> list[tuple[Model, StageCount]]:
        """For each embedding model, the distinct chunk texts and questions to embed.

        The chunks of documents that are not chunked yet are estimated from their length.
        """
        vectors = VectorCache(self._caches.vectors)
        texts: dict[str, set[str]] = {}
        estimated: dict[str, int] = {}
        models: dict[str, Model] = {}
        for r in self._embeddings:
            assert r.embedding is not None
            identity = fingerprints.model(r.embedding)
            models[identity] = r.embedding
            chunk_texts, estimate = self._chunk_texts(Chunking.of(r))
            texts.setdefault(identity, set(questions)).update(chunk_texts)
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

    def _chunk_texts(self, chunking: Chunking) -> tuple[list[str], int]:
        """(texts of stored chunks, estimated number of chunks in documents that are not chunked yet)."""
        texts: list[str] = []
        estimate = 0
        for document in self._documents:
            chunks = find_stored_chunks(document, *chunking, self._caches.chunks)
            if chunks is None:
                estimate += estimate_chunks(document, chunking.chunk_tokens, chunking.chunk_overlap)
            else:
                texts.extend(c.text for c in chunks)
        return texts, estimate

    def index(self) -> StageCount:
        """Indexes to build; an exact one counts as stored."""
        kinds = {self.keys.index(r): self.keys.index_kind(r) for r in self._embeddings}
        unbuilt = sum(needs_build(kind, self._caches.indexes, key) for key, kind in kinds.items())
        return StageCount(len(kinds), len(kinds) - unbuilt)

    @property
    def index_kinds(self) -> tuple[VectorIndexKind, ...]:
        """How vectors are searched: see Plan.vector_index."""
        return tuple(sorted({self.keys.index_kind(r) for r in self._embeddings}))
