"""Reads the text that a PDF's page draws, with its place, size, direction and whether it can be seen.
Knows nothing about what lies beside or below a text.

PDFium is asked about text objects, which begin where the font or the line changes, not about characters: a page
has fifty of the former and thousands of the latter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from ctypes import addressof, byref, c_double, c_uint, c_ushort
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from workbench.corpus.readers.pdf.content import Fragment

WHITE = 250  # of 255
NEARLY_STRAIGHT = 15  # degrees; a scan lies a little askew
WIDE_LETTERS = 0.62  # of the font's size, on average; text with wider letters has wide gaps inside
WIDE_GAP = 1.0  # of the font's size; such a gap parts cells, not words

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# Signs of the fonts Symbol and Wingdings, which programs put into the private use area.
SIGNS = {
    **dict(zip("\uf0b7\uf0a7\uf0d8\uf076\uf06c\uf06e\uf0a8\uf06f\uf0fe\uf0fc\uf0fb", "•▪➢❖●■◻☐☒✓✗", strict=True)),
    **dict(zip("\uf0e0\uf0ae\uf0e8\uf0b0\uf0b1\uf0a3\uf0b3\uf0b4\uf02d\uf0be", "→→➔°±≤≥×-—", strict=True)),
}
PLAIN = str.maketrans({**LIGATURES, **SIGNS, **dict.fromkeys("\ufffe\x02", "-"), **dict.fromkeys("\r\n\t", " ")})
NOT_PLAIN = re.compile("[\x00-\x1f\ufb00-\ufb06\ue000-\uf8ff\ufffd\ufffe\U000f0000-\U0010fffd]")
NO_CHARACTER = re.compile("[\x00-\x1f\ue000-\uf8ff\ufffd\U000f0000-\U0010fffd]")

Area = tuple[float, float, float, float]
"""Left, bottom, right, top in points from the page's lower left corner; y grows upwards."""


@dataclass(frozen=True, slots=True)
class DrawnText:
    """What one of a page's text objects draws."""

    fragments: tuple[Fragment, ...]
    """In the reading frame of its direction; more than one where it has wide gaps."""
    direction: int
    """Degrees, counter-clockwise, by which the text is turned against the page's lower edge."""
    middle: tuple[float, float]
    """x and y on the page, in points from its lower left corner."""
    is_white: bool
    is_transparent: bool
    is_unpainted: bool
    """Whether it is drawn without ink, as text recognition lays its text over a scan."""
    unmapped: int
    """How many of its characters have a font that does not say which they are; they are not in the text."""


def read_drawn_texts(text_page: Any, count: int) -> Iterator[DrawnText]:
    """Read the text objects of a text page (PDFium's handle) with so many characters."""
    text = _whole_text(text_page, count)
    for start, end in _text_objects(text_page, count):
        drawn = _read_object(text_page, text, start, end)
        if drawn is not None:
            yield drawn


def turned(x: float, y: float, direction: int) -> tuple[float, float]:
    """The place, in the reading frame of a direction, of a point on the page."""
    if direction == 0:
        return x, -y
    if direction == 90:
        return y, x
    if direction == 180:
        return -x, y
    if direction == 270:
        return -y, -x
    cosine, sine = math.cos(math.radians(direction)), math.sin(math.radians(direction))
    return x * cosine + y * sine, x * sine - y * cosine


def _whole_text(text_page: Any, count: int) -> str:
    """The page's text, one character for each of PDFium's."""
    buffer = (c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: max(written - 1, 0) * 2].decode("utf-16-le", errors="replace")
    if len(text) == count:
        return text
    codes = (pdfium.FPDFText_GetUnicode(text_page, place) for place in range(count))
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _text_objects(text_page: Any, count: int) -> Iterator[tuple[int, int]]:
    """(first character, last character + 1) of each text object, in steps that double."""

    def owner(place: int) -> int:
        text_object = pdfium.FPDFText_GetTextObject(text_page, place)
        return addressof(text_object.contents) if text_object else 0

    start = 0
    while start < count:
        this = owner(start)
        if not this:  # a space or a line break that PDFium put between two objects
            start += 1
            continue
        inside, step = start, 8
        while inside + step < count and owner(inside + step) == this:
            inside += step
            step *= 2
        outside = min(inside + step, count)
        while outside - inside > 1:
            between = (inside + outside) // 2
            if owner(between) == this:
                inside = between
            else:
                outside = between
        yield start, outside
        start = outside


