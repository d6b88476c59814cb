"""Shows one alarm: what, since when, how sure, which answers drive it, and what can be done about it.
Knows nothing about how alarms are raised and sent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import streamlit as st

from workbench.input.time_span import DAY
from workbench.store.serving.alarms import SENDING
from workbench.store.serving.records import Alarm, ServedRequest, Service
from workbench.store.serving.request_list import Part, RequestFilter
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.watch.alarms import ALARM
from workbench.ui.watch.chart import draw_chart
from workbench.ui.watch.figures import show_table
from workbench.ui.watch.request import show_request
from workbench.ui.widgets import address
from workbench.ui.widgets.alarm_lines import facts_of, what_of
from workbench.ui.widgets.answer import show_reply
from workbench.ui.widgets.claims import WEAK_CLAIMS_LEGEND
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.watch.figure_words import SUREST, alarm_notes, day_text, time_text
from workbench.watch.timeline import TimeMark

REQUEST = "request"
"""The parameter of the address that names the request that is opened."""
MUTES = {"1 day": 1, "7 days": 7, "30 days": 30}
"""Label → days."""
ANSWER_LINES = 4
BEFORE_DAYS = 30
"""So many days before the alarm are drawn."""


def show_alarm(services: Services, service: Service, alarm: Alarm, rater: str) -> None:
    """Show one alarm with what can be done about it and the answers that drive it."""
    st.button(
        "All metrics", key="watch.alarm.back", type="tertiary", icon=":material/arrow_back:", on_click=_back
    )
    heading(as_label(what_of(alarm), 300), as_label(facts_of(alarm)))
    _figure_over_time(services, service, alarm)
    for note in alarm_notes(alarm.figure, alarm.evidence):
        st.info(as_markdown(note))
    chance = "under 0.1%" if alarm.sure > SUREST else f"at most {100 * (1 - alarm.sure):.2g}%"
    st.caption(
        f"Raised {as_label(time_text(alarm.raised_at))}; it began {as_label(_begin(alarm))}. Where nothing "
        f"changed, this alarm is ever raised in {chance} of all cases, however often one looks."
    )
    _actions(services, alarm)
    requests = services.watching.find_requests(alarm.requests)
    if not requests:
        st.caption("No single answers stand out, or they are no longer stored.")
        return
    _choose_request(services, service, requests, rater)


def _begin(alarm: Alarm) -> str:
    """Say when it began, as far as can be told."""
    earliest, latest = (alarm.evidence.get(f"since_{end}") for end in ("earliest", "latest"))
    if earliest is None or latest is None or day_text(earliest) == day_text(latest):
        return f"about {day_text(alarm.since)}"
    return f"about {day_text(alarm.since)}, between {day_text(earliest)} and {day_text(latest)}"


def _figure_over_time(services: Services, service: Service, alarm: Alarm) -> None:
    """Show the alarm's figure from before it began, or the check that found it."""
    if (check := alarm.evidence.get("check")) is not None:
        at = {"service": service.id, "view": "checks", "check": str(check)}
        link("watch", "The check that found it", "fact_check", **at)
        return
    kind, _, part = alarm.part.partition(": ")
    traffic = RequestFilter(service.id, since=alarm.since - BEFORE_DAYS * DAY)
    if kind in get_args(Part):
        traffic = replace(traffic, **{kind: part})  # type: ignore[arg-type]
    shown = services.watching.read_figures(traffic)
    figure = next((one for one in shown.watched if one.name == alarm.figure), None)
    if figure is not None and shown.spans:
        mark = TimeMark(alarm.since, "alarm", "The alarm: it began about here.")
        begin = max(shown.since, shown.spans[0].start)  # a service may be younger
        draw_chart(figure, shown.spans, [mark, *shown.marks], (begin, shown.until))
        show_table([figure], shown.spans)


def _back() -> None:
    for name in (ALARM, REQUEST):
        address.set_next(name, "")


