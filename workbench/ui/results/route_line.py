"""Says whether a route between two of the configurations would save cost, when it is asked for.
Knows nothing about how a route is found: the worker does it, from stored answers alone."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.store.records import ACTIVE, ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask


def show_route(services: Services, record: ExperimentRecord, tools: DeltaGenerator, answers: int) -> None:
    """Draw a switch, and where it is on, what a route would save and the command that writes it to a file.

    tools: the line that gets the switch.
    answers: how many are stored; with more, the worker is asked again.
    """
    if record.state in ACTIVE:
        return
    with tools:
        wanted = address.switch(
            "Look for a route",
            name="route",
            help="Checks, from stored answers, whether a cheap configuration could answer the easy "
            "questions and a strong one the others. No model is called.",
        )
    if wanted:
        with st.container(border=True, gap="xsmall", key="route_found"):
            _show_found(services, record, answers)


def _show_found(services: Services, record: ExperimentRecord, answers: int) -> None:
    reply = ask(
        services, "results.route", "route", {"experiment": record.id},
        doing="Looking for a route between the configurations. This may take a minute…",
        version=[record.state, answers],
    )  # fmt: skip
    found = reply.result
    if found is None or reply.stale:
        return
    verdict, *details = found["sentences"]
    st.markdown(f"**{as_markdown(verdict)}**")
    st.caption(as_markdown(" ".join(details)))
    if found["pays"]:
        st.code(
            f"python -m workbench route {record.id} --strong {found['strong']['trial']} "
            f"--cheap {found['cheap']['trial']} --out route.yaml",
            language="bash",
        )
