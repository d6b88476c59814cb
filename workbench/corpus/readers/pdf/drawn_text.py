"""Reads the text that a PDF's page draws, with its place, size, direction and whether it can be seen.
Knows nothing about what lies beside or below a text.

PDFium is asked about text objects, which begin where the font or the line changes, not about characters. A
page has fifty of the former and thousands of the latter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from ctypes import addressof, byref, c_double, c_uint, c_ushort
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from workbench.corpus.readers.pdf.content import Fragment

BROKEN_WORD = 2  # PDFium's code for a hyphen at the end of a line
WHITE = 250  # of 255
NEARLY_STRAIGHT = 15  # degrees; a scan lies a little askew
WIDE_LETTERS = 0.62  # of the font's size, on average; text with wider letters has wide gaps inside
WIDE_GAP = 1.0  # of the font's size; such a gap parts cells, not words

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# Signs of the fonts Symbol and Wingdings, which programs put into the private use area.
SIGNS = {
    **dict(
        zip("\uf0b7\uf0a7\uf0d8\uf076\uf06c\uf06e\uf0a8\uf06f\uf0fe\uf0fc\uf0fb", "•▪➢❖●■◻☐☒✓✗", strict=True)
    ),
    **dict(zip("\uf0e0\uf0ae\uf0e8\uf0b0\uf0b1\uf0a3\uf0b3\uf0b4\uf02d\uf0be", "→→➔°±≤≥×-—", strict=True)),
}
PLAIN = str.maketrans({**LIGATURES, **SIGNS, "\ufffe": "-", **dict.fromkeys("\r\n\t", " ")})
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
    """Whether its colour is white, or nearly."""
    is_transparent: bool
    """Whether nothing of its colour is seen."""
    is_unpainted: bool
    """Whether it is drawn without ink, as text recognition lays its text over a scan."""
    unmapped: int
    """How many of its characters have a font that does not say which they are; they are not in the text."""


def read_drawn_texts(text_page: Any, count: int) -> list[DrawnText]:
    """Read the text objects of a text page (PDFium's handle) with so many characters."""
    reader = _Reader(text_page, count)
    return [drawn for found in reader.text_objects() if (drawn := reader.read(*found)) is not None]


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


class _Reader:
    """Reads one text page. What PDFium writes its answers into is made once."""

    def __init__(self, text_page: Any, count: int) -> None:
        self._page, self._count = text_page, count
        self._text = self._whole_text()
        self._matrix = pdfium.FS_MATRIX()
        self._numbers = c_double(), c_double(), c_double(), c_double()
        self._number_places = tuple(map(byref, self._numbers))
        self._colour = c_uint(), c_uint(), c_uint(), c_uint()
        self._colour_places = tuple(map(byref, self._colour))

    def _whole_text(self) -> str:
        """The page's text, one character for each of PDFium's."""
        buffer = (c_ushort * (self._count + 1))()
        written = pdfium.FPDFText_GetText(self._page, 0, self._count, buffer)
        text = bytes(buffer)[: max(written - 1, 0) * 2].decode("utf-16-le", errors="replace")
        if len(text) == self._count:
            return text
        codes = (pdfium.FPDFText_GetUnicode(self._page, place) for place in range(self._count))
        return "".join(
            "-" if code == BROKEN_WORD else chr(code) if code < 0x110000 else "\ufffd" for code in codes
        )

    def text_objects(self) -> Iterator[tuple[Any, int, int]]:
        """Each text object with its first character and its last + 1; none goes over a line's end."""
        for line in re.finditer(r"[^\r\n]+", self._text):
            start, end = line.span()
            while start < end:
                text_object = pdfium.FPDFText_GetTextObject(self._page, start)
                if text_object:
                    stop = self._end(addressof(text_object.contents), start, end)
                    yield text_object, start, stop
                    start = stop
                else:  # a space that PDFium put between two objects
                    start += 1

    def _end(self, address: int, inside: int, outside: int) -> int:
        """The first place after `inside`, up to `outside`, that is not the object's at this address."""
        if self._is_of(address, outside - 1):
            return outside
        while outside - inside > 1:
            between = (inside + outside) // 2
            if self._is_of(address, between):
                inside = between
            else:
                outside = between
        return outside

    def _is_of(self, address: int, place: int) -> bool:
        text_object = pdfium.FPDFText_GetTextObject(self._page, place)
        return bool(text_object) and addressof(text_object.contents) == address

    def read(self, text_object: Any, start: int, end: int) -> DrawnText | None:
        """Read the text object with these characters; None when it leaves no ink."""
        area = self._area(start, end)
        if area is None:
            return None
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._page, start, matrix)
        direction = _direction(matrix)
        size = pdfium.FPDFText_GetFontSize(self._page, start) * math.hypot(matrix.c, matrix.d)
        _, baseline = turned(matrix.e, matrix.f, direction)
        characters = self._characters(start, end)
        fragments = []
        for first, last, part in self._parts(characters, start, area, direction, size):
            x0, x1 = part[::2] if direction == 0 else _extent(part, direction)
            words = "".join(characters[first:last])
            if words and not words.isspace():
                # PDFium puts a space between two objects where there is one to be seen.
                space = " " if start + last == end and self._text[end : end + 1] == " " else ""
                fragments.append(Fragment(words + space, x0, x1, baseline, size))
        mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object)
        is_white = is_transparent = False
        if mode == pdfium.FPDF_TEXTRENDERMODE_FILL and pdfium.FPDFText_GetFillColor(
            self._page, start, *self._colour_places
        ):
            red, green, blue, alpha = self._colour
            is_white = min(red.value, green.value, blue.value) >= WHITE
            is_transparent = alpha.value == 0
        return DrawnText(
            fragments=tuple(fragments),
            direction=direction,
            middle=((area[0] + area[2]) / 2, (area[1] + area[3]) / 2),
            is_white=is_white,
            is_transparent=is_transparent,
            is_unpainted=mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
            unmapped=0 if isinstance(characters, str) else characters.count(""),
        )

    def _characters(self, start: int, end: int) -> str | list[str]:
        """The characters as the document holds them; "" for one whose font does not say which it is."""
        drawn = self._text[start:end]
        is_mapped = self._is_mapped((start + end) // 2)  # a font maps all of its characters, or few
        if is_mapped and drawn.isprintable() and (drawn.isascii() or not NOT_PLAIN.search(drawn)):
            return drawn
        return [
            ""
            if NO_CHARACTER.match(plain := character.translate(PLAIN))
            or (not is_mapped and not self._is_mapped(place))
            else plain
            for place, character in enumerate(drawn, start)
        ]

    def _is_mapped(self, place: int) -> bool:
        return bool(pdfium.FPDFText_HasUnicodeMapError(self._page, place) != 1)

    def _parts(
        self, characters: str | list[str], start: int, area: Area, direction: int, size: float
    ) -> list[tuple[int, int, Area]]:
        """(first, last + 1, area) of the parts between wide gaps; places are counted from `start`."""
        length = max(abs(area[2] - area[0]), abs(area[3] - area[1]))
        text = self._text[start : start + len(characters)]
        if length <= WIDE_LETTERS * size * len(text.strip()) and "  " not in text:
            return [(0, len(characters), area)]
        cuts = [0]
        for gap in re.finditer(r"(?<=\S)\s+(?=\S)", text):
            before = self._area(start + gap.start() - 1, start + gap.start())
            after = self._area(start + gap.end(), start + gap.end() + 1)
            if before is None or after is None:
                continue
            if turned(*after[:2], direction)[0] - turned(*before[2:], direction)[0] > WIDE_GAP * size:
                cuts += [gap.start(), gap.end()]
        cuts.append(len(characters))
        parts = zip(cuts[::2], cuts[1::2], strict=True)
        return [(a, b, part) for a, b in parts if (part := self._area(start + a, start + b)) is not None]

    def _area(self, start: int, end: int) -> Area | None:
        """Left, bottom, right and top of these characters; None when there is no ink."""
        left, top, right, bottom = self._numbers
        areas = []
        for number in range(pdfium.FPDFText_CountRects(self._page, start, end - start)):
            pdfium.FPDFText_GetRect(self._page, number, *self._number_places)
            areas.append((left.value, bottom.value, right.value, top.value))
        if len(areas) < 2:
            return areas[0] if areas else None
        lefts, bottoms, rights, tops = zip(*areas, strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)


def _extent(area: Area, direction: int) -> tuple[float, float]:
    ends = turned(*area[:2], direction)[0], turned(*area[2:], direction)[0]
    return min(ends), max(ends)


def _direction(matrix: Any) -> int:
    if matrix.b == 0 and matrix.a > 0:
        return 0
    angle = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
    straight = round(angle / 90) * 90
    return (straight if abs(angle - straight) <= NEARLY_STRAIGHT else round(angle / 15) * 15) % 360
