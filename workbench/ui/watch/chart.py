"""Draws one figure over time as a small chart: its mean in a band of 95% intervals, with marks of events.
Knows nothing about what the figure means."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.ui.widgets.score_tint import GREEN, GREY, VERMILION

if TYPE_CHECKING:
    import altair as alt

    from workbench.watch.figures import TrafficFigures, WatchedFigure
    from workbench.watch.timeline import TimeMark

HEIGHT = 104  # pixels
LINE = "#2b8ccc"  # seen on light and dark pages
MARK_COLOURS = {
    "model": "#e69f00", "corpus": "#b079c9", "winner": GREEN, "check": GREY, "alarm": VERMILION,
}  # fmt: skip
"""Kind of mark → the colour of its line."""
FORMATS = {"share": ".0%", "score": ".3~f", "usd": "$.2~r", "tokens": ",.0f", "seconds": ".2~f"}
"""Unit → how the axis writes values, in the notation of d3."""
PER_THOUSAND = 1_000
HOURS_SHOWN = 2 * 86_400.0  # an axis that is shorter shows hours
FEW = 3  # with fewer spans than this, a line shows nothing


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
    import altair as alt

    scale = PER_THOUSAND if figure.unit == "usd" else 1
    rows: list[dict[str, Any]] = [
        {"at": _milliseconds(span.start), "mean": value.mean * scale, "low": value.low * scale,
         "high": value.high * scale, "count": value.count}
        for span in spans
        if (value := span.values.get(figure.name)) is not None
    ]  # fmt: skip
    if not rows:
        st.caption("No value in this time.")
        return
    axis = alt.X(
        "at:T", title=None, scale=alt.Scale(domain=[_iso(end) for end in ends]),
        axis=alt.Axis(
            tickCount=3, grid=False, labelOverlap=True, labelPadding=3,
            format="%H:%M" if ends[1] - ends[0] < HOURS_SHOWN else "%-d %b",
        ),
    )  # fmt: skip
    layers = [*_band(rows, axis, figure), *_rules(marks, axis)]
    chart = alt.layer(*layers).properties(
        height=HEIGHT, padding={"left": 0, "right": 4, "top": 4, "bottom": 0}
    )
    st.altair_chart(chart, key=f"watch.chart.{figure.name}")


def _milliseconds(moment: float) -> int:
    return round(moment * 1000)


def _iso(moment: float) -> str:
    """Vega takes a number in a domain for a year."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _band(rows: Sequence[dict[str, Any]], axis: alt.X, figure: WatchedFigure) -> list[alt.Chart]:
    import altair as alt

    ends = alt.Y(
        "low:Q", title=None, scale=alt.Scale(domain=_domain(rows, figure), nice=True),
        axis=alt.Axis(tickCount=3, format=FORMATS[figure.unit]),
    )  # fmt: skip
    number = alt.Tooltip("mean:Q", title=figure.label, format=".3~g")
    tips = [
        alt.Tooltip("at:T", title="From", format="%d %b %Y, %H:%M"), number,
        alt.Tooltip("low:Q", title="Low", format=".3~g"), alt.Tooltip("high:Q", title="High", format=".3~g"),
        alt.Tooltip("count:Q", title="Answers", format=","),
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=list(rows)))
    mean = base.encode(axis, alt.Y("mean:Q"), tooltip=tips)
    if len(rows) < FEW:
        bars = base.mark_rule(color=LINE, strokeWidth=3, opacity=0.4).encode(axis, ends, alt.Y2("high:Q"))
        return [bars, mean.mark_point(color=LINE, filled=True, size=50)]
    band = base.mark_area(color=LINE, opacity=0.25, clip=True).encode(axis, ends, alt.Y2("high:Q"))
    line = mean.mark_line(color=LINE, strokeWidth=2, clip=True)
    # Wide and unseen: a narrow line is hard to meet with the pointer.
    return [band, line, mean.mark_point(size=120, opacity=0, clip=True)]


def _domain(rows: Sequence[dict[str, Any]], figure: WatchedFigure) -> list[float]:
    """The ends of the axis of values. Spans of few answers, whose intervals are wide, do not stretch it."""
    usual = statistics.median(row["count"] for row in rows)
    wide = [row for row in rows if row["count"] >= usual / 4]
    low, high = min(row["low"] for row in wide), max(row["high"] for row in wide)
    if figure.unit == "share":
        low = 0.0
    return [low, high if high > low else low + 1.0]


def _rules(marks: Sequence[TimeMark], axis: alt.X) -> list[alt.Chart]:
    import altair as alt

    rules = []
    for kind, colour in MARK_COLOURS.items():
        values = [{"at": _milliseconds(m.at), "what": m.what} for m in marks if m.kind == kind]
        if values:
            rule = alt.Chart(alt.Data(values=values)).mark_rule(
                color=colour, strokeDash=[2, 3] if kind == "check" else [5, 2], strokeWidth=1.5
            )
            tips = [
                alt.Tooltip("at:T", title="On", format="%d %b %Y, %H:%M"),
                alt.Tooltip("what:N", title="What"),
            ]
            rules.append(rule.encode(axis, tooltip=tips))
    return rules
