"""Stores the chunks of each document in a file: when a document is added or changed, only it is chunked.
Knows nothing about how chunks are cut. A file that cannot be read is written again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.corpus.types import Document
from workbench.errors import StoreError, reason_of
from workbench.files.private import make_private_folder
from workbench.files.writing import write_cache_file
from workbench.pipeline.chunk_table import ChunkTable, TableWriter
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.fingerprints import document_chunks
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.types import Chunk, Placed


@dataclass(frozen=True)
class ChunkCounts:
    """How the chunks of some documents came to be."""

    made: int
    """Documents that were chunked now."""
    stored: int
    """Documents whose chunks were already stored."""
    unplaced: int = 0
    """Pieces of a splitter from outside that are in no chunk, since their text is in no document."""


def chunk_file(
    document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int, folder: Path
) -> Path:
    """The file of one document's chunks, whether or not it exists."""
    key = document_chunks(document, splitter, chunk_tokens, chunk_overlap)
    return folder / key[:2] / f"{key}.json"


def find_stored_chunks(
    document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int, folder: Path
) -> Placed[Chunk] | None:
    """The document's chunks when they are stored and undamaged, else None."""
    try:
        rows = json.loads(
            chunk_file(document, splitter, chunk_tokens, chunk_overlap, folder).read_text(encoding="utf-8")
        )
        unplaced = rows.pop("unplaced") if isinstance(rows, dict) else 0
        chunks = [Chunk(**row) for row in (rows["chunks"] if isinstance(rows, dict) else rows)]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    undamaged = all(document.text[c.start : c.end] == c.text for c in chunks)
    return Placed(chunks, unplaced) if undamaged else None


def count_stored(
    documents: Sequence[Document], splitter: str, chunk_tokens: int, chunk_overlap: int, folder: Path
) -> int:
    """How many of the documents have a file of chunks."""
    return sum(chunk_file(d, splitter, chunk_tokens, chunk_overlap, folder).exists() for d in documents)


def _write(path: Path, chunks: Placed[Chunk]) -> None:
    rows: Any = [asdict(c) for c in chunks]
    if chunks.unplaced:
        rows = {"unplaced": chunks.unplaced, "chunks": rows}
    try:
        make_private_folder(path.parent)
        write_cache_file(path, json.dumps(rows, ensure_ascii=False))
    except OSError as error:
        raise StoreError(
            f"{path.parent} cannot be written: {reason_of(error)}.", hint="Free some disk space and resume."
        ) from None


def chunk_documents(
    documents: Sequence[Document],
    splitter: str,
    chunk_tokens: int,
    chunk_overlap: int,
    folder: Path,
    observer: Observer = UNOBSERVED,
) -> tuple[ChunkTable, ChunkCounts]:
    """All chunks in the order of the documents. Raises StoreError when the cache cannot be written.

    observer: hears of each document.
    """
    observer.expect("chunk", len(documents))
    table = TableWriter()
    made = unplaced = 0
    for document in documents:
        chunks = find_stored_chunks(document, splitter, chunk_tokens, chunk_overlap, folder)
        if chunks is None:
            chunks = chunk_document(document, splitter, chunk_tokens, chunk_overlap)
            _write(chunk_file(document, splitter, chunk_tokens, chunk_overlap, folder), chunks)
            made += 1
            observer.note("chunk", 1)
        else:
            observer.note("chunk", 1, reused=1)
        table.add(document, chunks)
        unplaced += chunks.unplaced
    return table.table(), ChunkCounts(made, len(documents) - made, unplaced)
