"""Shows a prompt as a model gets it, filled in with an example.
Knows nothing about models and real passages: pipeline/prompt_rendering.py renders for them."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from workbench.space.prompt import TOKEN
from workbench.ui.widgets.text import Mark, show_code

QUESTION = "How long can an item be returned?"
PASSAGES = (
    "[1] Returns\nItems can be returned within 30 days. Opened software cannot be returned.\n\n"
    "[2] Shipping\nThe customer pays for sending an item back."
)
EXAMPLES = (
    "Examples of questions with their answers:\n\nQ: Who pays for sending an item back?\nA: The customer."
)
LINES = 24


def fill_in(template: str, values: dict[str, str]) -> tuple[str, list[Mark]]:
    """Return a template filled in, with marks on what stands in for its variables.

    The template must be one that `check_template` accepts.
    """
    filled, marks, at = "", [], 0
    for match in TOKEN.finditer(template):
        filled += template[at : match.start()]
        name = match.group(1)
        value = values[name] if name else match.group(0)[0]
        if name:
            marks.append(Mark(len(filled), len(filled) + len(value), "variable", f"{{{name}}}"))
        filled, at = filled + value, match.end()
    return filled + template[at:], marks


def show_preview(system: str, template: str) -> None:
    """Show what a model would get, with an example question and two example passages."""
    values = {
        "question": QUESTION,
        "passages": PASSAGES,
        "examples": EXAMPLES,
        "today": datetime.now(UTC).astimezone().date().isoformat(),
    }
    if system:
        st.caption("System message")
        show_code(*fill_in(system, values), lines=LINES // 4)
    st.caption("User message")
    show_code(*fill_in(template, values), lines=LINES)
