"""Reads a document as sections with sentences, list items, tables and records, all with their places.
Knows nothing about questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workbench.corpus.tables import is_row
from workbench.corpus.types import Document
from workbench.markdown import MarkdownOutline, outline_markdown, plain_words
from workbench.text import split_sentences

LONGEST_EVIDENCE = 1500  # characters of a section that is evidence as a whole
LONGEST_GROWN = 1200  # characters of the paragraphs around a quote that are evidence of a longer section
_ITEM = re.compile(r"^\s*(?:[-*+•–]|\(?\d{1,3}[.)])\s+")
_ASKED = re.compile(r"(\*\*|__)[^*_\n]+\?\1(?=\s)")  # a question in bold, before its answer
_RULE = re.compile(r"^[\s|:+-]+$")
_RECORD = re.compile(r"[^:;]{1,40}: [^;]+(?:; [^:;]{1,40}: [^;]+)+")
_PLAIN_HEADING = re.compile(r"^[A-Z][^.!?;|]{2,58}[^\s.!?,;:|]$")


@dataclass(frozen=True, slots=True)
class Place:
    """The characters [start, end) of a document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item."""

    place: Place
    text: str
    """Its words on one line, without marks of Markdown."""
    paragraph: Place


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    place: Place
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its header."""

    place: Place
    header: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a CSV file or a workbook, each of whose cells has its column's name."""

    place: Place
    fields: tuple[tuple[str, str], ...]
    """(column, cell), in order."""


@dataclass
class Section:
    """A heading with what is below it, up to the next heading."""

    document: Document
    heading: str
    """Its words; empty above the first heading and below the title."""
    start: int
    end: int = 0
    paragraphs: list[Place] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    """Those of paragraphs, in order."""
    items: list[Sentence] = field(default_factory=list)
    """List items, in order."""
    tables: list[Table] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The document's title on one line, without marks."""
        return " ".join(plain_words(self.document.title).split())

    def evidence_of(self, inner: Place) -> Place:
        """The section, or where it is long the inner place with the paragraphs next to it that fit.

        A short paragraph of a long section is as little what people mark as one sentence: with such evidence
        drafts rank chunk sizes in another order than people's questions.
        """
        text = self.document.text[self.start : self.end]
        stripped = text.strip()
        if len(stripped) > LONGEST_EVIDENCE:
            return self._grown(inner)
        start = self.start + len(text) - len(text.lstrip())
        return Place(start, start + len(stripped))

    def _grown(self, inner: Place) -> Place:
        after = [p.end for p in self.paragraphs if p.start >= inner.end]
        before = [p.start for p in reversed(self.paragraphs) if p.end <= inner.start]
        start, end = inner.start, inner.end
        while after or before:
            if after and after[0] - start <= LONGEST_GROWN:
                end = after.pop(0)
            elif before and end - before[0] <= LONGEST_GROWN:
                start = before.pop(0)
            else:
                break
        return Place(start, end)


def read_sections(document: Document) -> list[Section]:
    """The sections of a document, in order."""
    outline = outline_markdown(document.text)
    headings = _find_headings(document, outline)
    sections = [Section(document, "", 0)]
    block: list[tuple[int, int]] = []  # (start, end) of the lines of the paragraph or table so far
    kind = ""

    def finish() -> None:
        if block:
            _add(sections[-1], kind, block)
            block.clear()

    for start, line in _lines(document.text):
        end = start + len(line)
        in_code = _is_code(outline, start)
        heading = headings.get(start)
        if heading is not None:
            finish()
            sections[-1].end = start
            same = heading.strip() == sections[-1].title
            sections.append(Section(document, "" if same else heading.strip(" #"), start))
            continue
        new = (
            "" if in_code or not line.strip() or set(line.strip()) <= set("=-") else _kind_of(line, document)
        )
        goes_on = kind == "item" and new == "prose" and line[:1].isspace()
        if new != kind and not goes_on or new in ("item", "record"):
            finish()
            kind = new
        if new:
            block.append((start, end))
    finish()
    sections[-1].end = len(document.text)
    return [s for s in sections if s.sentences or s.items or s.tables or s.records]


def evidence_around(sections: Sequence[Section], place: Place) -> Place:
    """The evidence of a quote: its section, or where that is long its paragraph.

    sections: those of its document.
    place: that of the quote.
    """
    for section in sections:
        if section.start <= place.start < section.end:
            inner = next((p for p in section.paragraphs if p.start <= place.start < p.end), place)
            return section.evidence_of(inner)
    return place


