"""Defines what a PDF's page shows, as frozen data: fragments of text, rulings, tables and lines.
Knows nothing about PDFium or how a page is laid out.

All coordinates are points (1/72 inch) in the reading frame of a direction of text: x grows along the lines, y
downwards from line to line, whatever the page's rotation.
"""

from __future__ import annotations

from dataclasses import dataclass

ASCENT, DESCENT = 0.75, 0.25
"""Shares of the font size that a line takes above and below its baseline."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of text on one line: what a page draws at once, or several of those side by side."""

    text: str
    """What it says, in reading order."""
    x0: float
    """Its left edge."""
    x1: float
    """Its right edge."""
    baseline: float
    """The y of the line that its letters stand on."""
    size: float
    """The font's size as the page shows it."""
    stands_alone: bool = False
    """Whether its line is no part of a paragraph: it is a form's value, or a label with its value."""

    @property
    def top(self) -> float:
        return self.baseline - ASCENT * self.size

    @property
    def bottom(self) -> float:
        return self.baseline + DESCENT * self.size

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, self.baseline - self.size / 4


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight line that the page draws, or an edge of a rectangle."""

    is_horizontal: bool
    """Whether it is horizontal; otherwise it is vertical."""
    place: float
    """Its y when it is horizontal, else its x."""
    start: float
    """Its smaller x when it is horizontal, else its smaller y."""
    end: float
    """Its larger one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """All text of one direction on a page, with the rulings in the same coordinates."""

    fragments: tuple[Fragment, ...]
    """The texts, as the page draws them."""
    rulings: tuple[Ruling, ...]
    """The lines."""
    top: float
    """The y of the page's upper edge."""
    bottom: float
    """The y of its lower edge."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a page shows."""

    frames: tuple[Frame, ...]
    """One for each direction of text; the one with the most text comes first."""
    notes: tuple[str, ...] = ()
    """What readers wrote on the page: the contents of its annotations."""
    pictures: int = 0
    """How many pictures it has that are larger than an icon and over which no recognised text is laid."""
    is_damaged: bool = False
    """Whether PDFium could not open it; then nothing is known of it."""
    is_crowded: bool = False
    """Whether it draws so many shapes that nobody looked for ruled tables."""
    hidden: tuple[str, ...] = ()
    """Texts that nobody can see: white on white, off the page, transparent, tiny."""
    unmapped: int = 0
    """How many characters have a font that does not say which they are."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its place; each of its rows is a line of text."""

    rows: tuple[str, ...]
    """From the top."""
    x0: float
    """Its left edge."""
    x1: float
    """Its right edge."""
    top: float
    """The y of its upper edge."""
    bottom: float
    """The y of its lower edge."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as it goes into the document."""

    text: str
    """What it says."""
    x0: float
    """Its left edge."""
    x1: float
    """Its right edge."""
    baseline: float
    """The y of the line that its letters stand on."""
    size: float
    """The size of its letters."""
    right: float
    """The right edge of its column."""
    is_row: bool = False
    """Whether it is a row of a table or of a form, which stays a line of its own."""
