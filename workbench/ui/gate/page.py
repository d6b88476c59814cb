"""Page: holds a candidate against a base with a click, and shows the verdict of this and of earlier gates.
Knows nothing about how two are compared: the worker does, and gate/verdict_words.py says it in words."""

from __future__ import annotations

import streamlit as st

from workbench.formatting import counted
from workbench.gate.verdict_words import HEADS
from workbench.store.serving.records import Gate
from workbench.ui.gate.choice import choose_sides
from workbench.ui.gate.flips import show_flips
from workbench.ui.gate.progress import show_how_it_ended, show_progress
from workbench.ui.gate.verdict import TINT_OF, show_conditions, show_verdict
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.figures import ago
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.score_tint import TINTS

PAST_IN_SIGHT = 10
NO_GATE = (
    "No gate yet. Choose what you want to ship and what runs today, and run a gate: it asks both the same "
    "questions and tells you whether the candidate is no worse."
)


def _choose_past(past: list[Gate]) -> Gate | None:
    """Draw the table of gates; return the one to show."""
    heading("Gates", counted(len(past), "gate"))
    cells = [
        {
            "Verdict": f"{TINTS[TINT_OF[gate.verdict]].sign} {HEADS[gate.verdict]}",
            "When": ago(gate.created_at),
            "Candidate": _without_experiment(gate.candidate),
            "Base": _without_experiment(gate.base),
        }
        for gate in past
    ]
    chosen = address.select_row(
        [str(gate.id) for gate in past],
        lambda key: data_table(
            cells, hide_index=True, on_select="rerun", selection_mode="single-row", key=key, placeholder="",
            height=height_of(len(past), PAST_IN_SIGHT), row_height=ROW_HEIGHT,
            column_config={
                "Verdict": st.column_config.Column(width=98), "When": st.column_config.Column(width=75),
            },
            alt="Gates, newest first: select one to open it",
        ),
        name="gate",
    )  # fmt: skip
    return next((gate for gate in past if str(gate.id) == chosen), past[0] if past else None)


def _without_experiment(side: str) -> str:
    """Return a side's name without the experiment that it comes from: a narrow column has no room for it."""
    return side.rpartition(": ")[2]


def render(services: Services) -> None:
    page_top("Gate")
    form = st.container(border=True, key="gate_form")
    with form:
        choose_sides(services)
    if show_progress(services):
        return
    show_how_it_ended()
    past = services.gates.list_gates()
    if not past:
        st.info(NO_GATE)
        return
    left, right = st.columns([2, 1], gap="medium")
    with right:
        shown = _choose_past(past)
    if shown is not None:
        with left:
            show_verdict(shown)
            show_conditions(shown)
        show_flips(shown)


run_page(render)
