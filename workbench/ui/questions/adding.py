"""Adds questions to a corpus: a pasted list, one that is written, a file.
Knows nothing about the forms that questions are written in."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.ui.questions.form import show_form
from workbench.ui.questions.importing import show_import
from workbench.ui.questions.preview import show_preview
from workbench.ui.services import Services

NEEDS = (
    "**Correctness** needs a reference answer, **Recall@k**, MRR and nDCG need evidence, and **refusal "
    "accuracy** needs some questions that the documents do not answer. Grounding needs none of these."
)
EXAMPLE = "How late is the desk open? || 21:00 || at nine\nIs there a swimming pool?"


def show_adding(services: Services, corpus: str, content: dict[str, Any]) -> str:
    """Show the ways to add questions; return what was added, in words, or "".

    content: the corpus as the worker read it.
    """
    st.caption(NEEDS)
    pasted, single, file = st.tabs(["Paste a list", "Write one", "Import a file"], key="questions.adding")
    with pasted:
        message = _paste(services, corpus)
    with single:
        if show_form(services, corpus, content):
            message = "The question is saved."
    with file:
        return show_import(services, corpus) or message


def _paste(services: Services, corpus: str) -> str:
    text = st.text_area(
        "One question per line, its answers after || or a tab; or cells of a spreadsheet, “Q:” and “A:” "
        "lines, CSV or JSON",
        height=130, placeholder=EXAMPLE, key="questions.paste",
    )  # fmt: skip
    if not text.strip():
        st.button("Show what will be stored", key="questions.look")
        return ""
    read = services.questions.read_pasted(corpus, text)
    return show_preview(services, corpus, read, "paste", partial(services.questions.add_questions, corpus))
