"""Shows the alarms of a service, each on a line with a button that opens it.
Knows nothing about what an opened alarm shows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.formatting import counted
from workbench.store.serving.records import Alarm
from workbench.ui.widgets import address
from workbench.ui.widgets.alarm_lines import facts_of, what_of
from workbench.ui.widgets.text import as_label

ALARM = "alarm"
"""The parameter of the address that names the alarm that is opened."""
SHOWN = 2
"""So many alarms are in sight; more are folded away, so that the figures stay in sight."""
LONGEST = 90
"""So many characters of an alarm stand on its line."""


def show_alarms(alarms: Sequence[Alarm]) -> None:
    """Show the alarms that are not closed, each on a line with a button that opens it: a few, and the rest
    folded away."""
    first = sorted(alarms, key=_order)
    with st.container(gap=None, key="watch-alarms"):
        for alarm in first[:SHOWN]:
            _line(alarm)
    if rest := first[SHOWN:]:
        with st.expander(f"{counted(len(rest), 'more alarm')}", key="watch-more-alarms"):
            for alarm in rest:
                _line(alarm)


def _order(alarm: Alarm) -> tuple[bool, int, int]:
    """Open ones first, then the newest; those of one look in the order in which figures are watched."""
    return alarm.state != "open", -round(alarm.raised_at / 60), alarm.id or 0


def _line(alarm: Alarm) -> None:
    sign = ":orange[:material/warning:]" if alarm.state == "open" else ":material/check_circle:"
    with st.container(horizontal=True, vertical_alignment="center", key=f"watch-alarm-{alarm.id}"):
        st.markdown(f"{sign} **{as_label(what_of(alarm), LONGEST)}**", width="content")
        st.caption(as_label(facts_of(alarm)), width="content")
        st.button(
            "Open", key=f"watch.alarm.{alarm.id}.open", type="tertiary", icon=":material/chevron_right:",
            help=as_label(f"Open the alarm: {what_of(alarm)}", 200), on_click=address.set_next,
            args=(ALARM, str(alarm.id)),
        )  # fmt: skip
