"""Cuts documents into excerpts that a model is shown: whole sections, or parts of long ones.
Knows nothing about models and questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.corpus.sections import LONGEST_EVIDENCE, Place, Section, read_sections
from workbench.corpus.types import Document
from workbench.text import words

FEWEST_WORDS = 12
"""A shorter excerpt is used only where its document has no longer one."""


@dataclass(frozen=True)
class Excerpt:
    """A part of a document, with what a reader would see around it."""

    document: Document
    place: Place
    title: str
    """The document's title on one line."""
    heading: str
    """The heading of its section; empty where there is none."""
    columns: tuple[str, ...] = ()
    """The header of the table that it continues; empty for any other excerpt."""

    @property
    def text(self) -> str:
        """Its words, as they stand in the document."""
        return self.document.text[self.place.start : self.place.end]


def read_excerpts(document: Document) -> list[Excerpt]:
    """The excerpts of a document, first those that begin its sections, then those that continue long ones."""
    found: list[tuple[int, Excerpt]] = []
    for section in read_sections(document):
        found += enumerate(_excerpts_of(section))
    excerpts = [excerpt for _, excerpt in sorted(found, key=lambda pair: pair[0])]
    long_enough = [e for e in excerpts if len(words(e.text)) >= FEWEST_WORDS]
    if long_enough or excerpts:
        return long_enough or excerpts
    start = len(document.text) - len(document.text.lstrip())
    whole = Place(start, start + min(LONGEST_EVIDENCE, len(document.text.strip())))
    return [Excerpt(document, whole, document.title, "")] if words(document.text) else []


def _excerpts_of(section: Section) -> Iterator[Excerpt]:
    text = section.document.text[section.start : section.end]
    start = section.start + len(text) - len(text.lstrip())
    if len(text.strip()) <= LONGEST_EVIDENCE:
        whole = Place(start, start + len(text.strip()))
        yield Excerpt(section.document, whole, section.title, section.heading)
        return
    for place in _windows(_pieces(section)):
        headers = (t.header for t in section.tables if t.place.start < place.start < t.place.end)
        yield Excerpt(section.document, place, section.title, section.heading, next(headers, ()))


def _pieces(section: Section) -> list[Place]:
    """The paragraphs, rows and records of a section, in order; of a long paragraph its sentences."""
    rows = [row.place for table in section.tables for row in table.rows]
    pieces = [*rows, *(record.place for record in section.records)]
    for paragraph in section.paragraphs:
        if paragraph.end - paragraph.start <= LONGEST_EVIDENCE:
            pieces.append(paragraph)
        else:
            pieces += [s.place for s in section.sentences if s.paragraph == paragraph]
    return sorted(pieces, key=lambda place: place.start)


def _windows(pieces: Sequence[Place]) -> Iterator[Place]:
    """Join neighbouring pieces to excerpts of at most LONGEST_EVIDENCE characters."""
    start = end = -1
    for piece in pieces:
        if start >= 0 and piece.end - start > LONGEST_EVIDENCE:
            yield Place(start, end)
            start = -1
        start = piece.start if start < 0 else start
        end = min(piece.end, start + LONGEST_EVIDENCE)
    if start >= 0:
        yield Place(start, end)
