"""Which documents no question touches, and the way to a question about one.
Knows nothing about how questions are written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_label

ABOUT = "corpora.about"
SHOWN = 10


def count_questions(questions: list[dict[str, Any]]) -> Counter[str]:
    """Document → how many questions have evidence in it."""
    return Counter(name for q in questions for name in {e["document"] for e in q["evidence"]})


def write_about(document: str, key: str, label: str = "Write a question about it") -> None:
    """The button that opens the form for a new question, with this document as its evidence."""
    if st.button(label, key=key, icon=":material/add_comment:"):
        st.session_state[ABOUT] = document
        address.set_next("tab", "Questions")
        st.rerun()


def show_coverage(found: dict[str, Any]) -> None:
    """found: what the worker read of the corpus."""
    if not found["questions"] or not found["documents"]:
        return
    touched = count_questions(found["questions"])
    untouched = [d["name"] for d in found["documents"] if d["name"] not in touched]
    total = len(found["documents"])
    st.caption(f"{total - len(untouched)} of {total} documents are evidence for some question.")
    if not untouched:
        return
    documents = "1 document" if len(untouched) == 1 else f"{len(untouched)} documents"
    with st.expander(f"{documents} that no question touches", icon=":material/warning:"):
        st.caption("What is retrieved from them is never scored as right: say what people would ask of them.")
        for number, name in enumerate(untouched[:SHOWN]):
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(as_label(name))
            with right:
                write_about(name, f"corpora.about.{number}")
        if len(untouched) > SHOWN:
            st.caption(f"{len(untouched) - SHOWN} more: the table below can be cut down to them.")
