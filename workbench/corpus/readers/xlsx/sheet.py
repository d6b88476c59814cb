"""Reads the cells of one sheet as a person sees them: shown values, without hidden rows and columns.
Knows nothing about where tables begin and end."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.corpus.readers.extracted_text import LeftOutTally
from workbench.corpus.readers.office.blocks import Block, as_markdown
from workbench.corpus.readers.office.drawings import useful_description
from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    chosen_form,
    descendants,
    is_true,
    name,
    number,
)
from workbench.corpus.readers.office.tables import LONGEST_REPEATED
from workbench.corpus.readers.office.text_bodies import read_text_body
from workbench.corpus.readers.records import Value
from workbench.corpus.readers.xlsx.cell_formats import CellFormat
from workbench.corpus.readers.xlsx.workbook import SheetPlace, Workbook, iterate, text_of, unescaped

NO_VALUE = "formulas without a stored value"
_TEXTS = ("s", "str", "inlineStr")  # kinds of cells
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_CODES = re.compile(
    r'&(?:"[^"]*"|\d+|K[0-9A-F]{6}|[A-Z&])'
)  # of headers and footers: fonts, the page's number


@dataclass(slots=True)
class SheetRow:
    """A row that says something."""

    number: int
    """From 1."""
    cells: dict[int, str]
    """Column (from 1) → what the cell says, on one line; none is empty. What is no text is a Value."""
    bold: frozenset[int]
    """The columns whose cells are bold."""
    after_gap: bool
    """Whether there is an empty row between it and the row before."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """(first column, last column) of the cells that are merged across columns."""

    @property
    def is_bold(self) -> bool:
        """Whether all that it says is bold."""
        return len(self.bold) == len(self.cells)


@dataclass
class Sheet:
    """What a sheet says."""

    rows: list[SheetRow]
    drawn: list[str]
    """Text boxes and descriptions of pictures, which lie above the cells."""


def read_sheet(workbook: Workbook, place: SheetPlace, left_out: LeftOutTally) -> Sheet:
    """Read a sheet. What does not become text is counted."""
    reader = _SheetReader(workbook, left_out)
    for element in iterate(workbook.package, place.part, "row", "col", "mergeCell", "headerFooter"):
        reader.take(element)
    reader.count_hidden_columns()
    reader.apply_merges()
    _count_comments(workbook, place, left_out)
    return Sheet(reader.rows, _read_drawings(workbook, place, left_out))


class _SheetReader:
    """Takes the elements of a sheet in the order of the file."""

    def __init__(self, workbook: Workbook, left_out: LeftOutTally) -> None:
        self._workbook, self._left_out = workbook, left_out
        self.rows: list[SheetRow] = []
        self._hidden_ranges: list[tuple[int, int]] = []
        self._hidden_columns: dict[int, tuple[str, int]] = {}
        self._merges: list[tuple[int, int, int, int]] = []
        self._last, self._gap = 0, False

    def take(self, element: Element) -> None:
        kind = name(element)
        if kind == "x:row":
            self._read_row(element)
        elif kind == "x:col" and is_true(attribute(element, "hidden")):
            ends = (number(attribute(element, end), 0) for end in ("min", "max"))
            self._hidden_ranges.append((next(ends), next(ends)))
        elif kind == "x:mergeCell":
            match = _RANGE.fullmatch(attribute(element, "ref"))
            if match is not None and match[3]:
                self._merges.append((int(match[2]), _column(match[1]), int(match[4]), _column(match[3])))
        elif kind == "x:headerFooter":
            for entry in element:
                text = _CODES.sub(" ", entry.text or "")
                if any(map(str.isalnum, text)):
                    self._left_out.add("running heads", text)

    def _read_row(self, element: Element) -> None:
        at = number(element.get("r") or "", self._last + 1)
        self._gap = self._gap or at > self._last + 1
        self._last = at
        cells, bold = {}, []
        for column, text, is_bold in self._cells(element):
            if text:
                cells[column] = text
                bold += [column] if is_bold else []
        if is_true(element.get("hidden") or ""):
            if cells:
                self._left_out.add("hidden rows", "; ".join(cells.values()))
            return
        for first, last in self._hidden_ranges:
            for column in [column for column in cells if first <= column <= last]:
                text = cells.pop(column)
                example, characters = self._hidden_columns.get(column, (text, 0))
                self._hidden_columns[column] = example, characters + len(text)
        if cells:
            self.rows.append(SheetRow(at, cells, frozenset(bold).intersection(cells), self._gap))
            self._gap = False
        else:
            self._gap = True

    def _cells(self, row: Element) -> Iterator[tuple[int, str, bool]]:
        """(column, text on one line, whether it is bold) of each cell."""
        column = 0
        styles = self._workbook.styles
        for cell in row:
            reference = cell.get("r")
            column = _column(reference.rstrip("0123456789")) if reference else column + 1
            kind = cell.get("t") or "n"
            text, formula, has_value = "", None, False
            for part in cell:
                tag = part.tag
                if tag.endswith("}v"):
                    text = part.text or ""
                    has_value = bool(text) or kind == "str"  # programs that cannot compute write it empty
                elif tag.endswith("}f"):
                    formula = part.text or ""
                elif tag.endswith("}is"):
                    text, has_value = text_of(part), True
            if formula is not None and (not has_value or text == "0" and self._workbook.is_uncomputed):
                self._left_out.add(NO_VALUE, f"={formula}")
                continue
            if not text:
                continue
            index = number(cell.get("s") or "", 0)
            style = styles[index if 0 <= index < len(styles) else 0]
            shown = self._shown(text, kind, style.format)
            if shown is None:
                self._left_out.add("texts that are missing in the file")
                continue
            if not shown and text.strip():
                self._left_out.add("values that their format hides", "" if kind == "s" else text)
            line = " ".join(shown.split())
            yield column, line if kind in _TEXTS else Value(line), style.is_bold

    def _shown(self, text: str, kind: str, cell_format: CellFormat) -> str | None:
        """What a cell says; None when it refers to a text that is not there."""
        if kind == "s":
            place = number(text, -1)
            texts = self._workbook.texts
            return cell_format.write_text(texts[place]) if 0 <= place < len(texts) else None
        if kind in _TEXTS:
            return cell_format.write_text(unescaped(text) if kind == "str" else text)
        if kind == "b":
            return "TRUE" if is_true(text) else "FALSE"
        if kind in ("e", "d"):  # an error such as #N/A; a date in ISO 8601
            return text.removesuffix("T00:00:00").replace("T", " ") if kind == "d" else text
        if cell_format.is_plain and text.isdecimal() and len(text) < 16:
            return text.lstrip("0") or "0"
        try:
            return cell_format.write_number(float(text), from_1904=self._workbook.from_1904)
        except (ValueError, OverflowError, ArithmeticError):
            return text

    def count_hidden_columns(self) -> None:
        for example, characters in self._hidden_columns.values():
            self._left_out.add("hidden columns", example, characters=characters)

    def apply_merges(self) -> None:
        """Repeat a merged cell in each row that it spans, unless it is long, and note where it is wide.

        A row that holds nothing but merged cells of the rows above is no gap.
        """
        numbers = [row.number for row in self.rows]
        reach: dict[int, int] = {}  # place of a row → the last row of the merged cells that it is the last in
        for top, left, bottom, right in self._merges:
            first = bisect_left(numbers, top)
            if first == len(numbers) or numbers[first] != top:
                continue
            text = self.rows[first].cells.get(left, "")
            if not text:
                continue
            end = bisect_left(numbers, bottom + 1)
            reach[end - 1] = max(bottom, reach.get(end - 1, 0))
            is_bold = left in self.rows[first].bold
            for row in self.rows[first:end] if len(text) <= LONGEST_REPEATED else (self.rows[first],):
                if left not in row.cells:
                    row.cells[left] = text
                    row.bold |= {left} if is_bold else frozenset()
                if right > left:
                    row.spans.append((left, right))
        for place, bottom in reach.items():
            if place + 1 < len(numbers) and numbers[place + 1] <= bottom + 1:
                self.rows[place + 1].after_gap = False


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place


def _count_comments(workbook: Workbook, place: SheetPlace, left_out: LeftOutTally) -> None:
    """Count the comments. Those with replies are there a second time, in a form that old programs read."""
    for part in workbook.package.all_related(place.part, "comments"):
        root = workbook.package.read(part)
        for comment in descendants(root, "x:comment") if root is not None else ():
            said = child(comment, "x:text")
            left_out.add("comments", text_of(said) if said is not None else "")


def _read_drawings(workbook: Workbook, place: SheetPlace, left_out: LeftOutTally) -> list[str]:
    """What text boxes and pictures say. Charts are counted: what they show is in cells."""
    said: list[str] = []
    for part in workbook.package.all_related(place.part, "drawing"):
        root = workbook.package.read(part)
        for element in _drawn(root) if root is not None else ():
            kind = name(element)
            if kind == "xdr:sp":
                said += [as_markdown(block) for block in read_text_body(child(element, "xdr:txBody"))]
            elif kind == "xdr:pic":
                properties = next(descendants(element, "xdr:cNvPr"), None)
                description = useful_description(attribute(properties, "descr"))
                if description:
                    said.append(as_markdown(Block(f"Picture: {description}")))
                else:
                    left_out.add("pictures without text")
            elif kind == "xdr:graphicFrame":
                left_out.add("charts")
    return said


def _drawn(container: Element) -> Iterator[Element]:
    """The shapes, pictures and frames of a drawing, also those in groups."""
    for element in container:
        if name(element) == "mc:AlternateContent":
            form = chosen_form(element)
            yield from _drawn(form) if form is not None else ()
        elif name(element) in ("xdr:sp", "xdr:pic", "xdr:graphicFrame"):
            yield element
        else:
            yield from _drawn(element)
