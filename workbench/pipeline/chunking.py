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
from workbench.pipeline.types import Chunk

HEADING_MARKS = "#=- \t\n"  # of both forms of headings, and white space


@dataclass(frozen=True, slots=True)
class SectionTitle:
    """A heading with what is below it, up to the next heading of any level."""

    start: int
    """The offset of the heading."""
    path: str
    """The headings above it and itself."""
    is_empty: bool
    """Whether there is nothing but the heading."""


def find_section_titles(document: Document, splitter: str) -> list[SectionTitle]:
    """The headings that titles name, in order; none under a splitter whose titles name no sections."""
    if not choose(Splitter, splitter).part.section_titles or document.kind == "code":
        return []
    text = document.text
    headings = outline_markdown(text).headings
    sections: list[SectionTitle] = []
    above: list[tuple[int, str]] = []
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=False):
        above = [(level, title) for level, title in above if level < heading.level]
        above.append((heading.level, heading.text))
        words = " ".join(text[heading.start : end].strip(HEADING_MARKS).split())
        is_empty = words == heading.text.strip(HEADING_MARKS)
        sections.append(SectionTitle(heading.start, " › ".join(title for _, title in above), is_empty))
    return sections


def title_at(document: Document, start: int, end: int, sections: Sequence[SectionTitle]) -> str:
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


def chunk_document(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> list[Chunk]:
    """The document's chunks in order. text == document.text[start:end]; tokens <= chunk_tokens where the
    splitter obeys it."""
    spans = split(document, splitter, chunk_tokens, chunk_overlap)
    tokens = TokenOffsets.of(document.text)
    sections = find_section_titles(document, splitter)
    return [
        Chunk(
            document=document.name,
            title=title_at(document, start, end, sections),
            start=start,
            end=end,
            text=document.text[start:end],
            tokens=tokens.count(start, end),
            page=document.page_at(start),
        )
        for start, end in spans
    ]
