"""Finds the places of texts in a document, in their order, where whoever cut them does not tell.
Knows nothing about who that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.text import any_spacing

Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A text that was cut out of a document."""

    text: str
    start: int | None = None
    """Where it says that it begins; None when it does not."""


def place(document: str, pieces: Iterable[Piece]) -> tuple[list[Span], int]:
    """(the spans of the pieces in the document, in order and each once; how many pieces have no place).

    Pieces may overlap. What a piece says of its place counts when its text stands there. Else its text is
    searched for from the place found last: lines may repeat. White space may differ. A piece without text is
    left out.
    """
    spans: dict[Span, None] = {}
    last = (0, 0)
    unplaced = 0
    for piece in pieces:
        text = piece.text.strip()
        if not text:
            continue
        span = _as_told(document, piece, text) or _search(document, text, last)
        if span is None:
            unplaced += 1
            continue
        spans[span] = None
        last = span
    return sorted(spans), unplaced


def _as_told(document: str, piece: Piece, text: str) -> Span | None:
    if piece.start is None or not 0 <= piece.start <= len(document):
        return None
    start = piece.start + len(piece.text) - len(piece.text.lstrip())
    return (start, start + len(text)) if document.startswith(text, start) else None


def _search(document: str, text: str, last: Span) -> Span | None:
    """Right behind the last piece, else behind its beginning, else anywhere; first exactly, then whatever the
    white space is."""
    exact = _nearest(document, re.compile(re.escape(text)), last)
    return exact or _nearest(document, any_spacing(text), last)


def _nearest(document: str, pattern: re.Pattern[str], last: Span) -> Span | None:
    start, end = last
    behind = pattern.search(document, end)
    if behind is not None and not document[end : behind.start()].strip():
        return behind.span()
    overlapping = pattern.search(document, start + (end > start))
    # Wholly inside the last piece is where a repeated line is found wrongly.
    if overlapping is not None and (overlapping.end() > end or behind is None):
        return overlapping.span()
    found = behind or pattern.search(document)
    return found.span() if found else None
