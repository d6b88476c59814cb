"""Cuts a document at its headings, and what is too long between two of them by a splitter.
Knows nothing about how headings are read, or what sections are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.corpus.sections import section_starts
from workbench.corpus.types import Document
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.parts.splitters import DEFAULT_SPLITTER
from workbench.pipeline.chunking import split
from workbench.pipeline.splitters.packing import Span, strip


def cut_sections(
    document: Document, splitter: str, tokens: int, count: Callable[[int, int], int]
) -> list[Span]:
    """The spans of a document's sections, without white space at their ends; a section of more tokens is cut.

    count: the tokens of the document's characters from one offset to another.
    """
    text = document.text
    starts = section_starts(document)
    cutter = splitter if choose(Splitter, splitter).part.sized else DEFAULT_SPLITTER
    spans: list[Span] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if end - start <= tokens or count(start, end) <= tokens:  # a token has a character at least
            stripped = strip(text, start, end)
            spans += [stripped] if stripped else []
        else:
            pieces = split(replace(document, text=text[start:end], page_starts=()), cutter, tokens, 0)
            spans += [(start + first, start + last) for first, last in pieces if first < last]
    return spans
