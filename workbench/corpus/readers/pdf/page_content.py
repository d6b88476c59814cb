"""Puts together what a PDF's page shows: texts that can be seen, once each, form values, rulings, notes.
Knows nothing about lines, columns or tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Any

from workbench.corpus.readers.pdf.annotations import Entry, read_annotations
from workbench.corpus.readers.pdf.content import Fragment, Frame, PageContent, Ruling
from workbench.corpus.readers.pdf.drawn_text import DrawnText, read_drawn_texts, turned
from workbench.corpus.readers.pdf.fragments import joined
from workbench.corpus.readers.pdf.shapes import Rectangle, Shapes, read_shapes

LEAST_SIZE = 1.0  # points; nobody can read smaller letters
DOUBLE_DRAWN = (
    0.25  # of the font's size; the same text drawn again so near makes it bold or gives it a shadow
)
NARROW = 0.08  # of the font's size; "l" is as wide, and two of them stand farther apart
BAND = 20.0  # points of a page's height; texts are compared with those in the same band and the next ones
ENTRY_SIZE = 10.0  # points; of what is entered on a page that has no text
ENTRY_WIDTH = 0.5  # of the font's size, for a character of an entry


def read_page(document: Any, number: int) -> PageContent:
    """Read one page (from 0) of an open pypdfium2 document."""
    page = document[number]
    try:
        text_page = page.get_textpage()
        drawn = read_drawn_texts(text_page.raw, text_page.count_chars())
        shapes = read_shapes(page.raw)
        entries, notes = read_annotations(page.raw, document.formenv)
        bounds = page.get_bbox()
    finally:
        page.close()
    visible, hidden = _visible(drawn, shapes, bounds)
    amounts = {direction: sum(len(f.text) for f in fragments) for direction, fragments in visible.items()}
    directions = sorted(amounts, key=lambda direction: -amounts[direction]) or [0]
    visible[directions[0]] += _entered(entries, directions[0], visible[directions[0]])
    return PageContent(
        frames=tuple(_frame(visible[direction], shapes, direction, bounds) for direction in directions),
        notes=notes,
        pictures=sum(not _has_recognised_text(area, drawn) for area in shapes.pictures),
        is_crowded=shapes.is_crowded,
        hidden=tuple(hidden),
        unmapped=sum(text.unmapped for text in drawn),
    )


def _frame(fragments: list[Fragment], shapes: Shapes, direction: int, bounds: Rectangle) -> Frame:
    heights = [turned(x, y, direction)[1] for x in bounds[::2] for y in bounds[1::2]]
    return Frame(
        tuple(_drawn_once(fragments)), tuple(_rulings(shapes, direction)), min(heights), max(heights)
    )


def _visible(
    drawn: list[DrawnText], shapes: Shapes, bounds: Rectangle
) -> tuple[defaultdict[int, list[Fragment]], list[str]]:
    """The fragments that can be seen, by direction, and the texts that cannot.

    Text without ink counts as seen over a picture, which is a scan, and where the page has no other text,
    because its letters are drawn as shapes.
    """
    visible: defaultdict[int, list[Fragment]] = defaultdict(list)
    hidden: list[Fragment] = []
    all_unpainted = all(text.is_unpainted for text in drawn)
    left, bottom, right, top = bounds
    for text in drawn:
        x, y = text.middle
        is_seen = (
            left <= x <= right
            and bottom <= y <= top
            and not text.is_transparent
            and not (text.is_white and not _covers(shapes.fills, x, y))
            and not (text.is_unpainted and not all_unpainted and not _covers(shapes.pictures, x, y))
        )
        for fragment in text.fragments:
            if is_seen and fragment.size >= LEAST_SIZE:
                visible[text.direction].append(fragment)
            else:
                hidden.append(fragment)
    return visible, [fragment.text for fragment in joined(hidden)]


def _has_recognised_text(picture: Rectangle, drawn: list[DrawnText]) -> bool:
    return any(text.is_unpainted and _covers([picture], *text.middle) for text in drawn)


def _covers(areas: Iterable[Rectangle], x: float, y: float) -> bool:
    return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in areas)


def _drawn_once(fragments: list[Fragment]) -> Iterator[Fragment]:
    """The fragments without those that were drawn again on the same spot."""
    by_text: defaultdict[tuple[str, int], list[Fragment]] = defaultdict(list)
    for fragment in fragments:
        width = fragment.x1 - fragment.x0
        near = min(DOUBLE_DRAWN * fragment.size, max(width / 2, NARROW * fragment.size))
        place = int(fragment.baseline // BAND)
        if not any(
            abs(fragment.x0 - other.x0) <= near and abs(fragment.baseline - other.baseline) <= near
            for band in (place - 1, place, place + 1)
            for other in by_text.get((fragment.text, band), ())
        ):
            by_text[fragment.text, place].append(fragment)
            yield fragment


def _entered(entries: list[Entry], direction: int, fragments: list[Fragment]) -> Iterator[Fragment]:
    """What was entered, as text on the lines of the labels beside it."""
    usual_size = median(f.size for f in fragments) if fragments else ENTRY_SIZE
    for entry in entries:
        (x0, y0), (x1, y1) = sorted(
            (turned(entry.left, entry.top, direction), turned(entry.right, entry.bottom, direction))
        )
        top, bottom = min(y0, y1), max(y0, y1)
        size = min(usual_size, bottom - top) or usual_size
        beside = [f.baseline for f in fragments if top <= f.middle[1] <= bottom]
        middle = top + size / 2 if entry.is_long else (top + bottom) / 2
        baseline = min(beside, key=lambda y: abs(y - middle), default=middle + size / 4)
        for number, line in enumerate(entry.text.splitlines()):
            width = max(ENTRY_WIDTH * size * len(line), 1.0)
            yield Fragment(
                line, x0, min(x1, x0 + width), baseline + number * 1.2 * size, size, stands_alone=True
            )


def _rulings(shapes: Shapes, direction: int) -> Iterator[Ruling]:
    if direction % 90 or shapes.is_crowded:
        return
    for left, bottom, right, top in shapes.edges:
        (x0, y0), (x1, y1) = turned(left, bottom, direction), turned(right, top, direction)
        if abs(y1 - y0) <= abs(x1 - x0):
            yield Ruling(True, (y0 + y1) / 2, min(x0, x1), max(x0, x1))
        else:
            yield Ruling(False, (x0 + x1) / 2, min(y0, y1), max(y0, y1))
