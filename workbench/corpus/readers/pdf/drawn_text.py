"""Reads the text that a PDF's page draws, with its place, size, direction and whether it can be seen.
Knows nothing about what lies beside or below a text.

PDFium is asked about text objects, which begin where the font or the line changes, not about characters: a page
has fifty of the former and thousands of the latter.
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


def read_drawn_texts(text_page: Any, count: int) -> list[DrawnText]:
    """Read the text objects of a text page (PDFium's handle) with so many characters."""
    reader = _Reader(text_page, count)
    return [drawn for start, end in reader.text_objects() if (drawn := reader.read(start, end)) is not None]


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
        return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)

    def text_objects(self) -> Iterator[tuple[int, int]]:
        """(first character, last character + 1) of each text object; none goes over a line's end."""
        for line in re.finditer(r"[^\r\n]+", self._text):
            start, end = line.span()
            while start < end:
                owner = self._owner(start)
                stop = start + 1 if not owner else self._end(owner, start, end)
                if owner:
                    yield start, stop
                start = stop

    def _owner(self, place: int) -> int:
        """The text object of a character, as an address; 0 for a space that PDFium put between two."""
        text_object = pdfium.FPDFText_GetTextObject(self._page, place)
        return addressof(text_object.contents) if text_object else 0

    def _end(self, owner: int, inside: int, outside: int) -> int:
        """The first place from `inside`, up to `outside`, that is not the owner's."""
        if self._owner(outside - 1) == owner:
            return outside
        while outside - inside > 1:
            between = (inside + outside) // 2
            if self._owner(between) == owner:
                inside = between
            else:
                outside = between
        return outside

    def read(self, start: int, end: int) -> DrawnText | None:
        """Read the text object with these characters; None when it leaves no ink."""
        area = self._area(start, end)
        if area is None:
            return None
        pdfium.FPDFText_GetMatrix(self._page, start, self._matrix)
        pdfium.FPDFText_GetCharOrigin(self._page, start, *self._number_places[:2])
        direction = _direction(self._matrix)
        size = pdfium.FPDFText_GetFontSize(self._page, start) * math.hypot(self._matrix.c, self._matrix.d)
        baseline = turned(self._numbers[0].value, self._numbers[1].value, direction)[1]
        characters = self._characters(start, end)
        fragments = []
        for first, last, part in self._parts(characters, start, area, direction, size):
            x0, x1 = sorted((turned(*part[:2], direction)[0], turned(*part[2:], direction)[0]))
            words = "".join(characters[first:last])
            if start + last == end and self._text[end : end + 1] == " ":  # that PDFium put after it
                words += " "
            if words.strip():
                fragments.append(Fragment(words, x0, x1, baseline, size))
        mode = pdfium.FPDFTextObj_GetTextRenderMode(pdfium.FPDFText_GetTextObject(self._page, start))
        is_filled = mode == pdfium.FPDF_TEXTRENDERMODE_FILL and pdfium.FPDFText_GetFillColor(
            self._page, start, *self._colour_places
        )
        *colour, alpha = (part.value for part in self._colour)
        return DrawnText(
            fragments=tuple(fragments),
            direction=direction,
            middle=((area[0] + area[2]) / 2, (area[1] + area[3]) / 2),
            is_white=bool(is_filled) and min(colour) >= WHITE,
            is_transparent=bool(is_filled) and alpha == 0,
            is_unpainted=mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
            unmapped=0 if isinstance(characters, str) else characters.count(""),
        )

    def _characters(self, start: int, end: int) -> str | list[str]:
        """The characters as the document holds them; "" for one whose font does not say which it is."""
        drawn = self._text[start:end]
        is_mapped = self._is_mapped(start) and self._is_mapped(end - 1)  # a font maps all or few
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
    ) -> Iterator[tuple[int, int, Area]]:
        """(first, last + 1, area) of the parts between wide gaps; places are counted from `start`."""
        length = max(abs(area[2] - area[0]), abs(area[3] - area[1]))
        text = self._text[start : start + len(characters)].strip()
        first = 0
        if length > WIDE_LETTERS * size * len(text) or "  " in text:
            for gap in re.finditer(r"(?<=\S)\s+(?=\S)", self._text[start : start + len(characters)]):
                before = self._area(start + gap.start() - 1, start + gap.start())
                after = self._area(start + gap.end(), start + gap.end() + 1)
                if before is None or after is None:
                    continue
                width = turned(*after[:2], direction)[0] - turned(*before[2:], direction)[0]
                if width > WIDE_GAP * size and (part := self._area(start + first, start + gap.start())):
                    yield first, gap.start(), part
                    first = gap.end()
        rest = area if first == 0 else self._area(start + first, start + len(characters))
        if rest is not None:
            yield first, len(characters), rest

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


def _direction(matrix: Any) -> int:
    if matrix.b == 0 and matrix.a > 0:
        return 0
    angle = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
    straight = round(angle / 90) * 90
    return (straight if abs(angle - straight) <= NEARLY_STRAIGHT else round(angle / 15) * 15) % 360
