"""Splits a text along its headings, paragraphs, tables and blocks of code.
Knows nothing about the document that the text is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.markdown import outline_markdown
from workbench.pipeline.splitters.packing import Span, pack, strip
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.text import split_sentences

BLANK_LINE = re.compile(r"\n[ \t]*\n")


def split_by_markdown(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Whole sections where they fit (a heading begins a section; small ones are joined), else whole
    paragraphs, tables and code blocks, else their lines and sentences."""
    tokens = TokenOffsets.of(text)
    chunks: list[Span] = []
    for section in _join_small(tokens, _sections(text), chunk_tokens):
        if tokens.count(*section) <= chunk_tokens:
            span = strip(text, *section)
            if span:
                chunks.append(span)
            continue
        units = [
            u for block in blocks_of(text, *section) for u in _block_units(text, tokens, block, chunk_tokens)
        ]
        chunks.extend(pack(text, tokens, units, chunk_tokens, chunk_overlap))
    return chunks


def _sections(text: str) -> list[Span]:
    starts = sorted({0, *(heading.start for heading in outline_markdown(text).headings)})
    return [(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True) if text[a:b].strip()]


def _join_small(tokens: TokenOffsets, sections: Sequence[Span], limit: int) -> Iterator[Span]:
    """Sections, where one under a quarter of the limit is joined with the next: a heading alone answers
    nothing."""
    pending: Span | None = None
    for section in sections:
        if pending is None:
            pending = section
        elif tokens.count(*pending) < limit // 4 and tokens.count(pending[0], section[1]) <= limit:
            pending = (pending[0], section[1])
        else:
            yield pending
            pending = section
    if pending is not None:
        yield pending


def blocks_of(text: str, start: int, end: int) -> Iterator[Span]:
    """Blocks of text between blank lines; a block of code is one block."""
    code = [(a, b) for a, b in outline_markdown(text).code if start <= a < end]
    cut = start
    for match in BLANK_LINE.finditer(text, start, end):
        if any(a < match.start() < b for a, b in code):
            continue
        block = strip(text, cut, match.start())
        if block:
            yield block
        cut = match.end()
    block = strip(text, cut, end)
    if block:
        yield block


def _block_units(text: str, tokens: TokenOffsets, block: Span, limit: int) -> list[Span]:
    if tokens.count(*block) <= limit:
        return [block]
    piece = text[block[0] : block[1]]
    return [(block[0] + s.start, block[0] + s.end) for s in split_sentences(piece)]
