"""Chooses the experiment a page is about, and keeps it in the address.
Knows nothing about what is done with it."""

from __future__ import annotations

import streamlit as st

from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import STATES, ago
from workbench.ui.widgets.links import link

LAST = "experiment"  # the one that was looked at last, on whatever page


def choose_experiment(services: Services) -> ExperimentRecord | None:
    """The experiment named in the address, else the one looked at last, else the newest; None (and what to
    do) when there is none."""
    cards = services.list_experiments(archived=True)
    if not cards:
        st.info("There is no experiment yet. Design one, or run the sample experiment.")
        link("experiments", "To the experiments", "science")
        return None
    records = {card.record.id: card.record for card in cards}
    last = st.session_state.get(LAST)
    chosen = address.choose(
        st.selectbox,
        "Experiment",
        list(records),
        name="experiment",
        default=last if last in records else None,
        always=True,
        words="The experiment in the address is not in this store; it may have been deleted.",
        format_func=lambda i: (
            f"{records[i].name}   ·   {ago(records[i].created_at)}   ·   {STATES[records[i].state]}"
        ),
    )
    st.session_state[LAST] = chosen
    return records[chosen]
