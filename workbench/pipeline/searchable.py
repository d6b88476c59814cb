"""A corpus that can be searched, and the input and output of a retriever.
Knows nothing about how chunks, vectors and indexes were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.bm25 import KeywordIndex, PartOfKeywordIndex
from workbench.pipeline.chunk_table import ChunksAt, ChunkTable
from workbench.pipeline.keyword_files import KeywordFiles
from workbench.pipeline.search_terms import Segmenter
from workbench.pipeline.sparse import SparseIndex
from workbench.pipeline.types import Chunk, Hit
from workbench.pipeline.vector_stores.exact import ExactIndex
from workbench.pipeline.vector_stores.types import VectorIndex
from workbench.providers.types import Vectors

MOST_COPIED_BYTES = 64 << 20
"""The vectors of a part of a corpus are copied up to this size: several parts are kept."""

Ranked = list[tuple[int, float]]
"""(chunk position, score), best first; equal scores by position."""


@dataclass(frozen=True)
class Query:
    """What is searched for."""

    text: str
    """The question, or the output of the query transform."""
    vector: NDArray[np.float32] | None = None
    """[dimensions], unit length; None when the setting has no embedding."""
    second_vector: NDArray[np.float32] | None = None
    """Likewise by the second embedding, usually of other dimensions; None when the setting has none."""
    sparse_vector: NDArray[np.float32] | None = None
    """Its sparse vector, an item of SparseVectors; None when the setting has no sparse embedding."""


@dataclass(frozen=True)
class SearchableCorpus:
    """The chunks of a corpus under one setting, with the indexes that search them."""

    chunks: Sequence[Chunk]
    vectors: Vectors | None = None
    """[chunks, dimensions], unit rows; None when the setting has no embedding, and for a part of a corpus."""
    vector_index: VectorIndex | None = None
    """The index of the vectors; None when there are none."""
    contexts: Sequence[str] = ()
    """What each chunk is searched with beside its text, "" for nothing; empty where none has a context."""
    lacks_contexts: bool = False
    """Whether the context of some chunk could not be written."""
    late_contexts: tuple[int, ...] = ()
    """The positions of the chunks whose context is asked for again when the corpus is next opened."""
    second_index: VectorIndex | None = None
    """The index of the vectors of the second embedding; None when the setting has none."""
    second_vectors: Vectors | None = None
    """Those vectors, likewise."""
    sparse_index: SparseIndex | None = None
    """The index of the sparse vectors; None when the setting has no sparse embedding."""

    keyword_files: KeywordFiles | None = None
    """Where its keyword indexes are stored; None where they are not."""
    keyword_indexes: dict[Segmenter, KeywordIndex] = field(default_factory=dict, compare=False)
    """Those that are open, by how words are found."""
    part_of: tuple[SearchableCorpus, NDArray[np.int64]] | None = field(
        default=None, compare=False, repr=False
    )
    """The corpus that this one is a part of, and the positions of its chunks there; None for a whole one."""

    def keyword_index(self, segmenter: Segmenter = "bigrams") -> KeywordIndex | PartOfKeywordIndex:
        """Opened at the first keyword search, or built: with 50,000 chunks that takes seconds. Of a part of a
        corpus it is a view of that of the whole one. Raises StoreError when it cannot be stored."""
        if self.part_of is not None:
            whole, positions = self.part_of
            index = whole.keyword_index(segmenter)
            assert isinstance(index, KeywordIndex)
            return PartOfKeywordIndex(index, positions)
        if segmenter not in self.keyword_indexes:
            if self.keyword_files is None:
                index = KeywordIndex(self.chunks, segmenter, self.contexts)
            else:
                index = self.keyword_files.open(self.chunks, segmenter, self.contexts)
            self.keyword_indexes[segmenter] = index
        return self.keyword_indexes[segmenter]

    def within(self, positions: NDArray[np.int64]) -> SearchableCorpus:
        """The part of this corpus at these positions, which ascend. Its vectors are searched exactly."""
        assert self.part_of is None
        first, second = (
            None if whole is None else _index_of(whole, positions)
            for whole in (self.vectors, self.second_vectors)
        )
        return SearchableCorpus(
            chunks=_at(self.chunks, positions),
            vector_index=first,
            second_index=second,
            sparse_index=None if self.sparse_index is None else self.sparse_index.within(positions),
            contexts=[self.contexts[position] for position in positions] if self.contexts else (),
            part_of=(self, positions),
        )

    @cached_property
    def built(self) -> dict[str, Any]:
        """What retrievers from outside have built over the chunks, by their text."""
        return {}

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Chunk id to position in `chunks`."""
        if isinstance(self.chunks, ChunkTable):
            return self.chunks.positions
        return {chunk.id: position for position, chunk in enumerate(self.chunks)}

    def vectors_of(self, hits: Sequence[Hit]) -> Vectors:
        """[hits, dimensions]: the vectors of these hits' chunks. The setting must have an embedding."""
        whole = self if self.part_of is None else self.part_of[0]
        assert whole.vectors is not None
        rows: Vectors = whole.vectors[[whole.positions[hit.chunk.id] for hit in hits]]
        return rows

    @property
    def all_vectors(self) -> Vectors | None:
        """[chunks, dimensions]; of a part of a corpus a copy. None when the setting has no embedding."""
        if self.part_of is None:
            return self.vectors
        whole, positions = self.part_of
        return None if whole.vectors is None else whole.vectors[positions]


def _index_of(vectors: Vectors, positions: NDArray[np.int64]) -> ExactIndex:
    """Of some of the vectors. A few are copied, since copies are searched faster."""
    if vectors[:1].nbytes * len(positions) <= MOST_COPIED_BYTES:
        return ExactIndex(vectors[positions])
    return ExactIndex(vectors, positions)


def _at(chunks: Sequence[Chunk], positions: NDArray[np.int64]) -> Sequence[Chunk]:
    if isinstance(chunks, ChunkTable):
        return ChunksAt(chunks, positions)
    return [chunks[position] for position in positions]