def _actions(services: Services, alarm: Alarm) -> None:
    assert alarm.id is not None
    with st.container(horizontal=True, vertical_alignment="bottom", key="watch-alarm-actions"):
        if alarm.state == "open":
            _button(services, alarm, "Acknowledge", "check", "acknowledged", "It is no longer on Home.")
        if alarm.muted_until > time.time():
            st.button(
                "Unmute", key="watch.alarm.unmute", icon=":material/notifications:", on_click=_change,
                args=(services, alarm.id, "It is sent again.", {"muted_until": 0.0}),
            )  # fmt: skip
        else:
            with st.popover("Mute", icon=":material/notifications_off:"):
                for label, days in MUTES.items():
                    until = time.time() + days * DAY
                    st.button(
                        f"For {label}", key=f"watch.alarm.mute.{days}", type="tertiary", on_click=_change,
                        args=(services, alarm.id, f"Muted for {label}.", {"muted_until": until}),
                    )  # fmt: skip
        if alarm.state == "closed":
            _button(services, alarm, "Open again", "undo", "open", "It is open again.")
        else:
            _button(
                services, alarm, "Close", "close", "closed",
                "Closed. If the metric is still as bad, a new alarm is raised.",
            )  # fmt: skip
        key = f"watch.alarm.{alarm.id}.note"
        st.session_state.setdefault(key, alarm.note)
        st.text_input(
            "Note", key=key, placeholder="Note: the cause, and what was done", width=380,
            label_visibility="collapsed", on_change=_keep_note, args=(services, alarm.id, key),
        )  # fmt: skip
    for delivery in alarm.deliveries:
        at = time_text(float(delivery["at"]))
        if delivery.get("error") == SENDING:
            st.caption(as_markdown(f"Being sent to {delivery['to']} since {at}."))
        elif delivery.get("error"):
            st.warning(as_markdown(f"Not sent to {delivery['to']} on {at}: {delivery['error']}"))
        else:
            st.caption(as_markdown(f"Sent to {delivery['to']} on {at}."))


def _button(services: Services, alarm: Alarm, label: str, icon: str, state: str, done: str) -> None:
    assert alarm.id is not None
    st.button(
        label, key=f"watch.alarm.{state}", icon=f":material/{icon}:", on_click=_change,
        args=(services, alarm.id, done, {"state": state}),
    )  # fmt: skip


def _change(services: Services, alarm_id: int, done: str, values: dict[str, object]) -> None:
    services.watching.change_alarm(alarm_id, **values)
    flash(done)


def _keep_note(services: Services, alarm_id: int, key: str) -> None:
    services.watching.change_alarm(alarm_id, note=str(st.session_state[key]).strip())
    flash("Note kept.")


def _choose_request(
    services: Services, service: Service, requests: Sequence[ServedRequest], rater: str
) -> None:
    """Show the answers one below another; the one that is opened, with all that is known of it."""
    key = address.key_of(REQUEST)
    ids = [request.id for request in requests]
    address.follow(REQUEST, key, "", lambda text: text if text in ids else None)
    opened = str(st.session_state[key])
    address.keep(REQUEST, opened)
    if opened in ids:
        st.button(
            "All answers behind it", key="watch.alarm.answers", type="tertiary",
            icon=":material/arrow_back:", on_click=address.set_next, args=(REQUEST, ""),
        )  # fmt: skip
        show_request(services, service, requests[ids.index(opened)], rater)
        return
    heading("The answers behind it", f"{len(requests)}, worst first")
    for number, request in enumerate(requests):
        with st.container(border=True, gap="xsmall", key=f"watch-driver-{number}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**{as_label(request.question or 'A question whose text was not stored', 200)}**"
                )
                st.button(
                    "Open", key=f"watch.driver.{request.id}", type="tertiary",
                    icon=":material/chevron_right:", help=as_label(f"Open: {request.question}", 200),
                    on_click=address.set_next, args=(REQUEST, request.id),
                )  # fmt: skip
            if request.texts == "none":
                show_text("The answer's text was not stored.", small=True)
            else:
                show_reply(
                    services.watching.as_answer(request, service), lines=ANSWER_LINES, has_legend=False
                )
    st.caption(as_markdown(WEAK_CLAIMS_LEGEND))
