"""Cuts a document into chunks: the spans of a splitter, with titles, pages and token counts.
Knows nothing about corpora, caches or what chunks are for."""

from __future__ import annotations

from bisect import bisect_left

from workbench.corpus.types import Document
from workbench.markdown import outline_markdown, plain_words
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.pipeline.splitters import Span
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Chunk


def _heading_paths(text: str) -> tuple[list[int], list[str]]:
    """The offset of each heading, and its path: the headings above it and itself."""
    offsets: list[int] = []
    paths: list[str] = []
    stack: list[tuple[int, str]] = []
    for heading in outline_markdown(text).headings:
        stack = [(level, title) for level, title in stack if level < heading.level]
        stack.append((heading.level, heading.text))
        offsets.append(heading.start)
        paths.append(" › ".join(t for _, t in stack))
    return offsets, paths


def _title(document: Document, start: int, end: int, headings: tuple[list[int], list[str]]) -> str:
    """The document's title, and the path of the section in which the chunk begins."""
    offsets, paths = headings
    section = bisect_left(offsets, start + 1) - 1
    if section < 0:
        return document.title
    path = paths[section]
    return path if plain_words(path).startswith(document.title) else f"{document.title} › {path}"


def split(text: str, splitter: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """The spans (start, end) in characters into which a splitter cuts a text.

    splitter: its name as in an experiment file.
    chunk_tokens, chunk_overlap: in tokens of the embedded tokenizer.
    """
    chosen = choose(Splitter, splitter)
    spans: list[Span] = chosen.part.load()(text, chunk_tokens, chunk_overlap, **chosen.arguments)
    return spans


def chunk_document(document: Document, splitter: str, chunk_tokens: int, chunk_overlap: int) -> list[Chunk]:
    """The document's chunks in order. text == document.text[start:end]; tokens <= chunk_tokens."""
    spans = split(document.text, splitter, chunk_tokens, chunk_overlap)
    tokens = TokenOffsets.of(document.text)
    section_titles = choose(Splitter, splitter).part.section_titles
    headings = _heading_paths(document.text) if section_titles else ([], [])
    return [
        Chunk(
            document=document.name,
            title=_title(document, start, end, headings),
            start=start,
            end=end,
            text=document.text[start:end],
            tokens=tokens.count(start, end),
            page=document.page_at(start),
        )
        for start, end in spans
    ]
