"""The interface of vector search, and the choice of index: exact in memory, or approximate for very many
chunks. Knows nothing about how either of them works, or about questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from workbench.corpus.types import Document
from workbench.pipeline import chroma_index
from workbench.pipeline.exact_index import ExactIndex
from workbench.pipeline.types import Chunk
from workbench.providers.token_counts import CHARACTERS_PER_TOKEN
from workbench.providers.types import Vectors
from workbench.settings import VectorIndexChoice
from workbench.space.retrieval import Retrieval

VectorIndexKind = Literal["exact", "chroma"]

MOST_EXACT_CHUNKS = 1_500_000
"""Above this number of chunks an approximate index is chosen (benchmarks/large_corpus.py;
docs/decisions.md)."""


class VectorIndex(Protocol):
    """An open index of vectors. A position is the index of a chunk in the list it was opened with."""

    count: int
    """How many vectors it contains."""

    def query(self, vectors: Vectors, n: int) -> list[list[tuple[int, float]]]:
        """For each row of vectors [q, d], up to n (position, cosine), best first, ties by position.

        An approximate index may miss some. Of equal vectors at the end of a list it need not return the
        first. The time grows with the number of chunks: call it in a thread, with many queries at once.
        Raises IndexBuildError when the index was damaged after it was opened.
        """
        ...


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


def needs_build(kind: VectorIndexKind, folder: Path, fingerprint: str) -> bool:
    """Whether opening this index would build it. An exact one has nothing to build."""
    return kind == "chroma" and not chroma_index.has_index(folder, fingerprint)


def open_vector_index(
    kind: VectorIndexKind,
    folder: Path,
    fingerprint: str,
    chunks: Sequence[Chunk],
    vectors: Vectors,
    contexts: Sequence[str] = (),
) -> OpenedIndex:
    """An index of these chunks and their vectors [n, d]: the stored one when it is sound, else a new one.

    contexts: what the chunks are embedded with, where they have a context.

    Raises IndexBuildError when it cannot be built.
    """
    if kind == "exact":
        return OpenedIndex(ExactIndex(vectors), reused=True)
    stored = chroma_index.open_index(folder, fingerprint, chunks, vectors, contexts)
    if stored is not None:
        return OpenedIndex(stored, reused=True)
    built = chroma_index.build_index(folder, fingerprint, chunks, vectors, contexts)
    return OpenedIndex(built, reused=False)
