"""Reads one slide: its title, what its shapes say, and the speaker's notes.
Knows nothing about other slides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from workbench.corpus.readers.extracted_text import LeftOutTally
from workbench.corpus.readers.office.blocks import Block, make_table
from workbench.corpus.readers.office.drawings import read_chart, read_diagram, useful_description
from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    chosen_form,
    descendants,
    is_true,
    name,
    number,
    relationship,
)
from workbench.corpus.readers.office.package import Package
from workbench.corpus.readers.office.tables import Cell, write_table
from workbench.corpus.readers.office.text_bodies import read_text_body
from workbench.corpus.readers.pptx.inheritance import TITLES, Layout, own_properties, placeholder
from workbench.corpus.readers.pptx.places import Coordinates, Place

RUNNING_HEADS = "running heads"
_FOOTERS = ("ftr", "hdr", "dt")


@dataclass(frozen=True)
class Shape:
    """What one shape says."""

    blocks: list[Block]
    is_footer: bool = False
    """Whether its layout has it as a footer, a header or a date."""
    place: Place | None = None
    """Where it is on the slide; None where its layout says so."""
    is_content: bool = False
    """Whether its layout has it for what the slide says, or it is a table or has the figures of a chart."""

    @property
    def text(self) -> str:
        """All of it, on one line."""
        return " ".join(" ".join(block.text for block in self.blocks).split())


@dataclass
class Slide:
    """What one slide says."""

    title: str = ""
    """On one line; empty when it has none."""
    shapes: list[Shape] = field(default_factory=list)
    """Those that say something, beside the title, in the order of the file."""
    notes: list[Block] = field(default_factory=list)
    """The speaker's notes."""


