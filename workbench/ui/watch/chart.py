"""Draws one figure over time as a small chart: its mean in a band of 95% intervals, with marks of events.
Knows nothing about what the figure means.

The charts are written in Vega-Lite itself: through Altair, which checks every chart against its schema, the
ten charts of the page took a second of server time instead of a hundredth."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.input.time_span import DAY
from workbench.ui.widgets.score_tint import GREEN, GREY, VERMILION
from workbench.watch.figure_words import PER_THOUSAND, label_of

if TYPE_CHECKING:
    from workbench.watch.figures import TrafficFigures, WatchedFigure
    from workbench.watch.timeline import TimeMark

HEIGHT = 104  # pixels
LINE = "#2b8ccc"  # seen on light and dark pages
MARK_COLOURS = {
    "model": "#e69f00", "corpus": "#b079c9", "winner": GREEN, "score": "#56b4e9", "check": GREY,
    "alarm": VERMILION,
}  # fmt: skip
"""Kind of mark → the colour of its line."""
FORMATS = {"share": ".0%", "score": ".3~f", "usd": "$.2~r", "tokens": ",.0f", "seconds": ".2~f"}
"""Unit → how the axis writes values, in the notation of d3."""
TIME = "%d %b %Y, %H:%M"
HOURS_SHOWN = 2 * DAY  # an axis that is shorter shows hours
FEW = 3  # with fewer spans than this, a line shows nothing

Spec = dict[str, Any]
"""A part of a chart, as Vega-Lite has it."""


def draw_chart(
    figure: WatchedFigure,
    spans: Sequence[TrafficFigures],
    marks: Sequence[TimeMark],
    ends: tuple[float, float],
) -> None:
    """Draw a figure.

    spans: the figures by span of time.
    ends: those of the time axis, in Unix seconds.
    """
    scale = PER_THOUSAND if figure.unit == "usd" else 1
    rows: list[Spec] = [
        {"at": _milliseconds(span.start), "mean": value.mean * scale, "low": value.low * scale,
         "high": value.high * scale, "count": value.count}
        for span in spans
        if (value := span.values.get(figure.name)) is not None
    ]  # fmt: skip
    if not rows:
        st.caption("No values in this period.")
        return
    x = {
        "field": "at", "type": "temporal", "title": None, "scale": {"domain": [_iso(end) for end in ends]},
        "axis": {
            "tickCount": 3, "grid": False, "labelOverlap": True, "labelPadding": 3,
            "format": "%H:%M" if ends[1] - ends[0] < HOURS_SHOWN else "%-d %b",
        },
    }  # fmt: skip
    chart = {
        "height": HEIGHT,
        "padding": {"left": 0, "right": 4, "top": 4, "bottom": 0},
        "layer": [_band(rows, x, figure), *_rules(marks, x)],
    }
    st.vega_lite_chart(spec=chart, key=f"watch.chart.{figure.name}")


def _milliseconds(moment: float) -> int:
    return round(moment * 1000)


def _iso(moment: float) -> str:
    """Vega takes a number in a domain for a year."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _field(name: str, title: str, kind: str = "quantitative", **more: Any) -> Spec:
    return {"field": name, "type": kind, "title": title, **more}


def _band(rows: Sequence[Spec], x: Spec, figure: WatchedFigure) -> Spec:
    low = {
        "field": "low", "type": "quantitative", "title": None,
        "scale": {"domain": _domain(rows, figure), "nice": True},
        "axis": {"tickCount": 3, "format": FORMATS[figure.unit]},
    }  # fmt: skip
    interval = {"x": x, "y": low, "y2": {"field": "high"}}
    tips = [
        _field("at", "From", "temporal", format=TIME), _field("mean", label_of(figure), format=".3~g"),
        _field("low", "Low", format=".3~g"), _field("high", "High", format=".3~g"),
        _field("count", "Answers", format=","),
    ]  # fmt: skip
    mean = {"x": x, "y": {"field": "mean", "type": "quantitative"}, "tooltip": tips}
    if len(rows) < FEW:
        bar = {"type": "rule", "color": LINE, "strokeWidth": 3, "opacity": 0.4}
        dot = {"type": "point", "color": LINE, "filled": True, "size": 50}
        layers = [{"mark": bar, "encoding": interval}, {"mark": dot, "encoding": mean}]
    else:
        band = {"type": "area", "color": LINE, "opacity": 0.25, "clip": True}
        line = {"type": "line", "color": LINE, "strokeWidth": 2, "clip": True}
        # Wide and unseen: a narrow line is hard to meet with the pointer.
        points = {"type": "point", "size": 120, "opacity": 0, "clip": True}
        layers = [
            {"mark": band, "encoding": interval},
            {"mark": line, "encoding": mean},
            {"mark": points, "encoding": mean},
        ]
    return {"data": {"values": list(rows)}, "layer": layers}


def _domain(rows: Sequence[Spec], figure: WatchedFigure) -> list[float]:
    """The ends of the axis of values. Spans of few answers, whose intervals are wide, do not stretch it."""
    usual = statistics.median(row["count"] for row in rows)
    wide = [row for row in rows if row["count"] >= usual / 4]
    low, high = min(row["low"] for row in wide), max(row["high"] for row in wide)
    if figure.unit == "share":
        low = 0.0
    return [low, high if high > low else low + 1.0]


def _rules(marks: Sequence[TimeMark], x: Spec) -> list[Spec]:
    rules = []
    for kind, colour in MARK_COLOURS.items():
        values = [{"at": _milliseconds(m.at), "what": m.what} for m in marks if m.kind == kind]
        if values:
            dash = [2, 3] if kind == "check" else [5, 2]
            rule = {"type": "rule", "color": colour, "strokeDash": dash, "strokeWidth": 1.5}
            tips = [_field("at", "On", "temporal", format=TIME), _field("what", "What", "nominal")]
            rules.append({"data": {"values": values}, "mark": rule, "encoding": {"x": x, "tooltip": tips}})
    return rules
