"""Draws the first line of the page Watch: heading, service, and where it stands.
Knows nothing about what stands below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from workbench.formatting import counted
from workbench.store.serving.records import Role, Server, Service
from workbench.store.serving.request_list import RequestFilter
from workbench.ui.services import Services
from workbench.ui.watch.archive import offer_archiving
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.watch.figure_words import day_text

EVERY = ""
"""The choice of all services, where there are several."""
PICKER_WIDTH = 420  # pixels: most names are whole
NO_QUESTIONS: dict[Role, str] = {"test": "from gates and experiments", "task": "tasks of chat programs"}
GONE = "The service in the address is not in this store."


def watch_top(services: Services, listed: Sequence[Service]) -> Service | None:
    """Draw the line and return the service; None where there is none, or where all are looked at."""
    line = st.container(horizontal=True, vertical_alignment="center", key="experiment_top")
    line.title("Watch", anchor=False, width="content")
    if not listed:
        return None
    by_id = {service.id: service for service in listed}
    labels = _labels(listed)
    first = EVERY if len(listed) > 1 else listed[0].id
    with line:
        chosen = address.choose(
            st.selectbox, "Service", [*([EVERY] if len(listed) > 1 else []), *by_id], name="service",
            default=first, warn=False, format_func=lambda i: labels[i] if i else "All services",
            label_visibility="collapsed", width=PICKER_WIDTH,
        )  # fmt: skip
        if chosen:
            st.caption(_facts(services, by_id[chosen]), width="content")
            offer_archiving(services, by_id[chosen])
    address.warn_unknown("service", chosen=chosen != first, message=GONE)
    if chosen:
        show_problems(servers_of(services.watching.list_servers(), chosen))
    return by_id.get(chosen)


def _labels(listed: Sequence[Service]) -> dict[str, str]:
    """Return id → label. Labels are unique, because the browser tells options apart by them."""
    counts = Counter(service.name for service in listed)
    return {s.id: s.name if counts[s.name] == 1 else f"{s.name} · {s.id}" for s in listed}


def _facts(services: Services, service: Service) -> str:
    up = up_text(servers_of(services.watching.list_servers(), service.id), service)
    return as_label(f"{asked_text(services, service)} · {up}", 200)


def asked_text(services: Services, service: Service) -> str:
    """Return how much a service was asked since when, in words."""
    count = services.watching.count_requests(RequestFilter(service.id))
    others = [
        f"{others:,} of them {what}"
        for role, what in NO_QUESTIONS.items()
        if (others := services.watching.count_requests(RequestFilter(service.id, role=role)))
    ]
    apart = f" ({', '.join(others)}; no metric includes these)" if others else ""
    return f"{counted(count, 'request')} since {day_text(service.created_at)} (UTC){apart}"


def servers_of(servers: Sequence[Server], service_id: str) -> list[Server]:
    """Return the servers that serve this service now."""
    return [server for server in servers if service_id in server.services]


def up_text(servers: Sequence[Server], service: Service) -> str:
    """Return where a service can be asked now, in words."""
    if service.kind == "imported":
        return "its requests were imported"
    if not servers:
        return "no server is up"
    more = f" and {counted(len(servers) - 1, 'other server')}" if len(servers) > 1 else ""
    return f"up at {servers[0].address.partition('://')[2]}{more}"


def show_problems(servers: Sequence[Server]) -> None:
    """Say what is wrong with the servers."""
    for server in servers:
        for problem in server.problems:
            st.warning(as_markdown(f"{server.address}: {problem}"))
