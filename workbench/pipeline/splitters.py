"""The splitters: each cuts a text into exact spans, sized in tokens of the embedded tokenizer.
Knows nothing about documents, caches or what chunks are for.

Not llama-index's splitters: they hand back texts and find their place by searching, so on a document whose
lines repeat, thousands of characters lay in no chunk's span (measured, docs/decisions.md); evidence is scored
by span, so spans must be exact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.pipeline.token_offsets import TokenOffsets
from workbench.text import split_sentences

HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~)", re.MULTILINE)
BLANK_LINE = re.compile(r"\n[ \t]*\n")

Span = tuple[int, int]


def _strip(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def _cut_long(text: str, tokens: TokenOffsets, unit: Span, limit: int) -> Iterator[Span]:
    """A unit longer than the limit in stretches of at most `limit` tokens."""
    start, end = unit
    while tokens.count(start, end) > limit:
        cut = tokens.after(start, limit)
        if cut <= start:
            break
        yield start, cut
        start = cut
    found = _strip(text, start, end)
    if found:
        yield found


def _pack(text: str, tokens: TokenOffsets, units: Sequence[Span], limit: int, overlap: int) -> list[Span]:
    """Join neighbouring units up to `limit` tokens; each chunk begins with the last units of the one before
    as far as `overlap` tokens allow."""
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
        # Go back over whole units for the overlap, as long as the next chunk still gains something new.
        while (
            pieces[first - 1][0] > chunks[-1][0]
            and tokens.count(pieces[first - 1][0], pieces[last][1]) <= overlap
            and tokens.count(pieces[first - 1][0], pieces[following][1]) <= limit
        ):
            first -= 1
    return chunks


def split_by_sentence(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Whole sentences, as many as fit; a sentence that is too long is cut between tokens."""
    units = [(s.start, s.end) for s in split_sentences(text)]
    return _pack(text, TokenOffsets.of(text), units, chunk_tokens, chunk_overlap)


def split_by_token(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Windows of exactly `chunk_tokens` tokens (the last may be shorter), each `chunk_overlap` tokens into
    the one before."""
    tokens = TokenOffsets.of(text)
    total = len(tokens.starts)
    chunks = []
    for first in range(0, total, chunk_tokens - chunk_overlap):
        last = min(first + chunk_tokens, total)
        found = _strip(text, tokens.starts[first], tokens.ends[last - 1])
        if found:
            chunks.append(found)
        if last == total:
            break
    return chunks


def split_by_markdown(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Sections first (a heading begins one; small ones are joined), then paragraphs, tables and code blocks
    whole where they fit, then their lines and sentences."""
    tokens = TokenOffsets.of(text)
    chunks: list[Span] = []
    for section in _join_small(tokens, _sections(text), chunk_tokens):
        if tokens.count(*section) <= chunk_tokens:
            found = _strip(text, *section)
            if found:
                chunks.append(found)
            continue
        units = [
            u for block in _blocks(text, *section) for u in _block_units(text, tokens, block, chunk_tokens)
        ]
        chunks.extend(_pack(text, tokens, units, chunk_tokens, chunk_overlap))
    return chunks


def _code_spans(text: str) -> list[Span]:
    marks = [m.start() for m in FENCE.finditer(text)]
    return [(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]


def find_headings(text: str) -> list[re.Match[str]]:
    code = _code_spans(text)
    return [m for m in HEADING.finditer(text) if not any(a <= m.start() < b for a, b in code)]


def _sections(text: str) -> list[Span]:
    starts = sorted({0, *(m.start() for m in find_headings(text))})
    return [(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True) if text[a:b].strip()]


def _join_small(tokens: TokenOffsets, sections: Sequence[Span], limit: int) -> Iterator[Span]:
    """A section under a quarter of the limit is joined with the next: a heading alone answers nothing."""
    open_: Span | None = None
    for section in sections:
        if open_ is None:
            open_ = section
        elif tokens.count(*open_) < limit // 4 and tokens.count(open_[0], section[1]) <= limit:
            open_ = (open_[0], section[1])
        else:
            yield open_
            open_ = section
    if open_ is not None:
        yield open_


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Stretches between blank lines; a fenced code block is one."""
    code = [(a, b) for a, b in _code_spans(text) if start <= a < end]
    cut = start
    for match in BLANK_LINE.finditer(text, start, end):
        if any(a < match.start() < b for a, b in code):
            continue
        found = _strip(text, cut, match.start())
        if found:
            yield found
        cut = match.end()
    found = _strip(text, cut, end)
    if found:
        yield found


def _block_units(text: str, tokens: TokenOffsets, block: Span, limit: int) -> list[Span]:
    if tokens.count(*block) <= limit:
        return [block]
    piece = text[block[0] : block[1]]
    return [(block[0] + s.start, block[0] + s.end) for s in split_sentences(piece)]
