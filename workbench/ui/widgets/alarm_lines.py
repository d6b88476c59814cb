"""Shows alarms, each on one line that leads to it on the page Watch.
Knows nothing about how alarms are raised or answered."""

from __future__ import annotations

import time
from collections.abc import Iterable

import streamlit as st

from workbench.store.serving.records import Alarm
from workbench.ui.services import Services
from workbench.ui.widgets.figures import ago
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label

LONGEST_NAME = 40
SHOWN = 5
"""So many alarms are listed on Home."""


def needs_attention(alarms: Iterable[Alarm], now: float | None = None) -> list[Alarm]:
    """Return the alarms that nobody has acknowledged and that are not muted."""
    now = time.time() if now is None else now
    return [alarm for alarm in alarms if alarm.state == "open" and alarm.muted_until <= now]


def facts_of(alarm: Alarm) -> str:
    """Return since when and how sure it is, and what people did about it, on one line."""
    parts = [f"began {ago(alarm.since)}", f"{alarm.sure:.0%} sure"]
    parts += ["acknowledged"] if alarm.state == "acknowledged" else []
    parts += ["closed"] if alarm.state == "closed" else []
    parts += ["muted"] if alarm.muted_until > time.time() else []
    return " · ".join([*([alarm.part] if alarm.part else []), *parts])


def show_open_alarms(services: Services) -> None:
    """Show what needs attention, the newest first; nothing where nothing does."""
    names = {service.id: service.name for service in services.watching.list_services()}
    alarms = needs_attention(a for a in services.watching.list_alarms() if a.service_id in names)
    if not alarms:
        return
    with st.container(border=True, gap=None, key="open_alarms"):
        for alarm in alarms[:SHOWN]:
            service = as_label(names[alarm.service_id], LONGEST_NAME)
            text = f"**{service}** · {as_label(alarm.what)} · {as_label(facts_of(alarm))}"
            link("watch", text, "warning", service=alarm.service_id, alarm=str(alarm.id))
        if len(alarms) > SHOWN:
            link("watch", f"{len(alarms) - SHOWN} more alarms", "monitoring")
