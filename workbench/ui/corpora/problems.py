"""Shows what is wrong with a corpus's files where it matters, one line per problem.
Knows nothing about reading files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.widgets.text import as_markdown

SHOWN = 3  # the rest is behind a click


def is_about_questions(problem: dict[str, Any]) -> bool:
    """Whether a problem is one of the question file or of the declared injections, and not of a document."""
    return str(problem["where"]).split(":")[0] in ("questions.jsonl", "questions.csv", "injections.jsonl")


def show_problems(problems: Sequence[dict[str, Any]]) -> None:
    """Show the problems, errors first; more than a few are behind a click."""
    ordered = sorted(problems, key=lambda p: p["severity"] != "error")
    st.markdown(_lines(ordered[:SHOWN]))
    if len(ordered) > SHOWN:
        with st.expander(counted(len(ordered) - SHOWN, "more problem")):
            st.markdown(_lines(ordered[SHOWN:]))


def _lines(problems: Sequence[dict[str, Any]]) -> str:
    """Return Markdown with one line per problem."""
    signs = {"error": ":red[:material/error:]", "warning": ":orange[:material/warning:]"}
    return "  \n".join(
        f"{signs[p['severity']]} **{as_markdown(p['where'])}**: {as_markdown(p['what'])}" for p in problems
    )
