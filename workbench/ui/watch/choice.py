"""Chooses the span of time and the part of the traffic that are looked at; both stand in the address.
Knows nothing about what is shown of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from workbench.input.time_span import DAY
from workbench.store.serving.records import Service
from workbench.store.serving.request_list import Part, RequestFilter
from workbench.ui.services import Services
from workbench.ui.widgets import address

PERIODS = {
    "1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "all": "All time",
}  # fmt: skip
"""Days, as in the address → their label."""
LABELS: Mapping[Part, str] = {
    "tag": "Tag", "cluster": "Section", "corpus_version": "Corpus version", "served_model": "Model",
}  # fmt: skip
PARTS_SECONDS = 60.0
MOST_PARTS = 40
"""So many parts of a kind are offered, the largest ones."""


def choose_period(service: Service) -> RequestFilter:
    """Draw the choice of the span of time and return all traffic of a service in it."""
    days = address.choose(
        st.selectbox, "Period", list(PERIODS), name="period", default="30", format_func=PERIODS.__getitem__,
        label_visibility="collapsed", width=150,
    )  # fmt: skip
    return RequestFilter(service.id, since=None if days == "all" else time.time() - float(days) * DAY)


def choose_part(services: Services, service: Service, traffic: RequestFilter) -> RequestFilter:
    """Draw the choice of the part and return that part of the traffic."""
    parts = _find_parts(services, str(services.settings.home), service.id)
    options = {
        f"{kind}:{part}": (kind, part)
        for kind in LABELS
        for part in parts[kind][:MOST_PARTS]
        if len(parts[kind]) > 1
    }
    chosen = address.choose(
        st.selectbox, "Part of the traffic", ["", *options], name="part", label_visibility="collapsed",
        width=230, format_func=lambda name: _label(*options[name]) if name else "All traffic",
    )  # fmt: skip
    part: dict[str, Any] = {options[chosen][0]: options[chosen][1]} if chosen else {}
    return replace(traffic, **part)


@st.cache_data(ttl=PARTS_SECONDS, show_spinner=False)
def _find_parts(_services: Services, home: str, service_id: str) -> dict[Part, list[str]]:
    """The parts that there are, looked up once a minute: it reads all requests."""
    return _services.watching.find_parts(service_id)


def _label(kind: Part, part: str) -> str:
    return f"{LABELS[kind]}: {part[:12] if kind == 'corpus_version' else part}"
