"""Reads what people put onto a PDF's page: values of form fields, texts typed onto it, notes.
Knows nothing about the page's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import c_ushort
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

TICKED, UNTICKED = "☒", "☐"
PASSWORD_FIELD = 1 << 13
MULTILINE_FIELD = 1 << 12
HIDDEN = 1 << 1 | 1 << 5  # of an annotation: never shown, or not on the screen
NOTES = (
    pdfium.FPDF_ANNOT_TEXT,
    pdfium.FPDF_ANNOT_HIGHLIGHT,
    pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_STRIKEOUT,
    pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_CARET,
    pdfium.FPDF_ANNOT_STAMP,
    pdfium.FPDF_ANNOT_SQUARE,
    pdfium.FPDF_ANNOT_CIRCLE,
    pdfium.FPDF_ANNOT_LINE,
    pdfium.FPDF_ANNOT_INK,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Text that somebody entered at a place of the page."""

    text: str
    """What was entered."""
    left: float
    """The x of its left edge. All four are points from the page's lower left corner; y grows upwards."""
    bottom: float
    """The y of its lower edge."""
    right: float
    """The x of its right edge."""
    top: float
    """The y of its upper edge."""
    is_long: bool = False
    """Whether it may have several lines, of which the first is at the top."""


def read_annotations(page: Any, form: Any) -> tuple[list[Entry], tuple[str, ...]]:
    """Return the entries of a page (PDFium's handle) and the contents of its notes.

    form: PDFium's form environment; None when the document has no form. Links are neither.
    """
    entries, notes = list[Entry](), list[str]()
    for annotation in _annotations(page):
        if pdfium.FPDFAnnot_GetFlags(annotation) & HIDDEN:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET and form is not None:
            text, is_long = _field_value(form, annotation)
        elif kind == pdfium.FPDF_ANNOT_FREETEXT:
            text, is_long = _contents(annotation), True
        else:
            note = _contents(annotation) if kind in NOTES else ""
            notes += [note] if note else []
            continue
        area = pdfium.FS_RECTF()
        if text and pdfium.FPDFAnnot_GetRect(annotation, area):
            sides = sorted((area.left, area.right)), sorted((area.bottom, area.top))
            (left, right), (bottom, top) = sides
            entries.append(Entry(text, left, bottom, right, top, is_long))
    return entries, tuple(notes)


def _annotations(page: Any) -> Iterator[Any]:
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if annotation:
            yield annotation
            pdfium.FPDFPage_CloseAnnot(annotation)


def _field_value(form: Any, annotation: Any) -> tuple[str, bool]:
    """The value as a reader of the form sees it, and whether it may have several lines."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        return (TICKED if pdfium.FPDFAnnot_IsChecked(form, annotation) else UNTICKED), False
    if kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and not flags & PASSWORD_FIELD:
        return _text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation), bool(flags & MULTILINE_FIELD)
    if kind in (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        options = range(pdfium.FPDFAnnot_GetOptionCount(form, annotation))
        chosen = [n for n in options if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, n)]
        labels = [_text(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, n) for n in chosen]
        return ", ".join(labels) or _text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation), False
    return "", False


def _contents(annotation: Any) -> str:
    return _text(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents")


def _text(get: Callable[..., int], *arguments: Any) -> str:
    """A text that PDFium writes into a buffer, whose size it tells when it is given none."""
    size = get(*arguments, None, 0)
    buffer = (c_ushort * (size // 2 + 1))()
    get(*arguments, buffer, size)
    return bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", errors="replace").strip()
