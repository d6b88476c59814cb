"""Offers to run the sample experiment, to open it in Design, or to design a new one.
Knows nothing about what the experiment contains."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets.cloning import open_in_design
from workbench.ui.widgets.links import go_to
from workbench.ui.widgets.waiting import ask, forget


def offer_sample(services: Services, *, first: bool) -> None:
    """Draw the buttons.

    first: there is no experiment yet, so running the sample is the primary action.
    """
    with st.container(horizontal=True):
        sample_type: Literal["primary", "secondary"] = "primary" if first else "secondary"
        design_type: Literal["primary", "secondary"] = "secondary" if first else "primary"
        if st.button("Run the sample experiment", type=sample_type, key="experiments.sample"):
            st.session_state["experiments.starting"] = True
        if st.button("Look at it in Design first", key="experiments.sample_design"):
            open_in_design(services, services.sample_experiment())
        if st.button("Design one of your own", type=design_type, key="experiments.new"):
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