def section_starts(document: Document) -> list[int]:
    """Where the sections of a document begin, in order; the first one at 0. Cheaper than reading them."""
    return sorted({0, *_find_headings(document, outline_markdown(document.text))})


def _find_headings(document: Document, outline: MarkdownOutline) -> dict[int, str]:
    """Where headings begin, and their words; in source code "#" begins a comment."""
    if document.kind == "code":
        return {}
    headings = {heading.start: plain_words(heading.text) for heading in outline.headings}
    if document.kind in ("pdf", "text"):
        lines = list(_lines(document.text))
        for number, (start, _) in enumerate(lines):
            if start not in headings and not _is_code(outline, start):
                words = _plain_heading(document, lines, number)
                if words is not None:
                    headings[start] = words
    return headings


def _is_code(outline: MarkdownOutline, offset: int) -> bool:
    return any(start <= offset < end for start, end in outline.code)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _kind_of(line: str, document: Document) -> str:
    if is_row(line):
        return "table"
    if _ITEM.match(line):
        return "item"
    if document.has_records:
        return "record" if _RECORD.match(line) else ""
    return "prose"


def _plain_heading(document: Document, lines: list[tuple[int, str]], number: int) -> str | None:
    """The words of a line that is a heading in a text without marks; None for any other line."""
    line = lines[number][1].strip()
    if number == 0 and line == document.title:
        return line
    if not _PLAIN_HEADING.match(line) or len(line.split()) > 8 or line.isupper() and len(line) > 40:
        return None
    before = lines[number - 1][1].strip() if number else ""
    after = next((text.strip() for _, text in lines[number + 1 : number + 3] if text.strip()), "")
    ended = not before or before[-1] in ".!?:" or "|" in before
    return line if ended and (len(after) > 60 or " | " in after) else None


def _add(section: Section, kind: str, block: list[tuple[int, int]]) -> None:
    text = section.document.text
    place = _stripped(text, Place(block[0][0], block[-1][1]))
    if place.start >= place.end:
        return
    if kind == "table":
        _add_table(section, block, place)
    elif kind == "record":
        fields = [
            part.split(": ", 1) for part in re.split(r"; (?=[^:;]{1,40}: )", text[place.start : place.end])
        ]
        pairs = tuple((f[0].strip(), f[1].strip()) for f in fields if len(f) == 2)
        section.records.append(Record(place, pairs))
    elif kind == "item":
        mark = _ITEM.match(text[place.start : place.end])
        inner = Place(place.start + (mark.end() if mark else 0), place.end)
        section.paragraphs.append(place)
        section.items.append(Sentence(inner, _words(text, inner), place))
    elif kind == "prose":
        section.paragraphs.append(place)
        asked = _ASKED.match(text, place.start, place.end)
        begin = asked.end() if asked else place.start
        if asked:
            inner = Place(place.start, begin)
            section.sentences.append(Sentence(inner, _words(text, inner), place))
        for span in split_sentences(text[begin : place.end]):
            inner = Place(begin + span.start, begin + span.end)
            section.sentences.append(Sentence(inner, _words(text, inner), place))


def _add_table(section: Section, block: list[tuple[int, int]], place: Place) -> None:
    text = section.document.text
    rows = [
        Row(_stripped(text, Place(start, end)), _cells(text[start:end]))
        for start, end in block
        if not _RULE.match(text[start:end])
    ]
    if len(rows) > 1:
        section.tables.append(Table(place, rows[0].cells, tuple(rows[1:])))


def _cells(line: str) -> tuple[str, ...]:
    line = line.strip()
    bare = line[1:-1] if line.startswith("|") and line.endswith("|") else line
    return tuple(" ".join(plain_words(cell.strip()).split()) for cell in bare.split("|"))


def _stripped(text: str, place: Place) -> Place:
    piece = text[place.start : place.end]
    start = place.start + len(piece) - len(piece.lstrip())
    return Place(start, start + len(piece.strip()))


def _words(text: str, place: Place) -> str:
    piece = re.sub(r"(?m)^\s*>\s?", "", text[place.start : place.end])
    return " ".join(plain_words(" ".join(piece.split())).split())
