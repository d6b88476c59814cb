"""The form that changes the words of a draft, which is then checked again.
Knows nothing about the checks."""

from __future__ import annotations

import streamlit as st

from workbench.corpus.draft_types import Draft
from workbench.corpus.draft_words import label_of_kind, reasons_of
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.keyboard import focus
from workbench.ui.widgets.text import as_label

EDITED = "questions.review.edited"  # the id of the draft whose words are being changed
MOST_QUOTES = 3  # fields for more of them would fill the page


def show_edit(services: Services, corpus: str, draft: Draft) -> None:
    """Show the form."""
    heading("Edit the draft", as_label(label_of_kind(draft.kind)))
    with st.form("questions.review.form", border=False):
        question = st.text_area(
            "Question", draft.question, height=80, key=f"questions.review.text.{draft.id}"
        )
        answers = ""
        if draft.answerable:
            answers = st.text_area(
                f"Reference answer (several: {CSV_SEPARATOR} between them)",
                f" {CSV_SEPARATOR} ".join(draft.answers), height=80,
            )  # fmt: skip
        quotes = [
            st.text_area(f"Quote, exactly as in {as_label(quote.document, 40)}", quote.text, height=100)
            for quote in draft.quotes[:MOST_QUOTES]
        ]
        problem = st.container()
        with st.container(horizontal=True):
            save = st.form_submit_button("Save", type="primary", help="Ctrl+Enter")
            cancel = st.form_submit_button("Cancel")
    focus("[class*='st-key-questions-review-text'] textarea")
    if cancel:
        del st.session_state[EDITED]
        st.rerun()
    if save:
        parts = [part.strip() for part in answers.split(CSV_SEPARATOR) if part.strip()]
        kept = [quote.text for quote in draft.quotes[MOST_QUOTES:]]
        try:
            stored = services.question_drafts.edit(
                corpus, draft, question=question, answers=parts, quotes=[*quotes, *kept]
            )
        except WorkbenchError as error:
            with problem:
                show_error(error)
            return
        del st.session_state[EDITED]
        flash(_result(draft, stored.draft))
        st.rerun()


def _result(before: Draft, after: Draft) -> str:
    """What the checks say now."""
    if after.failed_checks:
        return f"Saved. {reasons_of(after)}."
    unknown = [name for name in before.checks if name not in after.checks]
    if unknown:
        return f"Saved. It passes the checks that can be rerun. Not rerun: {', '.join(unknown)}."
    return "Saved. It passes all checks."
