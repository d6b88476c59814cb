"""Reads what a PDF's page draws beside text: straight lines, coloured areas, pictures.
Knows nothing about text or tables."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_float, c_int, c_uint
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

MOST_SEGMENTS = 20_000  # of a page's paths; a map or a plot has more, and no ruled table
MOST_DEPTH = 5  # of drawings inside drawings
THIN = 2.5  # points; a rectangle that is no wider is a line
STRAIGHT = 0.5  # points by which a horizontal or vertical line may be off
LEAST_PICTURE = 40.0  # points; a smaller picture is an icon or a bullet
WHITE = 250  # of 255

Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in points from the page's lower left corner; y grows upwards."""
Matrix = tuple[float, float, float, float, float, float]
UNCHANGED: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(slots=True)
class Shapes:
    """What a page draws beside text."""

    edges: list[Rectangle] = field(default_factory=list)
    """Horizontal and vertical lines and sides of rectangles, each without height or width."""
    fills: list[Rectangle] = field(default_factory=list)
    """Areas on which white text can be read: coloured shapes and pictures."""
    pictures: list[Rectangle] = field(default_factory=list)
    """Pictures that are larger than an icon."""
    segments: int = 0
    """Of all paths that were read."""

    @property
    def is_crowded(self) -> bool:
        """Whether there are so many that reading stopped."""
        return self.segments > MOST_SEGMENTS


def read_shapes(page: Any) -> Shapes:
    """Read the shapes of a page (PDFium's handle)."""
    shapes = Shapes()
    count = pdfium.FPDFPage_CountObjects(page)
    for item in (pdfium.FPDFPage_GetObject(page, number) for number in range(count)):
        _read_object(item, UNCHANGED, 0, shapes)
    return shapes


def _read_object(item: Any, matrix: Matrix, depth: int, shapes: Shapes) -> None:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_PATH and not shapes.is_crowded:
        _read_path(item, matrix, shapes)
    elif kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
        area = _bounds(item, matrix)
        shapes.fills.append(area)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE and min(area[2] - area[0], area[3] - area[1]) >= LEAST_PICTURE:
            shapes.pictures.append(area)
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MOST_DEPTH:
        inner = _product(_matrix(item), matrix)
        for number in range(pdfium.FPDFFormObj_CountObjects(item)):
            _read_object(pdfium.FPDFFormObj_GetObject(item, number), inner, depth + 1, shapes)


def _read_path(item: Any, matrix: Matrix, shapes: Shapes) -> None:
    fill, stroke = c_int(), c_int()
    pdfium.FPDFPath_GetDrawMode(item, byref(fill), byref(stroke))
    if not fill.value and not stroke.value:
        return
    shapes.segments += pdfium.FPDFPath_CountSegments(item)
    if shapes.is_crowded:
        return
    left, bottom, right, top = area = _bounds(item, matrix)
    if fill.value and not _is_white(item):
        shapes.fills.append(area)
    elif not stroke.value:
        return
    if top - bottom <= THIN < right - left:
        shapes.edges.append((left, (bottom + top) / 2, right, (bottom + top) / 2))
    elif right - left <= THIN < top - bottom:
        shapes.edges.append(((left + right) / 2, bottom, (left + right) / 2, top))
    elif right - left > THIN:
        shapes.edges += _straight_segments(item, _product(_matrix(item), matrix))


def _straight_segments(path: Any, matrix: Matrix) -> Iterator[Rectangle]:
    """The horizontal and vertical segments of a path."""
    x, y = c_float(), c_float()
    first = last = (0.0, 0.0)
    for number in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        point = _moved(x.value, y.value, matrix)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        ends = [last, point] if kind == pdfium.FPDF_SEGMENT_LINETO else [point]
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            ends.append(first)
        for (x0, y0), (x1, y1) in pairwise(ends):
            if min(abs(x1 - x0), abs(y1 - y0)) <= STRAIGHT:
                yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        last = ends[-1]


def _is_white(item: Any) -> bool:
    colour = [c_uint() for _ in range(4)]
    known = pdfium.FPDFPageObj_GetFillColor(item, *map(byref, colour))
    red, green, blue, alpha = (part.value for part in colour)
    return bool(known) and (min(red, green, blue) >= WHITE or not alpha)


def _bounds(item: Any, matrix: Matrix) -> Rectangle:
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    pdfium.FPDFPageObj_GetBounds(item, byref(left), byref(bottom), byref(right), byref(top))
    if matrix is UNCHANGED:
        return left.value, bottom.value, right.value, top.value
    corners = [_moved(x.value, y.value, matrix) for x in (left, right) for y in (bottom, top)]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _matrix(item: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does what `first` does and then what `second` does."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