class SlideReader:
    """Reads one slide; make a new one for each."""

    def __init__(self, package: Package, part: str, layout: Layout, left_out: LeftOutTally) -> None:
        """part: the slide's."""
        self._package, self._part, self._layout, self._left_out = package, part, layout, left_out
        self._slide = Slide()
        self._coordinates = Coordinates()  # of the group that is being read

    def read(self, root: Element) -> Slide:
        """Read it. What does not become text is counted.

        Shapes come in the order of the file: it is the one in which PowerPoint reads a slide aloud and which
        its authors can set. By their places, two columns that have headings would be mixed up.
        """
        tree = child(root, "p:cSld", "p:spTree")
        self._walk(tree if tree is not None else ())
        self._read_notes()
        self._count_comments()
        return self._slide

    def _walk(self, shapes: Iterator[Element] | Element | tuple[()]) -> None:
        for shape in shapes:
            handler = _HANDLERS.get(name(shape))
            if handler is None:
                continue
            properties = child(own_properties(shape), "p:cNvPr")
            if is_true(attribute(properties, "hidden")):
                self._left_out.add("hidden passages", _text_of(shape))
            else:
                handler(self, shape)

    def _read_group(self, group: Element) -> None:
        outer = self._coordinates
        self._coordinates = outer.within(group)
        self._walk(group)
        self._coordinates = outer

    def _add(self, shape: Element, blocks: list[Block]) -> None:
        if blocks:
            held = placeholder(shape)
            is_footer = attribute(held, "type") in _FOOTERS
            has_table = any(block.kind == "table" for block in blocks)
            is_content = has_table or held is not None and not is_footer
            place = self._coordinates.place_of(shape)
            self._slide.shapes.append(Shape(blocks, is_footer, place, is_content))

    def _read_alternatives(self, element: Element) -> None:
        form = chosen_form(element)
        if form is not None:
            self._walk(form)

    def _read_text_shape(self, shape: Element) -> None:
        kind = attribute(placeholder(shape), "type")
        body = child(shape, "p:txBody")
        blocks = read_text_body(body, self._layout.styles_of(shape))
        changes = any(
            attribute(inner, "type").startswith("datetime") for inner in descendants(shape, "a:fld")
        )
        if kind in TITLES and not self._slide.title:
            self._slide.title = " ".join(" ".join(block.text for block in blocks).split())
        elif kind == "sldNum" or kind == "dt" and changes:
            self._left_out.add(RUNNING_HEADS, _text_of(shape))
        else:
            self._add(shape, blocks)

    def _read_picture(self, shape: Element) -> None:
        properties = own_properties(shape)
        if any(True for _ in shape.iter("{*}videoFile", "{*}audioFile", "{*}wavAudioFile")):
            self._left_out.add("videos and sounds")
        description = useful_description(attribute(child(properties, "p:cNvPr"), "descr"))
        if description:
            self._add(shape, [Block(f"Picture: {description}")])
        else:
            self._left_out.add("pictures without text")

    def _read_frame(self, frame: Element) -> None:
        """Read a table, a chart or a diagram; whatever else stands in a frame is counted."""
        data = child(frame, "a:graphic", "a:graphicData")
        for content in data if data is not None else ():
            kind = name(content)
            if kind == "a:tbl":
                self._add(frame, _read_table(content))
            elif kind == "c:chart":
                self._read_chart(frame, content)
            elif kind == "dgm:relIds":
                diagram = self._related(content, "dm")
                lines = read_diagram(diagram) if diagram is not None else []
                self._add(frame, [Block("\n".join(lines))] if lines else [])
                if not lines:
                    self._left_out.add("diagrams without text")
            elif kind.endswith(":chart"):  # of a kind that came after 2013: its data are kept in another form
                self._left_out.add("charts that cannot be read")
            else:
                program = attribute(next(frame.iter("{*}oleObj"), None), "progId")
                self._left_out.add("embedded objects", program)

    def _read_chart(self, frame: Element, reference: Element) -> None:
        chart = self._related(reference, "id")
        if chart is None:
            self._left_out.add("charts that cannot be read")
            return
        title, rows = read_chart(chart)
        table = [make_table(rows)] if rows else []
        self._add(frame, [Block(f"Chart: {title}"), *table] if title else table)

    def _related(self, element: Element, local: str) -> Element | None:
        return self._package.read(self._package.target(self._part, relationship(element, local)))

    def _count_ink(self, shape: Element) -> None:
        self._left_out.add("pictures without text")

    def _read_notes(self) -> None:
        root = self._package.read(self._package.related(self._part, "notesSlide"))
        for shape in descendants(root, "p:sp") if root is not None else ():
            if attribute(placeholder(shape), "type", "body") == "body":
                self._slide.notes += read_text_body(child(shape, "p:txBody"))

    def _count_comments(self) -> None:
        for part in self._package.all_related(self._part, "comments"):
            root = self._package.read(part)
            for comment in root.iter("{*}cm", "{*}reply") if root is not None else ():
                said = (inner for inner in comment if name(inner).rpartition(":")[2] in ("text", "txBody"))
                self._left_out.add(
                    "comments", " ".join("".join(map(str, inner.itertext())) for inner in said)
                )


_HANDLERS: dict[str, Callable[[SlideReader, Element], None]] = {
    "mc:AlternateContent": SlideReader._read_alternatives,
    "p:sp": SlideReader._read_text_shape,
    "p:grpSp": SlideReader._read_group,
    "p:pic": SlideReader._read_picture,
    "p:graphicFrame": SlideReader._read_frame,
    "p:contentPart": SlideReader._count_ink,
}


def _text_of(shape: Element) -> str:
    return " ".join(text.text or "" for text in descendants(shape, "a:t"))


def _read_table(table: Element) -> list[Block]:
    grid = []
    for row in table:
        if name(row) == "a:tr":
            cells = [cell for cell in row if name(cell) == "a:tc"]
            grid.append([_read_cell(cell, at) for at, cell in enumerate(cells) if not _is_on(cell, "hMerge")])
    return write_table(grid)


def _read_cell(cell: Element, column: int) -> Cell:
    end = column + max(number(attribute(cell, "gridSpan"), 1), 1)
    return Cell(column, end, read_text_body(child(cell, "a:txBody")), _is_on(cell, "vMerge"))


def _is_on(cell: Element, switch: str) -> bool:
    return is_true(attribute(cell, switch))
