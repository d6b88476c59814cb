"""Shows what is wrong with a corpus's files where it matters: documents or questions.
Knows nothing about reading files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.widgets.text import as_markdown

SHOWN = 2  # the rest is behind a click


def is_about_questions(problem: dict[str, Any]) -> bool:
    """Whether a problem is one of the question file or of the declared injections, and not of a document."""
    return str(problem["where"]).split(":")[0] in ("questions.jsonl", "questions.csv", "injections.jsonl")


def show_problems(problems: Sequence[dict[str, Any]]) -> None:
    """Show the problems, errors first; more than a few are behind a click."""
    ordered = sorted(problems, key=lambda p: p["severity"] != "error")
    for problem in ordered[:SHOWN]:
        _show(problem)
    if len(ordered) > SHOWN:
        with st.expander(f"{counted(len(ordered) - SHOWN, 'more problem')} with these files"):
            for problem in ordered[SHOWN:]:
                _show(problem)


def _show(problem: dict[str, Any]) -> None:
    show = st.error if problem["severity"] == "error" else st.warning
    show(f"{as_markdown(problem['where'])}: {as_markdown(problem['what'])}")
