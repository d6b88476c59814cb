"""Stores the contexts of a document's chunks in a file, so that none is made twice.
Knows nothing about how contexts are made. A file that cannot be read counts as none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.corpus.types import Document
from workbench.errors import StoreError, reason_of
from workbench.files.private import make_private_folder
from workbench.files.writing import write_cache_file
from workbench.pipeline.fingerprints import document_contexts
from workbench.space.retrieval import Retrieval


@dataclass(frozen=True, slots=True)
class ContextRow:
    """The context of one chunk."""

    text: str
    """"" for none."""
    failed: str = ""
    """The kind of error for which there is none, of those that the same request would meet again."""


Rows = list[ContextRow | None]
"""The contexts of a document's chunks, in order; None for one that is still to be made."""


def context_file(document: Document, retrieval: Retrieval, folder: Path) -> Path:
    """The file of the contexts of one document's chunks, whether or not it exists."""
    key = document_contexts(document, retrieval)
    return folder / key[:2] / f"{key}.json"


def find_stored_contexts(document: Document, retrieval: Retrieval, chunks: int, folder: Path) -> Rows:
    """What is stored of the contexts of a document's chunks.

    chunks: how many it has.
    """
    try:
        stored = json.loads(context_file(document, retrieval, folder).read_text(encoding="utf-8"))
        rows = [None if row is None else ContextRow(str(row[0]), str(row[1])) for row in stored]
    except (OSError, ValueError, TypeError, LookupError):
        rows = []
    return rows if len(rows) == chunks else [None] * chunks


def keep_contexts(
    document: Document, retrieval: Retrieval, rows: Sequence[ContextRow | None], folder: Path
) -> None:
    """Write the contexts of a document's chunks. Raises StoreError."""
    path = context_file(document, retrieval, folder)
    written = [None if row is None else [row.text, row.failed] for row in rows]
    try:
        make_private_folder(path.parent)
        write_cache_file(path, json.dumps(written, ensure_ascii=False))
    except OSError as error:
        raise StoreError(
            f"{path.parent} cannot be written: {reason_of(error)}.", hint="Free some disk space and resume."
        ) from None
