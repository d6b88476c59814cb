"""The filter of documents that goes with the Playground's question: typed, picked with a question, checked.
Knows nothing about columns, nor how documents are filtered."""

from __future__ import annotations

import json

import streamlit as st

from workbench.input.condition_text import parse_condition, write_condition
from workbench.input.conditions import BadCondition, condition_text

CONDITION = "playground.condition"
HELP = (
    "Only documents with these metadata are searched, in columns with the filter `question`. Several values: "
    "{region: [NL, BE]}. A range: {year: {min: 2024, max: 2025}}."
)


def pick_condition(condition: str) -> None:
    """Have a question's own filter stand beside it. condition: as AskedQuestion has it."""
    st.session_state[CONDITION] = write_condition(json.loads(condition)) if condition else ""


def edit_condition(*, offered: bool) -> str | None:
    """Draw the filter; return it as AskedQuestion has it. None for one that cannot be read.

    offered: whether a column reads it. One that was typed stays in sight all the same.
    """
    typed = str(st.session_state.get(CONDITION) or "").strip()
    if not offered and not typed:
        return ""
    text = st.text_input(
        "Filter of documents", key=CONDITION, placeholder="Filter: region=NL", help=HELP, width=240,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    try:
        return condition_text(parse_condition(text)) if text and text.strip() else ""
    except BadCondition as error:
        st.error(f"Filter: {error}.")
        return None
