"""Draws the first line of a page: its heading and, on an experiment's pages, the experiment with its facts.
Knows nothing about what stands below it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from workbench.formatting import uncapitalised
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.experiment_labels import experiment_labels
from workbench.ui.widgets.figures import STATES, label_of, measure_text, spent_text
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown

LAST = "experiment"  # the id of the experiment shown last, on any page
PICKER_WIDTH = 300  # pixels
GONE = "The experiment in the address is not in this store; it may have been deleted."


def page_top(title: str, corner: Callable[[], None] | None = None) -> None:
    """Draw the heading of a page that belongs to no experiment.

    corner: draws what stands at the other end of the line.
    """
    if corner is None:
        st.title(title, anchor=False)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(title, anchor=False, width="content")
        corner()


def experiment_top(services: Services, title: str) -> ExperimentRecord | None:
    """Draw the line of an experiment's page: heading, experiment, and its facts. Return the experiment.

    It is the one in the address, else the one shown last on any page, else the newest. Returns None, and says
    what to do, when there is none.
    """
    line = st.container(horizontal=True, vertical_alignment="center", key="experiment_top")
    line.title(title, anchor=False, width="content")  # first, for a store that cannot be read
    listed = services.experiments.list_experiments(archived=True)
    if not listed:
        st.info("There is no experiment yet. Design one, or run the sample experiment.")
        link("home", "Start here", "home")
        return None
    records = {record.id: record for record in listed}
    last = st.session_state.get(LAST)
    first = last if last in records else listed[0].id
    with line:
        chosen = records[_choose(records, first)]
        st.caption(_facts(services, chosen), width="content")
    # Below the line, where there is room for a sentence.
    address.warn_unknown("experiment", chosen=chosen.id != first, message=GONE)
    st.session_state[LAST] = chosen.id
    return chosen


def _choose(records: dict[str, ExperimentRecord], first: str) -> str:
    return address.choose(
        st.selectbox,
        "Experiment",
        list(records),
        name="experiment",
        default=first,
        always=True,
        warn=False,
        format_func=experiment_labels(records.values()).__getitem__,
        label_visibility="collapsed",
        width=PICKER_WIDTH,
    )


def _facts(services: Services, record: ExperimentRecord) -> str:
    """Return the corpus, the state, the best mean so far and the dollars spent, as Markdown on one line."""
    facts = [as_label(record.experiment.corpus.rsplit("/", 1)[-1], 30), STATES[record.state]]
    best = services.results.get_best(record.id)
    if best.target is not None:
        target = record.experiment.objective.target
        so_far = "" if record.state == "done" else " so far"
        value = as_markdown(measure_text(target, best.target, digits=3))
        facts.append(f"best {uncapitalised(label_of(target))}{so_far} {value}")
    facts.append(f"{as_markdown(spent_text(best.spent_usd))} spent")
    return " · ".join(facts)
