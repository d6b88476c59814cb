"""Lets a person choose the experiment that a page shows, and keeps it in the address.
Knows nothing about what is done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import STATES, ago
from workbench.ui.widgets.links import link

LAST = "experiment"  # the id of the experiment shown last, on any page


def choose_experiment(services: Services) -> ExperimentRecord | None:
    """Return the experiment in the address, else the one shown last, else the newest.

    Returns None, and says what to do, when there is none.
    """
    listed = services.list_experiments(archived=True)
    if not listed:
        st.info("There is no experiment yet. Design one or run the sample experiment.")
        link("experiments", "Go to the experiments", "science")
        return None
    records = {record.id: record for record in listed}
    labels = _labels(records.values())
    last = st.session_state.get(LAST)
    chosen = address.choose(
        st.selectbox,
        "Experiment",
        list(records),
        name="experiment",
        default=last if last in records else None,
        always=True,
        message="The experiment in the address is not in this store; it may have been deleted.",
        format_func=labels.__getitem__,
    )
    st.session_state[LAST] = chosen
    return records[chosen]


def _labels(records: Iterable[ExperimentRecord]) -> dict[str, str]:
    """Return id → label in the list. Labels are unique, because the browser tells options apart by them."""
    labels = {r.id: f"{r.name}   ·   {ago(r.created_at)}   ·   {STATES[r.state]}" for r in records}
    counts = Counter(labels.values())
    return {i: label if counts[label] == 1 else f"{label}   ·   {i}" for i, label in labels.items()}
