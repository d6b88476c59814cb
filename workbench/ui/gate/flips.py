"""Shows the questions that one side of a gate answers rightly and the other does not, with both answers.
Knows nothing about how they were found."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.gate.verdict_words import FLIPS
from workbench.store.serving.records import Gate
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.score_tint import signed
from workbench.ui.widgets.text import as_label, as_markdown, show_text

ROWS_IN_SIGHT = 6
LONGEST_CELL = 300


def show_flips(gate: Gate) -> None:
    """Show the flips of one kind as a table, and both answers to the question that is selected."""
    flips: dict[str, Any] = gate.found["flips"]
    there = [kind for kind in FLIPS if flips[kind]]
    heading("Flips", f"by {label_of(flips['by']).lower()}")
    if not there:
        st.caption("No question changed between right and wrong.")
        return
    asked = st.query_params.get("question", "")
    first = next((kind for kind in there if any(flip["id"] == asked for flip in flips[kind])), there[0])
    kind = address.choose(
        st.segmented_control, "Which flips", there, name="flips", default=first, required=True,
        format_func=lambda k: f"{FLIPS[k]} ({len(flips[k])})", label_visibility="collapsed",
    )  # fmt: skip
    listed = {flip["id"]: flip for flip in flips[kind]}
    cells = [
        {
            "Question": flip["question"],
            "Base": _in_a_cell(flip["base"]),
            "Candidate": _in_a_cell(flip["candidate"]),
            "Reference": " / ".join(flip["references"]),
        }
        for flip in listed.values()
    ]
    left, right = st.columns([1, 1], gap="medium")
    with left:
        chosen = address.select_row(
            list(listed),
            lambda key: data_table(
                cells, hide_index=True, on_select="rerun", selection_mode="single-row", key=key,
                row_height=ROW_HEIGHT, height=height_of(len(cells), ROWS_IN_SIGHT), placeholder="",
                column_config={
                    "Question": st.column_config.Column(width=235),
                    "Base": st.column_config.Column(width=110),
                    "Candidate": st.column_config.Column(width=110),
                },
                alt="The questions that flipped: select one to read both answers",
            ),
            name="question",
        )  # fmt: skip
    with right:
        _show_both(listed[chosen or next(iter(listed))], flips["by"])


def _in_a_cell(side: dict[str, Any]) -> str:
    text = f"failed: {side['error']}" if side["answer"] is None else side["answer"]
    return text[:LONGEST_CELL]


def _show_both(flip: dict[str, Any], by: str) -> None:
    st.markdown(f"**{as_label(flip['question'], 400)}**")
    if flip["references"]:
        st.caption(f"Reference: {as_label(' / '.join(flip['references']), 400)}")
    elif flip["answerable"] is False:
        st.caption("The documents do not answer it.")
    for column, (name, side) in zip(
        st.columns(2), (("Base", flip["base"]), ("Candidate", flip["candidate"])), strict=True
    ):
        with column:
            value = side["scores"].get(by)
            st.caption(f"{name} · {as_markdown(signed(by, value))}")
            if side["answer"] is None:
                st.error(as_markdown(side["error"]))
            else:
                show_text(side["answer"] or "(an empty answer)", small=True, lines=6)
