"""Splits a text at the largest borders that do: paragraphs, else lines, else sentences, else words.
Knows nothing about headings, tables or code: `markdown` does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from workbench.pipeline.splitters.markdown import blocks_of
from workbench.pipeline.splitters.packing import Span, pack, strip
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.text import split_sentences

LINE = re.compile(r"[^\n]+")
WORD = re.compile(r"\S+")

Borders = Callable[[str, int, int], Iterator[Span]]
"""Finds the units of text[start:end]."""


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    for match in LINE.finditer(text, start, end):
        line = strip(text, match.start(), match.end())
        if line:
            yield line


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    for sentence in split_sentences(text[start:end]):
        yield start + sentence.start, start + sentence.end


def _words(text: str, start: int, end: int) -> Iterator[Span]:
    yield from (match.span() for match in WORD.finditer(text, start, end))


LEVELS: tuple[Borders, ...] = (blocks_of, _lines, _sentences, _words)


def split_recursively(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """As many whole paragraphs per chunk as fit; what is too long is cut at the next smaller borders."""
    return list(_chunks(text, TokenOffsets.of(text), (0, len(text)), chunk_tokens, chunk_overlap, 0))


def _chunks(
    text: str, tokens: TokenOffsets, span: Span, limit: int, overlap: int, level: int
) -> Iterator[Span]:
    """The chunks of a span. Its units that fit are packed; one that does not is cut by itself, so that no
    chunk holds the end of one long paragraph and the beginning of another."""
    units = list(LEVELS[level](text, *span))
    if level + 1 == len(LEVELS):
        yield from pack(text, tokens, units, limit, overlap)
        return
    fitting: list[Span] = []
    for unit in units:
        if tokens.count(*unit) <= limit:
            fitting.append(unit)
            continue
        yield from pack(text, tokens, fitting, limit, overlap)
        fitting = []
        yield from _chunks(text, tokens, unit, limit, overlap, level + 1)
    yield from pack(text, tokens, fitting, limit, overlap)
