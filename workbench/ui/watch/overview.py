"""Shows where each service stands, one below another, those with alarms first.
Knows nothing about a single service's figures over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from workbench.store.serving.records import Service
from workbench.ui.services import Services
from workbench.ui.watch.top import asked_text, servers_of, show_problems, up_text
from workbench.ui.widgets import address
from workbench.ui.widgets.alarm_lines import what_of
from workbench.ui.widgets.text import as_label


def show_overview(services: Services, listed: Sequence[Service]) -> None:
    """Show a box per service, with its open alarms and a button that opens it."""
    alarms = services.watching.list_pressing_alarms()
    counts = Counter(alarm.service_id for alarm in alarms)
    servers = services.watching.list_servers()
    for service in sorted(listed, key=lambda service: -counts[service.id]):
        with st.container(border=True, gap="xsmall", key=f"watch-service-{service.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{as_label(service.name)}**", width="content")
                st.button(
                    "Open", key=f"watch.service.{service.id}", type="tertiary",
                    icon=":material/chevron_right:", help=as_label(f"Open {service.name}"),
                    on_click=address.set_next, args=("service", service.id),
                )  # fmt: skip
            up = servers_of(servers, service.id)
            st.caption(as_label(f"{asked_text(services, service)} · {up_text(up, service)}", 300))
            show_problems(up)
            for alarm in (a for a in alarms if a.service_id == service.id):
                st.markdown(f":orange[:material/warning:] {as_label(what_of(alarm), 160)}")
