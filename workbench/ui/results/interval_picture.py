"""Draws an interval as a small picture for a table's cell, on the same scale in every row.
Knows nothing about what the figure means."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from workbench.store.figures import Figure

WIDTH, HEIGHT, EDGE = 130, 34, 6  # pixels; the height is that of a row, to which it is scaled


def scale_of(figures: Iterable[Figure | None]) -> tuple[float, float]:
    """Return (lowest, highest) bound of all figures, so that rows can be compared by eye."""
    bounds = [b for f in figures if f for b in (f.low, f.high, f.mean) if b is not None]
    if not bounds:
        return 0.0, 1.0
    low, high = min(bounds), max(bounds)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def interval_picture(figure: Figure | None, scale: tuple[float, float], *, strong: bool) -> str | None:
    """Return a data URL of the picture, a line from low to high with a dot at the mean; None without a mean.

    scale: the (lowest, highest) value of the picture's width.
    strong: whether the dot is filled.
    """
    if figure is None or figure.mean is None:
        return None
    low, high = scale

    def x(value: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (value - low) / (high - low)

    colour, y = "#3b7dd8", HEIGHT / 2
    parts = []
    if figure.low is not None and figure.high is not None:
        a, b = x(figure.low), x(figure.high)
        parts.append(
            f'<line x1="{a:.1f}" y1="{y}" x2="{b:.1f}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
        )
        for end in (a, b):
            tick = f'x1="{end:.1f}" y1="{y - 4}" x2="{end:.1f}" y2="{y + 4}"'
            parts.append(f'<line {tick} stroke="{colour}" stroke-width="2"/>')
    fill = colour if strong else "#ffffff"
    parts.append(
        f'<circle cx="{x(figure.mean):.1f}" cy="{y}" r="4" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
    )
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{"".join(parts)}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
