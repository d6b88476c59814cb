"""Reads one paragraph: text, fields, symbols, equations, marks of notes; and what is anchored in it.
Knows nothing about headings, lists and tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.corpus.readers.docx.fields import Fields
from workbench.corpus.readers.docx.notes import Note, Notes
from workbench.corpus.readers.docx.styles import ParagraphStyle, Styles
from workbench.corpus.readers.extracted_text import LeftOutTally
from workbench.corpus.readers.office.blocks import Block, make_table
from workbench.corpus.readers.office.drawings import read_chart, read_diagram, useful_description
from workbench.corpus.readers.office.equations import write_equation
from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    chosen_form,
    descendants,
    is_on,
    is_true,
    name,
    value,
)
from workbench.corpus.readers.office.package import Package
from workbench.corpus.readers.office.symbols import raise_digits, write_in_font, write_symbol

BY_PAGE = (
    "\ue000"  # stands for the number of a page until headers and footers are judged; private to this reader
)
NOTE_MARK = "\ue001"  # stands before and behind the mark of a note, until its paragraph is put together
_SPACES = str.maketrans(
    {
        "\xa0": " ",
        "\n": " ",
        "\r": " ",
        "\u202f": " ",
        "\u2011": "-",
        "\xad": None,
        BY_PAGE: None,
        NOTE_MARK: None,
    }
)
_DELETED = ("w:del", "w:moveFrom", "w14:conflictDel")


@dataclass
class Line:
    """What one paragraph holds."""

    text: str = ""
    """What it says, with BY_PAGE and NOTE_MARK still in it."""
    anchored: list[Element | Block] = field(default_factory=list)
    """Text boxes (their <w:txbxContent>), charts and diagrams, which are read after the paragraph."""
    notes: list[Note] = field(default_factory=list)
    """The notes that are referred to here first."""


@dataclass(frozen=True)
class Source:
    """What the readers of a document share."""

    package: Package
    """The file's parts."""
    styles: Styles
    """The styles of paragraphs and text."""
    notes: Notes
    """Its footnotes and endnotes."""
    left_out: LeftOutTally
    """What does not become text."""


