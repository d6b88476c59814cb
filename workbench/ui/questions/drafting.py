"""Has questions drafted from the documents of a corpus, and shows how far it is.
Knows nothing about how questions are drafted."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from workbench.corpus.draft_types import RULE_KINDS
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget

PENDING = "questions.drafting.pending"  # (corpus, payload, when it was asked for)
VIEW = "view"
DRAFTS = "Drafts"
NONE = f"{address.DIALOG}no_drafts"  # why nothing was drafted, in words, until another page is opened
_REQUEST = "questions.drafting"


def show_draft_form(corpus: str, documents: int) -> None:
    """Show what to draft; the button has it drafted."""
    st.caption(
        "Questions are drafted by rules from headings, definitions, numbers, dates, names, tables and lists; "
        "no model is needed. They wait for your review: experiments ask only the ones that you keep."
    )
    with st.form("questions.draft", border=False):
        left, right = st.columns([1, 3], vertical_alignment="bottom")
        count = left.number_input(
            "How many", 1, 2000, min(2000, max(20, 3 * documents)), key="questions.draft.count"
        )
        kinds = right.multiselect(
            "Kinds", RULE_KINDS, placeholder="all kinds", key="questions.draft.kinds",
            help="Unanswerable: a question whose answer is in no document, which should be declined.",
        )  # fmt: skip
        if st.form_submit_button("Draft", type="primary", icon=":material/auto_awesome:"):
            payload = {"corpus": corpus, "count": count, "kinds": kinds, "seed": 7}
            st.session_state[PENDING] = (corpus, payload, time.time())
            st.session_state.pop(NONE, None)
            st.rerun()


def show_why_none() -> None:
    """Show why the last drafting gave no draft, if so; above the tabs, of which the first is open again."""
    if reason := st.session_state.get(NONE):
        st.warning(as_markdown(reason))


def is_drafting(corpus: str) -> bool:
    """Whether drafts for a corpus are being made."""
    pending = st.session_state.get(PENDING)
    return pending is not None and pending[0] == corpus


def show_progress(services: Services, corpus: str) -> bool:
    """Show how far drafting is; return whether it goes on. Then the drafts are shown."""
    if not is_drafting(corpus):
        return False
    _, payload, since = st.session_state[PENDING]
    reply = ask(
        services, _REQUEST, "draft_questions", payload, doing="Drafting questions…", version=since,
        show_pieces=_show_pieces,
    )  # fmt: skip
    if reply.stale:
        return True
    st.session_state.pop(PENDING)
    forget(_REQUEST)
    if reply.result is not None:
        result: dict[str, Any] = reply.result
        if not result["drafts"]:
            st.session_state[NONE] = result["text"]
            st.rerun()
        flash(result["text"].split("\n")[0])
        address.set_next(VIEW, DRAFTS)
        st.rerun()
    return False


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    if progress := pieces.get("progress"):
        done, count = progress["done"], progress["count"]
        st.progress(min(1.0, done / count), text=f"{done} of {count} drafts")
