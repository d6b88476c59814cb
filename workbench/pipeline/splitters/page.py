"""Splits a document into its pages.
Knows nothing about how pages were read; a document without pages is cut at sentences."""

from __future__ import annotations

from workbench.corpus.types import Document
from workbench.pipeline.splitters.packing import Span, strip
from workbench.pipeline.splitters.sentence import split_by_sentence


def split_by_page(document: Document, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """One chunk per page; a page with more than `chunk_tokens` tokens is cut at sentences.

    Text before the first page goes with it. Chunks of different pages never overlap.
    """
    if not document.page_starts:
        return split_by_sentence(document.text, chunk_tokens, chunk_overlap)
    starts = sorted({0, *document.page_starts[1:]})
    chunks: list[Span] = []
    for start, end in zip(starts, [*starts[1:], len(document.text)], strict=True):
        page = strip(document.text, start, end)
        if page:
            pieces = split_by_sentence(document.text[slice(*page)], chunk_tokens, chunk_overlap)
            chunks.extend((page[0] + a, page[0] + b) for a, b in _whole_if_one(pieces, page))
    return chunks


def _whole_if_one(pieces: list[Span], page: Span) -> list[Span]:
    """A page that fits is one chunk as it is."""
    return [(0, page[1] - page[0])] if len(pieces) == 1 else pieces
