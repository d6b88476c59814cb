"""Offers to run the sample experiment, or to open it in Design.
Knows nothing about what the experiment contains."""

from __future__ import annotations

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets.links import go_to
from workbench.ui.widgets.waiting import ask, forget


def offer_sample(services: Services) -> None:
    """Draw the buttons; once one is pressed, what becomes of it."""
    with st.container(horizontal=True, width="content"):
        if st.button("Run the sample experiment", key="experiments.sample"):
            st.session_state["experiments.starting"] = True
        if st.button("Look at it in Design first", key="experiments.sample_design", type="tertiary"):
            go_to("design", preset="sample")
    if st.session_state.get("experiments.starting"):
        payload = {"yaml": services.designs.experiment_yaml(services.designs.sample_experiment())}
        reply = ask(
            services, "experiments.create", "create", payload, doing="Preparing the sample experiment…"
        )
        if not reply.stale:
            st.session_state["experiments.starting"] = False
            forget("experiments.create")
            if reply.result is not None:
                go_to("run", experiment=reply.result["experiment"])
