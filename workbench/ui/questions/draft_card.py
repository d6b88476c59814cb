"""Shows one draft: its question with the turns before it, its answer, the filters' verdicts, and who made it.
Knows nothing about what is decided on it."""

from __future__ import annotations

import streamlit as st

from workbench.corpus.conversation import NAMES
from workbench.corpus.draft_types import OK, Draft
from workbench.corpus.draft_words import describe_check, label_of_kind
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.corpus.question_sources import source_in_words
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.text import as_label, as_markdown, show_text

QUESTION_LINES = 6
ANSWER_LINES = 8
TURN_LINES = 3


def show_card(draft: Draft, wordings: int) -> None:
    """Show a draft.

    wordings: how many drafts ask for the same fact, this one included.
    """
    if draft.history:
        with st.container(key="draft_history", gap="xsmall"):
            for turn in draft.history:
                show_text(f"{NAMES[turn.role]}: {turn.text}", small=True, lines=TURN_LINES)
    facts = [
        label_of_kind(draft.kind),
        *([f"one of {wordings} wordings of one fact"] if wordings > 1 else []),
    ]
    heading("Follow-up question" if draft.history else "Question", as_label(" · ".join(facts)))
    with st.container(key="draft_question"):
        show_text(draft.question, lines=QUESTION_LINES)
    heading("Answer")
    if draft.answers:
        show_text(f" {CSV_SEPARATOR} ".join(draft.answers), lines=ANSWER_LINES)
    elif draft.answerable:
        st.caption("None yet. Edit the draft to write the right answer, or keep it without one.")
    else:
        st.caption("None: the documents do not answer it, so it should be declined.")
    _verdicts(draft)
    source = source_in_words(draft.source)
    st.caption(as_markdown(source[:1].upper() + source[1:]))


def _verdicts(draft: Draft) -> None:
    """Show what failed first, each on a line; what passed in one."""
    for name, verdict in draft.failed_checks.items():
        st.markdown(f":orange[:material/warning:] {as_markdown(describe_check(name, verdict))}")
    passed = [describe_check(name, verdict) for name, verdict in draft.checks.items() if verdict == OK]
    if passed:
        st.caption("  \n".join(f":green[:material/check:] {as_markdown(text)}" for text in passed))
