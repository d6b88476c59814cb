"""Shows which documents no question has evidence in, and opens the form for a question about one.
Knows nothing about how questions are written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_label

ABOUT = "corpora.about"
MAX_SHOWN = 10


def count_questions(questions: list[dict[str, Any]]) -> Counter[str]:
    """Return document → the number of questions with evidence in it."""
    return Counter(name for q in questions for name in {e["document"] for e in q["evidence"]})


def write_about(document: str, key: str, label: str = "Write a question about it") -> None:
    """Show the button that opens the form for a new question, with this document as its evidence."""
    if st.button(label, key=key, icon=":material/add_comment:"):
        st.session_state[ABOUT] = document
        address.set_next("tab", "Questions")
        st.rerun()


def show_coverage(content: dict[str, Any]) -> None:
    """Show how many documents are evidence for some question, and list the others.

    content: the corpus as the worker read it.
    """
    if not content["questions"] or not content["documents"]:
        return
    touched = count_questions(content["questions"])
    untouched = [d["name"] for d in content["documents"] if d["name"] not in touched]
    total = len(content["documents"])
    st.caption(f"{total - len(untouched)} of {total} documents are evidence for some question.")
    if not untouched:
        return
    documents = "1 document" if len(untouched) == 1 else f"{len(untouched)} documents"
    with st.expander(f"{documents} that no question touches", icon=":material/warning:"):
        st.caption("Passages from them never count as relevant. Write questions that these documents answer.")
        for number, name in enumerate(untouched[:MAX_SHOWN]):
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(as_label(name))
            with right:
                write_about(name, f"corpora.about.{number}")
        if len(untouched) > MAX_SHOWN:
            st.caption(f"{len(untouched) - MAX_SHOWN} more: filter the table below to see them all.")
