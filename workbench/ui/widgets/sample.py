"""Offers the sample experiment: run it, look at it first, or design one of one's own.
Knows nothing about what the experiment holds."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets.links import go_to
from workbench.ui.widgets.waiting import ask, forget


def offer_sample(services: Services, *, first: bool) -> None:
    """first: there is no experiment yet, so the sample is the thing to do."""
    with st.container(horizontal=True):
        sample: Literal["primary", "secondary"] = "primary" if first else "secondary"
        own: Literal["primary", "secondary"] = "secondary" if first else "primary"
        if st.button("Run the sample experiment", type=sample, key="experiments.sample"):
            st.session_state["experiments.starting"] = True
        if st.button("Look at it in Design first", key="experiments.sample_design"):
            st.session_state["design.load"] = services.experiment_yaml(services.sample_experiment())
            go_to("design")
        if st.button("Design one of your own", type=own, key="experiments.new"):
            go_to("design")
    if st.session_state.get("experiments.starting"):
        payload = {"yaml": services.experiment_yaml(services.sample_experiment())}
        reply = ask(
            services, "experiments.create", "create", payload, doing="Preparing the sample experiment…"
        )
        if not reply.stale:
            st.session_state["experiments.starting"] = False
            forget("experiments.create")
            if reply.result is not None:
                go_to("run", experiment=reply.result["experiment"])
