"""Chooses the experiment a page is about, and keeps it in the address.
Knows nothing about what is done with it."""

from __future__ import annotations

import streamlit as st

from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.figures import STATES, ago
from workbench.ui.widgets.links import link


def choose_experiment(services: Services, page: str) -> ExperimentRecord | None:
    """The experiment named in the address, else the newest; None (and what to do) when there is none."""
    cards = services.list_experiments(archived=True)
    if not cards:
        st.info("There is no experiment yet. Design one, or run the sample experiment.")
        link("experiments", "To the experiments", "science")
        return None
    records = {card.record.id: card.record for card in cards}
    wanted = st.query_params.get("experiment")
    if wanted is not None and wanted not in records:
        st.warning("The experiment in the address is not in this store; it may have been deleted.")
    key = f"{page}.experiment"
    if wanted in records and st.session_state.get(f"{key}.address") != wanted:
        st.session_state[key] = wanted
    if st.session_state.get(key) not in records:
        st.session_state[key] = next(iter(records))
    chosen = st.selectbox(
        "Experiment",
        list(records),
        key=key,
        format_func=lambda i: (
            f"{records[i].name}   ·   {ago(records[i].created_at)}   ·   {STATES[records[i].state]}"
        ),
    )
    st.session_state[f"{key}.address"] = chosen
    st.query_params["experiment"] = chosen
    return records[chosen]
