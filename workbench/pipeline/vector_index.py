"""The choice of index: exact in memory, or approximate for very many chunks; and how one is opened.
Knows nothing about how any of them works, or about questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.pipeline.vector_stores.registry import VectorIndexKind
from workbench.pipeline.vector_stores.types import IndexContent, VectorIndex, VectorStore
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.settings import VectorIndexChoice
from workbench.space.retrieval import Retrieval

MOST_EXACT_CHUNKS = 1_500_000
"""Above this number of chunks an approximate index is chosen (benchmarks/large_corpus.py;
docs/decisions.md)."""


@dataclass(frozen=True)
class OpenedIndex:
    """An index, ready to be searched."""

    index: VectorIndex

    reused: bool
    """Whether nothing had to be built."""


def estimate_chunks(document: Document, chunk_tokens: int, chunk_overlap: int) -> int:
    """About how many chunks a document will have, estimated from its length."""
    step = max(1, chunk_tokens - chunk_overlap)
    return int(len(document.text) / CHARACTERS_PER_TOKEN / step) + 1


def choose_index(
    choice: VectorIndexChoice, documents: Sequence[Document], retrieval: Retrieval
) -> VectorIndexKind:
    """The kind of index for these documents.

    It depends on an estimate of the number of chunks, because the plan and the keys of the rankings need it
    before anything is chunked.
    """
    if choice != "auto":
        return choice
    chunks = sum(
        estimate_chunks(document, retrieval.chunk_tokens, retrieval.chunk_overlap) for document in documents
    )
    return "exact" if chunks <= MOST_EXACT_CHUNKS else "chroma"


def open_vector_index(store: VectorStore, content: IndexContent) -> OpenedIndex:
    """An index of this content: the stored one when it is sound, else a new one.

    Raises IndexBuildError when it cannot be built, or the store cannot be asked.
    """
    stored = store.open(content)
    if stored is not None:
        return OpenedIndex(stored, reused=True)
    return OpenedIndex(store.build(content), reused=False)
