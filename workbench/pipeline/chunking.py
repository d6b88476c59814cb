"""Cuts a document into chunks: the spans of a splitter, with titles, pages and token counts.
Knows nothing about corpora, caches or what chunks are for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.markdown import outline_markdown, plain_words
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Chunk, Placed

HEADING_MARKS = "#=- \t\n"  # of both forms of headings, and white space


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading with what is below it, up to the next heading of any level."""

    start: int
    """The offset of the heading."""
    path: str
    """The headings above it and itself."""
    is_empty: bool
    """Whether there is nothing but the heading."""


def _sections(text: str) -> list[_Section]:
    """The sections, in order."""
    headings = outline_markdown(text).headings
    sections: list[_Section] = []
    above: list[tuple[int, str]] = []
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=False):
        above = [(level, title) for level, title in above if level < heading.level]
        above.append((heading.level, heading.text))
        words = " ".join(text[heading.start : end].strip(HEADING_MARKS).split())
        is_empty = words == heading.text.strip(HEADING_MARKS)
        sections.append(_Section(heading.start, " › ".join(title for _, title in above), is_empty))
    return sections


def _title(document: Document, start: int, end: int, sections: Sequence[_Section]) -> str:
    """The document's title, and the path of the section to which the chunk's first text belongs."""
    place = bisect_left(sections, start + 1, key=lambda section: section.start) - 1
    while place >= 0 and sections[place].is_empty and place + 1 < len(sections):
        if sections[place + 1].start >= end:
            break
        place += 1
    if place < 0:
        return document.title
    path = sections[place].path
    return path if plain_words(path).startswith(document.title) else f"{document.title} › {path}"


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
    splitter obeys it."""
    spans = split(document, splitter, chunk_tokens, chunk_overlap)
    tokens = TokenOffsets.of(document.text)
    section_titles = choose(Splitter, splitter).part.section_titles
    sections = _sections(document.text) if section_titles and document.kind != "code" else []
    chunks = [
        Chunk(
            document=document.name,
            title=_title(document, start, end, sections),
            start=start,
            end=end,
            text=document.text[start:end],
            tokens=tokens.count(start, end),
            page=document.page_at(start),
        )
        for start, end in spans
    ]
    return Placed(chunks, getattr(spans, "unplaced", 0))
