"""Reads what the sheets of a workbook share: their names, shared texts, the formats of cells, the day zero.
Knows nothing about what is in the sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from workbench.corpus.readers.extracted_text import clean
from workbench.corpus.readers.office.markup import (
    Element,
    attribute,
    child,
    is_true,
    name,
    number,
    relationship,
    value,
)
from workbench.corpus.readers.office.package import DAMAGED, Package, is_damaged
from workbench.corpus.readers.office.symbols import raise_digits
from workbench.corpus.readers.xlsx.cell_formats import BUILT_IN, CellFormat

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Style:
    """How a cell is shown."""

    format: CellFormat
    is_bold: bool


@dataclass(frozen=True)
class SheetPlace:
    """A sheet, by its name and where it is in the package."""

    name: str
    part: str
    is_hidden: bool
    is_chart: bool
    """Whether it is a chart that fills the sheet, and has no cells."""


@dataclass(frozen=True)
class Workbook:
    """What the sheets share."""

    package: Package
    sheets: list[SheetPlace]
    texts: list[str]
    """The shared texts, by their number."""
    styles: list[Style]
    """The styles of cells, by their number."""
    from_1904: bool
    """Whether days count from 1904-01-01."""
    is_uncomputed: bool
    """Whether whoever wrote it leaves all formulas to the program that opens it; their values may then be 0
    without meaning it."""


def read_workbook(package: Package, root: Element) -> Workbook:
    """Read them. root: of the main part."""
    properties = child(root, "x:workbookPr")
    listed = child(root, "x:sheets")
    sheets = []
    charts = set(package.all_related(package.main, "chartsheet"))
    for entry in listed if listed is not None else ():
        part = package.target(package.main, relationship(entry))
        title = unescaped(attribute(entry, "name"))
        if part is None:
            package.damaged.append(f"sheet {title}")
        else:
            is_hidden = attribute(entry, "state", "visible") != "visible"
            sheets.append(SheetPlace(title, part, is_hidden, part in charts))
    return Workbook(
        package,
        sheets,
        _read_texts(package),
        _read_styles(package),
        is_true(attribute(properties, "date1904")),
        is_true(attribute(child(root, "x:calcPr"), "fullCalcOnLoad")),
    )


def iterate(package: Package, part: str, *tags: str) -> Iterator[Element]:
    """Yield a part's elements of these names, each when its end is read; what was yielded is let go of.

    A part that is damaged ends early, and is noted as damaged. Entities are never resolved.
    """
    stream = package.open(part)
    if stream is None:
        return
    parsed = etree.iterparse(
        stream, events=("end",), tag=[f"{{*}}{tag}" for tag in tags], resolve_entities=False, load_dtd=False,
        no_network=True, remove_comments=True, remove_pis=True, recover=True,
    )  # fmt: skip
    with stream:
        try:
            for _, element in parsed:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except (*DAMAGED, etree.XMLSyntaxError):
            is_damaged(None, parsed.error_log)
            package.damaged.append(part)
            return
        if is_damaged(parsed.root, parsed.error_log):
            package.damaged.append(part)


def text_of(element: Element) -> str:
    """The text of a shared or inline text, or of a comment, without the readings above words."""
    text = ""
    for part in element:
        if name(part) == "x:t":
            text += part.text or ""
        elif name(part) == "x:r":
            run = "".join(inner.text or "" for inner in part if name(inner) == "x:t")
            is_raised = value(child(part, "x:rPr"), "x:vertAlign") == "superscript"
            text += raise_digits(run, text) if is_raised else run
    return unescaped(text)


def unescaped(text: str) -> str:
    """A cleaned text with the characters that XML cannot hold and Excel writes as "_x000D_"."""
    return clean(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text)


def _read_texts(package: Package) -> list[str]:
    part = package.related(package.main, "sharedStrings")
    return [text_of(entry) for entry in iterate(package, part, "si")] if part is not None else []


def _read_styles(package: Package) -> list[Style]:
    root = package.read(package.related(package.main, "styles"))
    codes = dict(BUILT_IN)
    for entry in _children(root, "x:numFmts"):
        codes[number(attribute(entry, "numFmtId"), -1)] = attribute(entry, "formatCode")
    formats: dict[str, CellFormat] = {}
    bold = [_is_bold(font) for font in _children(root, "x:fonts")]
    styles = []
    for entry in _children(root, "x:cellXfs"):
        code = codes.get(number(attribute(entry, "numFmtId"), 0), "General")
        font = number(attribute(entry, "fontId"), 0)
        styles.append(Style(formats.setdefault(code, CellFormat(code)), font < len(bold) and bold[font]))
    return styles or [Style(CellFormat("General"), False)]


def _children(root: Element | None, path: str) -> Iterator[Element]:
    listed = child(root, path)
    yield from (entry for entry in listed if name(entry)) if listed is not None else ()


def _is_bold(font: Element) -> bool:
    switch = child(font, "x:b")
    return switch is not None and is_true(attribute(switch, "val", "1"))
