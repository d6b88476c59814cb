"""Cuts a document into chunks: the spans of a splitter, with titles, pages and token counts.
Knows nothing about corpora, caches or what chunks are for."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable

from workbench.corpus.types import Document
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.pipeline.section_titles import SectionTitles
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Chunk, Placed

LONGEST_HEADER = 0.25
"""The share of chunk_tokens that a table's header row may have; a longer one is not repeated."""


def longest_header(splitter: str, chunk_tokens: int) -> float:
    """The most tokens of a table's header row that is repeated beside chunks."""
    return LONGEST_HEADER * chunk_tokens if choose(Splitter, splitter).part.sized else math.inf


def header_before(document: Document, start: int, count: Callable[[int, int], int], longest: float) -> str:
    """The header rows before a passage that begins at `start`, inside a table; "" where it needs none.

    count: the tokens of the document's characters from one offset to another.
    longest: the most tokens of a header row. The rule below it is no text and does not count.
    """
    tables = document.tables
    place = bisect_right(tables, start, key=lambda table: table.start) - 1
    if place < 0 or not tables[place].start < start < tables[place].end:
        return ""
    table = tables[place]
    if count(table.start, table.header_end) > longest:
        return ""
    return document.text[table.start : min(start, table.rule_end)].rstrip()


def split(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """The spans (start, end) in characters into which a splitter cuts a document's text.

    splitter: its name as in an experiment file.
    chunk_tokens, chunk_overlap: in tokens of the embedded tokenizer.
    """
    chosen = choose(Splitter, splitter)
    source = document if chosen.part.reads_document else document.text
    spans: list[Span] = chosen.part.load()(source, chunk_tokens, chunk_overlap, **chosen.arguments)
    return spans


def chunk_document(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> Placed[Chunk]:
    """The document's chunks in order. text == document.text[start:end]; tokens <= chunk_tokens where the
    splitter obeys it.

    A chunk that begins inside a table has the table's header rows beside it. They are not part of its span,
    nor of its tokens: with them it is up to a quarter longer.
    """
    spans = split(document, splitter, chunk_tokens, chunk_overlap)
    tokens = TokenOffsets.of(document.text)
    part = choose(Splitter, splitter).part
    sections = SectionTitles(document) if part.section_titles else None
    longest = longest_header(splitter, chunk_tokens)
    chunks = [
        Chunk(
            document=document.name,
            title=sections.of(start, end) if sections else document.title,
            start=start,
            end=end,
            text=document.text[start:end],
            tokens=tokens.count(start, end),
            page=document.page_at(start),
            header=header_before(document, start, tokens.count, longest),
        )
        for start, end in spans
    ]
    return Placed(chunks, getattr(spans, "unplaced", 0))
