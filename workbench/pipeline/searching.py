"""Makes a corpus searchable for one retrieval setting, from the caches where they are whole.
Knows nothing about experiments, limits or the ledger: the engine does the same work under those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus.types import Document
from workbench.errors import CorpusError
from workbench.pipeline import fingerprints
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.embedding import VectorCache, embed_texts
from workbench.pipeline.index import build_index, open_index
from workbench.pipeline.keyword import KeywordIndex
from workbench.pipeline.retrieval import Searchable
from workbench.pipeline.types import Chunk
from workbench.providers.open_model import open_embedding_model
from workbench.providers.types import Vectors
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval


@dataclass(frozen=True)
class SearchableCorpus:
    """vectors: [chunks, d], None when the setting needs none."""

    chunks: tuple[Chunk, ...]
    searchable: Searchable
    vectors: Vectors | None


async def embed_cached(model: Model, texts: Sequence[str], cache: Path) -> Vectors:
    """Vectors [n, d] of texts, each text and model embedded once and kept in the cache folder."""
    client = open_embedding_model(model)
    try:
        return await embed_texts(client, fingerprints.model(model), texts, VectorCache(cache / "vectors.db"))
    finally:
        await client.close()


async def open_searchable(
    documents: Sequence[Document], retrieval: Retrieval, cache: Path, indexes: Path
) -> SearchableCorpus:
    """Chunks, vectors and index of the documents. Raises CorpusError when they hold no text."""
    chunks, _ = chunk_documents(
        documents, retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap, cache / "chunks"
    )
    if not chunks:
        raise CorpusError("The documents hold no text to search.")
    index = vectors = None
    if retrieval.embedding is not None:
        vectors = await embed_cached(retrieval.embedding, [c.text for c in chunks], cache)
        key = fingerprints.index(documents, retrieval)
        index = open_index(indexes, key, chunks, vectors) or build_index(indexes, key, chunks, vectors)
    return SearchableCorpus(tuple(chunks), Searchable(chunks, index, KeywordIndex(chunks)), vectors)
