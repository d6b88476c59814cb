"""Page: where each service stands, its alarms first, its figures over time, its checks and its requests.
Knows nothing about how figures are computed and when an alarm is raised."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.store.serving.records import Alarm, Service
from workbench.store.serving.request_list import RequestFilter
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.watch.alarm import show_alarm
from workbench.ui.watch.alarms import ALARM, show_alarms
from workbench.ui.watch.archive import show_archived
from workbench.ui.watch.checks import show_checks
from workbench.ui.watch.choice import choose_part, choose_period
from workbench.ui.watch.empty import show_how_to_serve
from workbench.ui.watch.figures import show_figures
from workbench.ui.watch.overview import show_overview
from workbench.ui.watch.request_list import show_requests
from workbench.ui.watch.side_by_side import show_side_by_side
from workbench.ui.watch.top import watch_top
from workbench.ui.widgets import address
from workbench.ui.widgets.thumbs import choose_rater

VIEWS = {"figures": "Over time", "requests": "Requests", "checks": "Checks", "pairs": "Side by side"}


def render(services: Services) -> None:
    listed = services.watching.list_services()
    service = watch_top(services, listed)
    if not listed:
        show_how_to_serve(services)
    elif service is None:
        show_overview(services, listed)
    if service is None:
        show_archived(services)
        return
    rater = choose_rater(services)
    alarms = services.watching.list_alarms(service.id, closed=True)
    key = address.key_of(ALARM)
    ids = {str(alarm.id): alarm for alarm in alarms}
    address.follow(ALARM, key, "", lambda text: text if text in ids else None)
    opened = ids.get(str(st.session_state[key]))
    address.warn_unknown(
        ALARM, chosen=opened is not None, message="There is no alarm with the number in the address."
    )
    address.keep(ALARM, str(opened.id) if opened else "")
    if opened is not None:
        address.defer("view", "period", "part")
        show_alarm(services, service, opened, rater)
        return
    show_alarms([alarm for alarm in alarms if alarm.state != "closed"])
    _views(services, service, alarms, rater)
    if len(listed) == 1:  # there is no list of services to go back to
        show_archived(services)


def _views(services: Services, service: Service, alarms: Sequence[Alarm], rater: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="watch-line"):
        view = address.choose(
            st.segmented_control, "View", list(VIEWS), name="view", required=True,
            format_func=VIEWS.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        traffic = RequestFilter(service.id) if view == "checks" else choose_period(service)
        if view in ("figures", "requests"):
            traffic = choose_part(services, service, traffic)
        else:
            address.defer("part", *(["period"] if view == "checks" else []))
    if view == "figures":
        show_figures(services, service, traffic, alarms)
    if view == "checks":
        show_checks(services, service)
    if view == "pairs":
        show_side_by_side(services, service, traffic)
    if view == "requests":
        show_requests(services, service, traffic, rater)


run_page(render)
