"""Shows which documents no question has evidence in, with a way to a question about each.
Knows nothing about how questions are written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.questions import dialogs
from workbench.ui.widgets.text import as_label, as_markdown

MAX_SHOWN = 10


def count_questions(questions: list[dict[str, Any]]) -> Counter[str]:
    """Return document → the number of questions with evidence in it."""
    return Counter(name for q in questions for name in {e["document"] for e in q["evidence"]})


def show_coverage(content: dict[str, Any], *, read_only: bool) -> None:
    """Show how many documents are evidence for some question, and list the others.

    content: the corpus as the worker read it.
    """
    if not content["questions"] or not content["documents"]:
        return
    touched = count_questions(content["questions"])
    if not touched:
        st.info(as_markdown(content["evidence_advice"]))
        return
    untouched = [d["name"] for d in content["documents"] if d["name"] not in touched]
    total = len(content["documents"])
    st.caption(f"{total - len(untouched):,} of {total:,} documents hold evidence for at least one question.")
    if not untouched:
        return
    documents = counted(len(untouched), "document")
    with st.expander(f"{documents} without evidence for any question", icon=":material/warning:"):
        st.caption("Passages from them never count as relevant. Write questions that these documents answer.")
        for number, name in enumerate(untouched[:MAX_SHOWN]):
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(as_label(name))
            if not read_only and right.button(
                "Write a question about it", key=f"corpora.about.{number}", icon=":material/add_comment:"
            ):
                dialogs.open_with_evidence("new", {"document": name})
        if len(untouched) > MAX_SHOWN:
            st.caption(f"{len(untouched) - MAX_SHOWN} more: filter the table to see them all.")
