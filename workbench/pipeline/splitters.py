"""The splitters: each cuts a text into exact spans, sized in tokens of the embedded tokenizer.
Knows nothing about documents, caches or what chunks are for.

These are not llama-index's splitters, which return texts and locate them by searching. In a document whose
lines repeat, thousands of characters were then in no chunk's span (measured, docs/decisions.md). Evidence is
scored by span, so spans must be exact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.markdown import outline_markdown
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Span
from workbench.text import split_sentences

BLANK_LINE = re.compile(r"\n[ \t]*\n")


def _strip(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None when nothing remains."""
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def _cut_long(text: str, tokens: TokenOffsets, unit: Span, limit: int) -> Iterator[Span]:
    """The unit in pieces of at most `limit` tokens."""
    start, end = unit
    while tokens.count(start, end) > limit:
        cut = tokens.after(start, limit)
        if cut <= start:
            break
        yield start, cut
        start = cut
    last = _strip(text, start, end)
    if last:
        yield last


def _pack(text: str, tokens: TokenOffsets, units: Sequence[Span], limit: int, overlap: int) -> list[Span]:
    """Chunks of neighbouring units, up to `limit` tokens. Each begins with the last units of the one before,
    up to `overlap` tokens."""
    pieces = [piece for unit in units for piece in _cut_long(text, tokens, unit, limit)]
    chunks: list[Span] = []
    first = 0
    while first < len(pieces):
        last = first
        while last + 1 < len(pieces) and tokens.count(pieces[first][0], pieces[last + 1][1]) <= limit:
            last += 1
        chunks.append((pieces[first][0], pieces[last][1]))
        if last + 1 >= len(pieces):
            break
        following = first = last + 1
        # Go back over whole units for the overlap, as long as the next chunk still gains a new unit.
        while (
            pieces[first - 1][0] > chunks[-1][0]
            and tokens.count(pieces[first - 1][0], pieces[last][1]) <= overlap
            and tokens.count(pieces[first - 1][0], pieces[following][1]) <= limit
        ):
            first -= 1
    return chunks


def split_by_sentence(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """As many whole sentences per chunk as fit; a sentence that is too long is cut between tokens."""
    units = [(s.start, s.end) for s in split_sentences(text)]
    return _pack(text, TokenOffsets.of(text), units, chunk_tokens, chunk_overlap)


def split_by_token(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Windows of `chunk_tokens` tokens (the last may be shorter) that overlap by `chunk_overlap` tokens."""
    tokens = TokenOffsets.of(text)
    total = len(tokens.starts)
    chunks = []
    for first in range(0, total, chunk_tokens - chunk_overlap):
        last = min(first + chunk_tokens, total)
        span = _strip(text, tokens.starts[first], tokens.ends[last - 1])
        if span:
            chunks.append(span)
        if last == total:
            break
    return chunks


def split_by_markdown(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Whole sections where they fit (a heading begins a section; small ones are joined), else whole
    paragraphs, tables and code blocks, else their lines and sentences."""
    tokens = TokenOffsets.of(text)
    chunks: list[Span] = []
    for section in _join_small(tokens, _sections(text), chunk_tokens):
        if tokens.count(*section) <= chunk_tokens:
            span = _strip(text, *section)
            if span:
                chunks.append(span)
            continue
        units = [
            u for block in _blocks(text, *section) for u in _block_units(text, tokens, block, chunk_tokens)
        ]
        chunks.extend(_pack(text, tokens, units, chunk_tokens, chunk_overlap))
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


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Blocks of text between blank lines; a block of code is one block."""
    code = [(a, b) for a, b in outline_markdown(text).code if start <= a < end]
    cut = start
    for match in BLANK_LINE.finditer(text, start, end):
        if any(a < match.start() < b for a, b in code):
            continue
        block = _strip(text, cut, match.start())
        if block:
            yield block
        cut = match.end()
    block = _strip(text, cut, end)
    if block:
        yield block


def _block_units(text: str, tokens: TokenOffsets, block: Span, limit: int) -> list[Span]:
    if tokens.count(*block) <= limit:
        return [block]
    piece = text[block[0] : block[1]]
    return [(block[0] + s.start, block[0] + s.end) for s in split_sentences(piece)]
