"""What all splitters share: spans of a text, cut between tokens, packed into chunks.
Knows nothing about what a unit of text is: each splitter finds its own.

The splitters are not llama-index's, which return texts and locate them by searching. In a document whose
lines repeat, thousands of characters were then in no chunk's span (measured, docs/decisions.md). Evidence is
scored by span, so spans must be exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.pipeline.token_offsets import TokenOffsets

Span = tuple[int, int]
"""(start, end) in characters of the text."""


def strip(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None when nothing remains."""
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def cut_long(text: str, tokens: TokenOffsets, unit: Span, limit: int) -> Iterator[Span]:
    """The unit in pieces of at most `limit` tokens."""
    start, end = unit
    while tokens.count(start, end) > limit:
        cut = tokens.after(start, limit)
        if cut <= start:
            break
        yield start, cut
        start = cut
    last = strip(text, start, end)
    if last:
        yield last


def pack(text: str, tokens: TokenOffsets, units: Sequence[Span], limit: int, overlap: int) -> list[Span]:
    """Chunks of neighbouring units, up to `limit` tokens. Each begins with the last units of the one before,
    up to `overlap` tokens."""
    pieces = [piece for unit in units for piece in cut_long(text, tokens, unit, limit)]
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
