"""Draws the choice between the views of the page Questions: the questions, drafting, drafts to review.
Knows nothing about what the views show."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.corpus.draft_file import DraftFile
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets import address

VIEW = "view"
"""The parameter of the address."""
QUESTIONS = "Questions"
DRAFT = "Draft"
DRAFTS = "Drafts"


def choose_view(services: Services, corpus: str) -> tuple[str, DraftFile, DeltaGenerator]:
    """Draw the choice; return the view, the corpus's drafts, and the place beside the choice."""
    try:
        file = services.question_drafts.read(corpus)
    except WorkbenchError as error:
        show_error(error)
        file = DraftFile()
    waiting = sum(one.review == "waiting" for one in file.drafts)
    labels = {QUESTIONS: QUESTIONS, DRAFT: "Draft from documents", DRAFTS: f"Review drafts ({waiting:,})"}
    views = [QUESTIONS, DRAFT, *([DRAFTS] if file.drafts else [])]
    line = st.container(horizontal=True, vertical_alignment="center", key="question_views")
    with line:
        chosen = address.choose(
            st.segmented_control, "Show", views, name=VIEW, required=True, label_visibility="collapsed",
            format_func=labels.__getitem__, message="There are no drafts to review yet.",
        )  # fmt: skip
    return chosen, file, line
