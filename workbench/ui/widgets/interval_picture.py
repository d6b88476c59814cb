"""Draws an interval as a small picture for a table's cell, on the same axis in every row.
Knows nothing about what the figure means."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.store.figures import Figure

WIDTH, HEIGHT, EDGE = 88, 30, 3  # pixels; the height is that of a row, to which it is scaled
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Axis:
    """The axis that the pictures of a column share."""

    low: float
    """The value at its left end."""
    high: float
    """The value at its right end."""
    leader: float | None = None
    """The leader's mean, drawn as a line through all rows; None for no line."""

    def x(self, value: float) -> float:
        """Return where a value lies in the picture, in pixels from its left edge."""
        return EDGE + (WIDTH - 2 * EDGE) * (value - self.low) / (self.high - self.low)


def axis_of(figures: Iterable[Figure | None], leader: float | None = None) -> Axis:
    """Return an axis with room for all figures, with round numbers at its ends."""
    bounds = [b for f in figures if f for b in (f.low, f.high, f.mean) if b is not None]
    if not bounds:
        return Axis(0.0, 1.0, leader)
    low, high = min(bounds), max(bounds)
    step = next((s for s in STEPS if s >= (high - low) / 10), STEPS[-1])
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(round(first * step, 6), round(max(last, first + 1) * step, 6), leader)


def interval_picture(figure: Figure | None, axis: Axis, colour: str) -> str | None:
    """Return a data URL of the picture: a band for the interval, a tick at the mean; None without a mean.

    colour: of band and tick, as #rrggbb; it has to be seen on light and dark pages.
    """
    if figure is None or figure.mean is None:
        return None
    parts = []
    if axis.leader is not None:
        x = axis.x(axis.leader)
        parts.append(f'<path d="M{x:.1f} 0V{HEIGHT}" stroke="#8a8f98" stroke-dasharray="2 2"/>')
    if figure.low is not None and figure.high is not None:
        left, width = axis.x(figure.low), max(1.0, axis.x(figure.high) - axis.x(figure.low))
        band = f'x="{left:.1f}" y="{HEIGHT / 2 - 6}" width="{width:.1f}" height="12" rx="2"'
        parts.append(f'<rect {band} fill="{colour}" fill-opacity=".32"/>')
    tick = f"M{axis.x(figure.mean):.1f} {HEIGHT / 2 - 8}v16"
    parts.append(f'<path d="{tick}" stroke="{colour}" stroke-width="2.5"/>')
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{"".join(parts)}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
