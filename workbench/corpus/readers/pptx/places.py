"""Finds where a shape lies on its slide, also one in groups, each of which has coordinates of its own.
Knows nothing about what shapes say."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.corpus.readers.office.markup import Element, attribute, child, number

_POINT = 12_700  # in EMU, the unit of all lengths in a presentation
MARGIN = 0.12  # of a slide's width or height, on each side


@dataclass(frozen=True)
class Place:
    """The edges of a shape, in points from the slide's left and top."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class SlideSize:
    """The size of all slides, in points."""

    width: float
    height: float

    def has_in_margin(self, place: Place) -> bool:
        """Whether all of a shape lies in the margin on one of the four sides."""
        return (
            place.right <= MARGIN * self.width
            or place.left >= (1 - MARGIN) * self.width
            or place.bottom <= MARGIN * self.height
            or place.top >= (1 - MARGIN) * self.height
        )


def read_slide_size(presentation: Element) -> SlideSize:
    """The size that a presentation names, or the usual 10 by 7.5 inches."""
    width, height = _pair(child(presentation, "p:sldSz"), "cx", "cy", (9_144_000, 6_858_000))
    return SlideSize(width / _POINT, height / _POINT)


@dataclass(frozen=True)
class Coordinates:
    """How lengths in a group become those on the slide, in EMU: first the factor, then the shift."""

    factor_x: float = 1.0
    factor_y: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0

    def within(self, group: Element) -> Coordinates:
        """The coordinates of the shapes in a group."""
        frame = child(group, "p:grpSpPr", "a:xfrm")
        x, y = _pair(child(frame, "a:off"), "x", "y", (0, 0))
        inner_x, inner_y = _pair(child(frame, "a:chOff"), "x", "y", (x, y))
        width, height = _pair(child(frame, "a:ext"), "cx", "cy", (0, 0))
        inner_width, inner_height = _pair(child(frame, "a:chExt"), "cx", "cy", (width, height))
        factor_x = width / inner_width if inner_width else 1.0
        factor_y = height / inner_height if inner_height else 1.0
        return Coordinates(
            self.factor_x * factor_x,
            self.factor_y * factor_y,
            self.shift_x + self.factor_x * (x - factor_x * inner_x),
            self.shift_y + self.factor_y * (y - factor_y * inner_y),
        )

    def place_of(self, shape: Element) -> Place | None:
        """Where a shape of these coordinates lies; None where only its layout says so."""
        frame = child(shape, "p:spPr", "a:xfrm")
        if frame is None:
            frame = child(shape, "p:xfrm")
        offset = child(frame, "a:off")
        if offset is None:
            return None
        x, y = _pair(offset, "x", "y", (0, 0))
        width, height = _pair(child(frame, "a:ext"), "cx", "cy", (0, 0))
        left, top = self.shift_x + self.factor_x * x, self.shift_y + self.factor_y * y
        right, bottom = left + self.factor_x * width, top + self.factor_y * height
        return Place(*(round(edge / _POINT) for edge in (left, top, right, bottom)))


def _pair(element: Element | None, first: str, second: str, default: tuple[int, int]) -> tuple[int, int]:
    return number(attribute(element, first), default[0]), number(attribute(element, second), default[1])