class InlineReader:
    """Reads one paragraph; make a new one for each."""

    def __init__(self, source: Source, fields: Fields, style: ParagraphStyle, part: str) -> None:
        """part: the part of the package that the paragraph is in."""
        self._source, self._fields, self._style, self._part = source, fields, style, part
        self._line = Line()
        self._pieces: list[str] = []
        self._hidden: list[str] = []
        self._contents: list[str] = []
        self._properties: Element | None = None  # of the run that is being read
        self._is_hidden = style.hidden
        self._mark = ""

    def read(self, paragraph: Element) -> Line:
        """Read it, or whatever stands in its place; what it holds beside its text is counted."""
        self._read_one(paragraph)
        for kind, pieces in (("hidden passages", self._hidden), ("entries of contents", self._contents)):
            if "".join(pieces).strip():
                self._source.left_out.add(kind, "".join(pieces))
        self._line.text = "".join(self._pieces)
        return self._line

    def _inside(self, element: Element) -> None:
        for inner in element:
            self._read_one(inner)

    def _read_one(self, element: Element) -> None:
        kind = name(element)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, element)
        elif kind and not kind.endswith("Pr"):
            self._inside(element)

    def _say(self, text: str) -> None:
        """Add text, unless it stands where no reader sees it."""
        if not text or self._fields.in_instruction:
            return
        self._fields.show()
        if self._fields.in_contents or self._style.is_contents:
            self._contents.append(text)
        elif self._is_hidden:
            self._hidden.append(text)
        else:
            self._pieces.append(BY_PAGE if self._fields.differs_by_page else "")
            self._pieces.append(text)

    def _read_run(self, run: Element) -> None:
        outer = self._properties, self._is_hidden
        self._properties = child(run, "w:rPr")
        self._is_hidden = self._source.styles.hides(self._properties, self._style)
        references = [inner for inner in run if name(inner) in ("w:footnoteReference", "w:endnoteReference")]
        if any(is_true(attribute(reference, "customMarkFollows")) for reference in references):
            self._mark = "".join(text.text or "" for text in descendants(run, "w:t")).strip()
            for reference in references:
                self._read_reference(reference)
            self._mark = ""
        else:
            self._inside(run)
        self._properties, self._is_hidden = outer

    def _read_text(self, element: Element) -> None:
        font = attribute(child(self._properties, "w:rFonts"), "ascii")
        text = write_in_font((element.text or "").translate(_SPACES), font)
        if value(self._properties, "w:vertAlign") == "superscript":
            text = raise_digits(text, "".join(self._pieces[-3:]))
        self._say(text)

    def _read_symbol(self, element: Element) -> None:
        try:
            text = write_symbol(int(attribute(element, "char", "0"), 16), attribute(element, "font"))
        except ValueError:
            text = ""
        if text:
            self._say(text)
        else:
            self._source.left_out.add("symbols without a known meaning", attribute(element, "font"))

    def _read_simple_field(self, element: Element) -> None:
        self._fields.enter(attribute(element, "instr"))
        self._inside(element)
        self._fields.leave()

    def _read_reference(self, element: Element) -> None:
        note, is_first = self._source.notes.refer(element, self._mark)
        if note is None:
            return
        self._say(f"{NOTE_MARK}(note {note.label}){NOTE_MARK}")
        if is_first:
            self._line.notes.append(note)

    def _read_deleted(self, element: Element) -> None:
        text = "".join(text.text or "" for text in element.iter("{*}delText", "{*}t"))
        if text.strip() and name(element) != "w:moveFrom":
            self._source.left_out.add("deleted passages (tracked changes)", text)

    def _read_alternatives(self, element: Element) -> None:
        form = chosen_form(element)
        if form is not None:
            self._inside(form)

    def _read_control(self, element: Element) -> None:
        content = child(element, "w:sdtContent")
        if content is None:
            return
        if is_on(child(element, "w:sdtPr", "w:showingPlcHdr")):
            self._source.left_out.add(
                "empty form fields", "".join(t.text or "" for t in descendants(content, "w:t"))
            )
        else:
            self._inside(content)

    def _read_ruby(self, element: Element) -> None:
        reading = child(element, "w:rt")
        if reading is not None:
            text = "".join(text.text or "" for text in descendants(reading, "w:t"))
            self._source.left_out.add("readings above words (ruby)", text)
        base = child(element, "w:rubyBase")
        if base is not None:
            self._inside(base)

    def _read_equations(self, element: Element) -> None:
        equations = [write_equation(inner) for inner in element if name(inner) == "m:oMath"]
        self._say("\n".join(equations))

    def _read_picture(self, element: Element) -> None:
        outer = next((a for a in element.iterancestors() if name(a) == "w:drawing"), None)
        described = next(descendants(outer, "wp:docPr"), None) if outer is not None else None
        description = useful_description(attribute(described, "descr"))
        if description:
            self._line.anchored.append(Block(f"Picture: {description}"))
        else:
            self._source.left_out.add("pictures without text")

    def _read_embedded(self, element: Element) -> None:
        self._source.left_out.add(
            "embedded objects", attribute(next(element.iter("{*}OLEObject"), None), "ProgID")
        )

    def _read_chart(self, element: Element) -> None:
        chart = self._related(element, "id")
        if chart is None:
            self._source.left_out.add("charts that cannot be read")
            return
        title, rows = read_chart(chart)
        self._line.anchored += [Block(f"Chart: {title}")] if title else []
        self._line.anchored += [make_table(rows)] if rows else []

    def _read_diagram(self, element: Element) -> None:
        data = self._related(element, "dm")
        lines = read_diagram(data) if data is not None else []
        if lines:
            self._line.anchored.append(Block("\n".join(lines)))
        else:
            self._source.left_out.add("diagrams without text")

    def _related(self, element: Element, attribute_name: str) -> Element | None:
        package = self._source.package
        return package.read(package.target(self._part, attribute(element, attribute_name)))

    def _read_shape_text(self, element: Element) -> None:
        """Text of a shape that is not a text box of Word: a locked canvas, WordArt."""
        text = (
            " ".join(read_diagram(element)) if name(element) == "a:txBody" else attribute(element, "string")
        )
        if text.strip():
            self._line.anchored.append(Block(text))

    def _read_box(self, element: Element) -> None:
        if not self._fields.in_instruction:
            self._line.anchored.append(element)

    def _count_document(self, element: Element) -> None:
        self._source.left_out.add("embedded documents")

    def _skip(self, element: Element) -> None:
        pass


def _saying(text: str) -> Callable[[InlineReader, Element], None]:
    return lambda reader, element: reader._say(text)


_HANDLERS: dict[str, Callable[[InlineReader, Element], None]] = {
    "w:r": InlineReader._read_run,
    "w:t": InlineReader._read_text,
    "w:tab": _saying("\t"),
    "w:ptab": _saying("\t"),
    "w:br": _saying("\n"),
    "w:cr": _saying("\n"),
    "w:noBreakHyphen": _saying("-"),
    "w:sym": InlineReader._read_symbol,
    "w:fldChar": lambda reader, element: reader._say(reader._fields.mark(element)),
    "w:instrText": lambda reader, element: reader._fields.instruct(element.text or ""),
    "w:fldSimple": InlineReader._read_simple_field,
    "w:footnoteReference": InlineReader._read_reference,
    "w:endnoteReference": InlineReader._read_reference,
    "mc:AlternateContent": InlineReader._read_alternatives,
    "w:sdt": InlineReader._read_control,
    "w:ruby": InlineReader._read_ruby,
    "m:oMathPara": InlineReader._read_equations,
    "m:oMath": lambda reader, element: reader._say(write_equation(element)),
    "w:txbxContent": InlineReader._read_box,
    "pic:pic": InlineReader._read_picture,
    "v:imagedata": InlineReader._read_picture,
    "w:object": InlineReader._read_embedded,
    "c:chart": InlineReader._read_chart,
    "dgm:relIds": InlineReader._read_diagram,
    "a:txBody": InlineReader._read_shape_text,
    "v:textpath": InlineReader._read_shape_text,
    "w:altChunk": InlineReader._count_document,
    "w:subDoc": InlineReader._count_document,
    "w:delText": InlineReader._skip,
    "w:delInstrText": InlineReader._skip,
} | dict.fromkeys(_DELETED, InlineReader._read_deleted)
