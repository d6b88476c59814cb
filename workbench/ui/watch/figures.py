"""Shows the figures of a service: each as its value with interval, over a small chart of how it went.
Knows nothing about how figures are computed."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import streamlit as st

from workbench.formatting import counted, duration
from workbench.store.serving.records import Alarm, Service
from workbench.store.serving.request_list import Part, RequestFilter
from workbench.ui.services import Services
from workbench.ui.watch.chart import MARK_COLOURS, draw_chart
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.watch.figure_words import interval_text, label_of, time_text, value_text, with_interval

if TYPE_CHECKING:
    from workbench.ui.services.watching import ShownFigures
    from workbench.watch.figures import FigureValue, TrafficFigures, WatchedFigure
    from workbench.watch.timeline import TimeMark

CELL_WIDTH = 242  # pixels: four beside each other at 1280, three at 1024
MOST_MARKS = 8
"""So many marks are said in words."""


def show_figures(
    services: Services, service: Service, traffic: RequestFilter, alarms: Sequence[Alarm]
) -> None:
    """Show all figures of a part of the traffic in a span of time."""
    shown = services.watching.read_figures(traffic)
    if shown.total is None:
        st.info("Nothing was asked in this period. Choose a longer one, or another part of the traffic.")
        return
    raised = {alarm.figure: alarm for alarm in alarms if alarm.state != "closed"}
    with st.container(horizontal=True, gap="small", key="watch-figures"):
        for figure in shown.watched:
            with st.container(width=CELL_WIDTH, gap=None, key=f"watch-figure-{figure.name}"):
                _head(figure, shown.total, raised.get(figure.name))
                draw_chart(figure, shown.spans, shown.marks, (shown.since, shown.until))
        if not _is_part(traffic):
            _bad_answers(services, service, shown)
    _legend(shown.marks)
    show_table(shown.watched, shown.spans)


def _is_part(traffic: RequestFilter) -> bool:
    return any(getattr(traffic, name) is not None for name in get_args(Part))


def _bad_answers(services: Services, service: Service, shown: ShownFigures) -> None:
    """Show the share of bad answers by thumbs and grounding together, beside those of each alone."""
    assert shown.total is not None
    with st.container(width=CELL_WIDTH, gap=None, key="watch-bad-answers"):
        bad = services.watching.find_bad_answers(service.id, shown.since)
        help = (
            "The share of the answers that users would dislike: the grounding of all answers, corrected by "
            "the thumbs on some (prediction-powered inference). The rated answers are assumed to be a "
            "random sample of all. If users mostly rate what annoys them, the share is too high."
        )
        if bad is None:
            st.markdown("Bad answers  \n:small[too few thumbs to tell]", help=help)
            return
        interval = f"{bad.low:.1%}–{bad.high:.1%}"
        st.markdown(f"Bad answers **{bad.mean:.1%}**  \n:small[:gray[{interval}]]", help=help)
        free = shown.total.values.get("ungrounded")
        others = [f"{counted(bad.labels, 'thumb')} alone: {bad.labels_alone:.1%}"]
        others += [f"grounding alone: {free.mean:.1%} ungrounded"] if free else []
        st.caption("  \n".join([*others, "If users rated a random sample."]))


def _legend(marks: Sequence[TimeMark]) -> None:
    """Say in words what the marks on the charts stand for, the newest first."""
    shown = list(reversed(marks))[:MOST_MARKS]
    if not shown:
        return
    words = "".join(
        f'<li><span style="color:{MARK_COLOURS[mark.kind]}" aria-hidden="true">┊</span> '
        f"{html.escape(time_text(mark.at))}: {html.escape(mark.what)}</li>"
        for mark in shown
    )
    st.html(f'<ul class="wb-marks">{words}</ul>')


def _head(figure: WatchedFigure, total: TrafficFigures, alarm: Alarm | None) -> None:
    """Show a figure's name, its value and its interval on two lines."""
    value = total.values.get(figure.name)
    sign = ":orange[:material/warning:] " if alarm else ""
    about = f"{figure.help} With its 95% interval"
    if value is None:
        st.markdown(f"{sign}{as_label(figure.label)}  \n:small[no value]", help=as_markdown(f"{about}."))
        return
    over = counted(value.count, "thumb" if figure.name == "dislikes" else "answer")
    below = interval_text(figure, value)
    if figure.name == "seconds" and total.seconds_p50 is not None and total.seconds_p95 is not None:
        below = f"median {duration(total.seconds_p50)}, 95% within {duration(total.seconds_p95)}"
        about = f"{figure.help} Its 95% interval is {interval_text(figure, value)}"
    st.markdown(
        f"{sign}{as_label(label_of(figure))} **{as_markdown(value_text(figure, value.mean))}**  \n"
        f":small[:gray[{as_markdown(below)}]]",
        help=as_markdown(f"{about}, over {over}."),
    )


def show_table(watched: Sequence[WatchedFigure], spans: Sequence[TrafficFigures]) -> None:
    """The same as a table, for who cannot see charts or wants the numbers."""
    with st.expander("The same as a table"):
        data_table(
            [
                {
                    "From": time_text(span.start),
                    "Requests": span.requests,
                    **{label_of(figure): _cell(figure, span.values) for figure in watched},
                }
                for span in reversed(spans)
            ],
            hide_index=True, alt="The metrics over time, newest first",
        )  # fmt: skip


def _cell(figure: WatchedFigure, values: Mapping[str, FigureValue]) -> str:
    value = values.get(figure.name)
    return "" if value is None else with_interval(figure, value)
