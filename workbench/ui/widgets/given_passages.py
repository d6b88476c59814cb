"""Shows the passages of an answer that was just given, each folded.
Knows nothing about who gave it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.types import below_header
from workbench.ui.widgets.document_text import show_document_text
from workbench.ui.widgets.text import as_label


def show_given_passages(passages: list[dict[str, Any]]) -> None:
    """Show the passages that the prompt held, or that a system gave."""
    for number, passage in enumerate(passages, start=1):
        page = f", page {passage['page']}" if passage["page"] else ""
        where = passage["document"] or "in none of the documents"
        with st.expander(as_label(f"[{number}] {where}{page} · search score {passage['score']:.3f}")):
            st.caption(as_label(passage["title"]))
            show_document_text(below_header(passage.get("header", ""), passage["text"]))
    if not passages:
        st.caption("No passages were retrieved.")