def _read_object(text_page: Any, text: str, start: int, end: int) -> DrawnText | None:
    area = _area(text_page, start, end)
    if area is None:
        return None
    matrix, x, y = pdfium.FS_MATRIX(), c_double(), c_double()
    pdfium.FPDFText_GetMatrix(text_page, start, matrix)
    pdfium.FPDFText_GetCharOrigin(text_page, start, byref(x), byref(y))
    direction = _direction(matrix)
    size = pdfium.FPDFText_GetFontSize(text_page, start) * math.hypot(matrix.c, matrix.d)
    baseline = turned(x.value, y.value, direction)[1]
    characters = _characters(text_page, text, start, end)
    fragments = []
    for first, last, part in _parts(text_page, characters, start, area, direction, size):
        x0, x1 = sorted((turned(*part[:2], direction)[0], turned(*part[2:], direction)[0]))
        words = "".join(characters[first:last])
        if start + last == end and text[end : end + 1] == " ":  # PDFium sees a space before the next text
            words += " "
        if words.strip():
            fragments.append(Fragment(words, x0, x1, baseline, size))
    mode = pdfium.FPDFTextObj_GetTextRenderMode(pdfium.FPDFText_GetTextObject(text_page, start))
    *colour, alpha = _fill_colour(text_page, start)
    is_filled = mode == pdfium.FPDF_TEXTRENDERMODE_FILL
    return DrawnText(
        fragments=tuple(fragments),
        direction=direction,
        middle=((area[0] + area[2]) / 2, (area[1] + area[3]) / 2),
        is_white=is_filled and min(colour) >= WHITE,
        is_transparent=is_filled and alpha == 0,
        is_unpainted=mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
        unmapped=sum(not character for character in characters),
    )


def _characters(text_page: Any, text: str, start: int, end: int) -> Sequence[str]:
    """The characters as the document holds them; "" for one whose font does not say which it is."""
    drawn = text[start:end]
    probes = {start, (start + end) // 2, end - 1}  # a font maps all of its characters, or few
    is_mapped = all(pdfium.FPDFText_HasUnicodeMapError(text_page, place) != 1 for place in probes)
    if is_mapped and not NOT_PLAIN.search(drawn):
        return drawn
    return [
        ""
        if NO_CHARACTER.match(plain := character.translate(PLAIN))
        or (not is_mapped and pdfium.FPDFText_HasUnicodeMapError(text_page, place) == 1)
        else plain
        for place, character in enumerate(drawn, start)
    ]


def _parts(
    text_page: Any, characters: Sequence[str], start: int, area: Area, direction: int, size: float
) -> Iterator[tuple[int, int, Area]]:
    """(first, last + 1, area) of the parts between wide gaps; places are counted from `start`."""
    length = max(abs(area[2] - area[0]), abs(area[3] - area[1]))
    words = "".join(characters)
    first = 0
    if length > WIDE_LETTERS * size * len(words.strip()) or "  " in words.strip():
        for gap in re.finditer(" +", "".join(character or "\0" for character in characters)):
            before = _area(text_page, start + gap.start() - 1, start + gap.start())
            after = _area(text_page, start + gap.end(), start + gap.end() + 1)
            if gap.start() == first or gap.end() == len(characters) or before is None or after is None:
                continue
            width = turned(*after[:2], direction)[0] - turned(*before[2:], direction)[0]
            if width > WIDE_GAP * size and (part := _area(text_page, start + first, start + gap.start())):
                yield first, gap.start(), part
                first = gap.end()
    rest = area if first == 0 else _area(text_page, start + first, start + len(characters))
    if rest is not None:
        yield first, len(characters), rest


def _direction(matrix: Any) -> int:
    angle = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
    straight = round(angle / 90) * 90
    return (straight if abs(angle - straight) <= NEARLY_STRAIGHT else round(angle / 15) * 15) % 360


def _area(text_page: Any, start: int, end: int) -> Area | None:
    """Left, bottom, right and top of these characters; None when there is no ink."""
    left, top, right, bottom = c_double(), c_double(), c_double(), c_double()
    areas = []
    for number in range(pdfium.FPDFText_CountRects(text_page, start, end - start)):
        pdfium.FPDFText_GetRect(text_page, number, byref(left), byref(top), byref(right), byref(bottom))
        areas.append((left.value, bottom.value, right.value, top.value))
    if len(areas) < 2:
        return areas[0] if areas else None
    lefts, bottoms, rights, tops = zip(*areas, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _fill_colour(text_page: Any, place: int) -> tuple[int, int, int, int]:
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    if not pdfium.FPDFText_GetFillColor(
        text_page, place, byref(red), byref(green), byref(blue), byref(alpha)
    ):
        return 0, 0, 0, 255
    return red.value, green.value, blue.value, alpha.value
