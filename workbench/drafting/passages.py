"""Finds passages of a corpus by keyword under several settings, to see what else answers a question.
Knows nothing about rules and drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.pipeline.bm25 import KeywordIndex
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.types import Chunk

SETTINGS = (("sentence", 64, 0), ("sentence", 160, 32), ("markdown", 320, 0))
"""(splitter, most tokens, overlap in tokens): short passages, usual ones and whole sections."""


@dataclass(frozen=True)
class Passages:
    """The passages of a corpus under each of SETTINGS, with their keyword index."""

    indexes: tuple[tuple[Sequence[Chunk], KeywordIndex], ...]

    def find(self, text: str, most: int) -> Iterable[Chunk]:
        """Yield the best passages for a text, up to `most` of each setting."""
        for found in self.find_each(text, most):
            yield from found

    def find_each(self, text: str, most: int) -> list[list[Chunk]]:
        """The best passages for a text under each setting, up to `most` of each."""
        return [
            [chunks[position] for position, _ in index.query(text, most)] for chunks, index in self.indexes
        ]


def read_passages(documents: Sequence[Document]) -> Passages:
    """Cut and index documents under each of SETTINGS."""
    indexes = []
    for setting in SETTINGS:
        chunks = [chunk for document in documents for chunk in chunk_document(document, *setting)]
        indexes.append((chunks, KeywordIndex(chunks)))
    return Passages(tuple(indexes))
