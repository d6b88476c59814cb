"""A person's thumb and comment on one answer. Sending the same again changes nothing.
Knows nothing about where the answer is shown."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.store.records import AnswerRecord
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.text import as_label, show_text

UP, DOWN = 1, 0  # what st.feedback says


def choose_rater(services: Services) -> str:
    """The name beside thumbs, asked for once in the side bar."""
    with st.sidebar:
        return st.text_input(
            "Your name, for ratings", services.settings.rater, key="rater", persist_state="session"
        ).strip()


def _store(services: Services, answer: AnswerRecord, rater: str, key: str) -> None:
    """Called when the person changes a thumb or its comment, and only then."""
    chosen = st.session_state.get(key)
    value = 0 if chosen is None else (1 if chosen == UP else -1)
    try:
        services.rate(answer, value, rater=rater, comment=st.session_state.get(f"{key}.comment", ""))
    except WorkbenchError as error:
        st.session_state[f"{key}.error"] = error
    else:
        st.session_state[f"{key}.said"] = "Thumb withdrawn." if value == 0 else "Thumb saved."


def show_thumbs(services: Services, answer: AnswerRecord, rater: str) -> None:
    """The thumbs of this rater on what the answer shows, and those of others.

    The store is the truth: each drawing shows what is stored, so a widget that a page forgot withdraws
    nothing.
    """
    key = f"thumb.{answer.seen}.{rater}"

    @st.fragment
    def thumbs() -> None:
        ratings = services.find_ratings(answer.seen)
        own = next((r for r in ratings if r.rater == rater), None)
        st.session_state[key] = None if own is None else (UP if own.value > 0 else DOWN)
        if own is not None or f"{key}.comment" not in st.session_state:
            st.session_state[f"{key}.comment"] = own.comment if own else ""
        store: dict[str, Any] = {"on_change": _store, "args": (services, answer, rater, key)}
        st.feedback("thumbs", key=key, **store)
        st.text_input("Comment (optional)", key=f"{key}.comment", disabled=own is None, **store)
        if error := st.session_state.pop(f"{key}.error", None):
            show_error(error)
        if said := st.session_state.pop(f"{key}.said", None):
            st.toast(said)
        for other in ratings:
            if other.rater != rater:
                st.caption(f"{as_label(other.rater)}: {'👍' if other.value > 0 else '👎'}")
                if other.comment:
                    show_text(other.comment, small=True)

    if not rater:
        st.caption("Write your name in the side bar to rate answers.")
        return
    thumbs()
