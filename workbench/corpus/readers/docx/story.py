"""Reads a story (the body, a note, a text box, a header) block by block, in the order of the document.
Knows nothing about parts and their relationships, nor how blocks are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.readers.docx.fields import Fields
from workbench.corpus.readers.docx.inline import NOTE_MARK, InlineReader, Source
from workbench.corpus.readers.docx.notes import Note
from workbench.corpus.readers.docx.numbering import Numbering
from workbench.corpus.readers.docx.styles import BODY_LEVEL, ParagraphStyle
from workbench.corpus.readers.docx.tables import read_table
from workbench.corpus.readers.office.blocks import BULLET, Block
from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    chosen_form,
    is_on,
    name,
    number,
    value,
)

_WRAPPERS = ("w:ins", "w:moveTo", "w:smartTag", "w:customXml", "w14:conflictIns", "mc:Choice", "mc:Fallback",
             "w:sdtContent")  # fmt: skip
_MARK = re.compile(rf"(?<![ \t])[ \t]*{NOTE_MARK}([^{NOTE_MARK}]*){NOTE_MARK}[ \t]*")
_CONTENTS_GALLERY = re.compile(r"table of (?:contents|figures|authorities)|index", re.IGNORECASE)


class StoryReader:
    """Reads one story."""

    def __init__(self, source: Source, numbering: Numbering, part: str) -> None:
        """part: the part of the package that the story is in."""
        self._source, self._numbering, self._part = source, numbering, part
        self._blocks: list[Block] = []
        self._notes: list[Note] = []
        self._fields: Fields | None = None
        self._carried = ""
        self._depth = 0
        self._contents = False
        self.title: str | None = None
        """The first paragraph with the style of a title."""

    def read(self, story: Element) -> list[Block]:
        """Return the story's blocks; notes follow the block that refers to them."""
        outer = self._blocks, self._fields, self._carried
        self._blocks, self._fields, self._carried = [], Fields(story), ""
        self._walk(story)
        self._put_carried()
        blocks = self._blocks
        self._blocks, self._fields, self._carried = outer
        return blocks

    def _walk(self, container: Element) -> None:
        for element in container:
            kind = name(element)
            if kind == "w:tbl":
                self._put_carried()
                self._blocks += self._table(element)
            elif kind == "w:sdt":
                self._control(element)
            elif kind == "mc:AlternateContent":
                form = chosen_form(element)
                if form is not None:
                    self._walk(form)
            elif kind in _WRAPPERS and _has_blocks(element):
                self._walk(element)
            elif kind and not kind.endswith("Pr"):
                self._paragraph(element)
            if self._depth == 0 and self._notes and not self._carried:
                self._put_notes()

    def _control(self, control: Element) -> None:
        content = child(control, "w:sdtContent")
        if content is None:
            return
        properties = child(control, "w:sdtPr")
        gallery = value(properties, "w:docPartObj", "w:docPartGallery")
        if not _has_blocks(content) or is_on(child(properties, "w:showingPlcHdr")):
            self._paragraph(control)
            return
        outer, self._contents = self._contents, self._contents or bool(_CONTENTS_GALLERY.search(gallery))
        self._walk(content)
        self._contents = outer

    def _paragraph(self, paragraph: Element) -> None:
        properties = child(paragraph, "w:pPr")
        style = self._source.styles.of(properties)
        if self._contents:
            style = ParagraphStyle(is_contents=True)
        assert self._fields is not None
        line = InlineReader(self._source, self._fields, style, self._part).read(paragraph)
        self._notes += line.notes
        text = self._carried + line.text
        if _joins_the_next(properties):
            self._carried = text
        else:
            self._carried = ""
            self._put(text, properties, style)
        for anchored in line.anchored:
            self._blocks += [anchored] if isinstance(anchored, Block) else self.read(anchored)

    def _put(self, text: str, properties: Element | None, style: ParagraphStyle) -> None:
        level = _heading_level(properties, style)
        in_heading = style.is_title or level is not None
        # The note follows at once, and a heading is shown where its note is not.
        text = _MARK.sub(" " if in_heading else _spaced_mark, text).strip()
        label = "" if style.is_contents else self._numbering.next_label(properties, style)
        if not text:
            if label.strip(" -") and self._depth:  # a table whose rows are numbered
                self._blocks.append(Block("", label=label))
            return
        if style.is_title:
            self.title = self.title or " ".join(text.split())
            level = 1
        if level is not None:
            self._blocks.append(Block(text, "heading", "" if label == BULLET else label, level))
        elif label or style.is_list and style.numbering is None:
            self._blocks.append(Block(text, "item", label or BULLET))
        else:
            self._blocks.append(Block(text))

    def _put_carried(self) -> None:
        text, self._carried = self._carried, ""
        if text.strip():
            self._put(text, None, ParagraphStyle())

    def _put_notes(self) -> None:
        notes, self._notes = self._notes, []  # a note is read whole before the next
        for note in notes:
            blocks = self.read(note.element)
            if blocks and blocks[0].kind != "table":
                first = blocks.pop(0)
                self._blocks.append(Block(f"Note {note.label}: {first.label}{first.text}"))
            self._blocks += blocks

    def _table(self, table: Element) -> list[Block]:
        rows = (row for row in self._unwrapped(table, "w:tr") if not self._is_deleted(row, "w:trPr", "w:del"))
        return read_table(rows, self._cells, self._cell)

    def _cells(self, row: Element) -> Iterator[Element]:
        cells = self._unwrapped(row, "w:tc")
        return (cell for cell in cells if not self._is_deleted(cell, "w:tcPr", "w:cellDel"))

    def _cell(self, cell: Element) -> list[Block]:
        outer, self._blocks = self._blocks, []
        self._depth += 1
        self._walk(cell)
        self._put_carried()
        self._depth -= 1
        blocks, self._blocks = self._blocks, outer
        return blocks

    def _is_deleted(self, element: Element, *path: str) -> bool:
        if child(element, *path) is None:
            return False
        text = " ".join(text.text or "" for text in element.iter("{*}delText", "{*}t"))
        self._source.left_out.add("deleted passages (tracked changes)", text)
        return True

    def _unwrapped(self, container: Element, wanted: str) -> Iterator[Element]:
        """The rows of a table or the cells of a row, also those within content controls."""
        for element in container:
            kind = name(element)
            if kind == wanted:
                yield element
            elif kind == "mc:AlternateContent":
                form = chosen_form(element)
                yield from self._unwrapped(form, wanted) if form is not None else ()
            elif kind == "w:sdt" or kind in _WRAPPERS:
                yield from self._unwrapped(element, wanted)


def _has_blocks(element: Element) -> bool:
    return any(name(inner) in ("w:p", "w:tbl", "w:sdt", *_WRAPPERS) for inner in element)


def _spaced_mark(match: re.Match[str]) -> str:
    following = match.string[match.end() : match.end() + 1]
    return f" {match.group(1)}" + ("" if not following or following in ".,;:!?)]}»”’\n" else " ")


def _joins_the_next(properties: Element | None) -> bool:
    """Whether a paragraph has no end of its own: its end was deleted, or it is a drop cap."""
    mark = child(properties, "w:rPr")
    frame = child(properties, "w:framePr")
    return (
        child(mark, "w:del") is not None
        or child(mark, "w:moveFrom") is not None
        or attribute(frame, "dropCap", "none") != "none"
    )


def _heading_level(properties: Element | None, style: ParagraphStyle) -> int | None:
    own = number(value(properties, "w:outlineLvl"), -1)
    if own < 0:
        return style.heading_level
    return None if own >= BODY_LEVEL else own + 1
