"""How much work retrieval settings give the stages that make a corpus searchable, and how much is stored.
Knows nothing about prices or experiments. Reads the caches and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.corpus.types import Document
from workbench.pipeline import fingerprints
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunk_cache import count_stored, find_stored_chunks
from workbench.pipeline.stage_keys import StageKeys
from workbench.pipeline.types import Chunking
from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_index import VectorIndexKind, estimate_chunks, needs_build
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval


@dataclass(frozen=True)
class StageCount:
    """Pieces of work."""

    distinct: int
    stored: int
    """Done already, by any experiment."""

    @property
    def left(self) -> int:
        """At most so many are to be done."""
        return self.distinct - self.stored


class StageCounts:
    """Of one set of documents under some retrieval settings."""

    def __init__(
        self, documents: Sequence[Document], retrievals: Iterable[Retrieval], caches: Caches
    ) -> None:
        self.keys = StageKeys(documents, caches.vector_index)
        self._documents = documents
        self._retrievals = list(retrievals)
        self._caches = caches

    @cached_property
    def groups(self) -> dict[str, Retrieval]:
        """The settings that rank differently, by the fingerprint of their group."""
        return {fingerprints.group(r): r for r in self._retrievals}

    @cached_property
    def _chunkings(self) -> set[Chunking]:
        return {Chunking.of(r) for r in self._retrievals}

    @cached_property
    def _embeddings(self) -> list[Retrieval]:
        """One setting for each pair of an embedding model and a chunking."""
        models = {id(r.embedding): r.embedding for r in self._retrievals if r.embedding}
        identity = {key: fingerprints.model(model) for key, model in models.items()}
        pairs = {(identity[id(r.embedding)], Chunking.of(r)): r for r in self._retrievals if r.embedding}
        return list(pairs.values())

    def ranking_keys(self, questions: Sequence[str]) -> dict[str, list[str]]:
        """By group, the key of each question's ranking."""
        return {group: self.keys.rankings(r, questions) for group, r in self.groups.items()}

    def chunk(self) -> StageCount:
        stored = sum(count_stored(self._documents, *c, self._caches.chunks) for c in self._chunkings)
        return StageCount(len(self._documents) * len(self._chunkings), stored)

    def embed(self, questions: Sequence[str]) -> list[tuple[Model, StageCount]]:
        """For each embedding model its distinct passages and questions; estimated from lengths where a
        document is not chunked yet."""
        vectors = VectorCache(self._caches.vectors)
        texts: dict[str, set[str]] = {}
        uncut: dict[str, int] = {}
        models: dict[str, Model] = {}
        for r in self._embeddings:
            assert r.embedding is not None
            identity = fingerprints.model(r.embedding)
            models[identity] = r.embedding
            chunked, guessed = self._chunk_texts(Chunking.of(r))
            texts.setdefault(identity, set(questions)).update(chunked)
            uncut[identity] = uncut.get(identity, 0) + guessed
        return [
            (
                model,
                StageCount(
                    len(texts[identity]) + uncut[identity], vectors.count_stored(identity, texts[identity])
                ),
            )
            for identity, model in models.items()
        ]

    def _chunk_texts(self, chunking: Chunking) -> tuple[list[str], int]:
        """Texts of the chunks that are stored, and about how many there are in documents not chunked yet."""
        texts: list[str] = []
        uncut = 0
        for document in self._documents:
            chunks = find_stored_chunks(document, *chunking, self._caches.chunks)
            if chunks is None:
                uncut += estimate_chunks(document, chunking.chunk_tokens, chunking.chunk_overlap)
            else:
                texts.extend(c.text for c in chunks)
        return texts, uncut

    def index(self) -> StageCount:
        """Indexes; an exact one has nothing to build."""
        kinds = {self.keys.index(r): self.keys.index_kind(r) for r in self._embeddings}
        left = sum(needs_build(kind, self._caches.indexes, key) for key, kind in kinds.items())
        return StageCount(len(kinds), len(kinds) - left)

    @property
    def index_kinds(self) -> tuple[VectorIndexKind, ...]:
        """How vectors are searched: see Plan.vector_index."""
        return tuple(sorted({self.keys.index_kind(r) for r in self._embeddings}))
