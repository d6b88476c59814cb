"""A person's thumb and comment on one answer. Sending the same again changes nothing.
Knows nothing about where the answer is shown."""

from __future__ import annotations

import streamlit as st

from workbench.store.records import AnswerRecord
from workbench.ui.opened import show_error
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.widgets.text import as_label, show_text

UP, DOWN = 1, 0  # what st.feedback says


def choose_rater(services: Services) -> str:
    """The name beside thumbs, asked for once in the side bar."""
    with st.sidebar:
        return st.text_input(
            "Your name, for ratings", services.settings.rater, key="rater", persist_state="session"
        ).strip()


def show_thumbs(services: Services, answer: AnswerRecord, rater: str) -> None:
    """The thumbs of this rater on what the answer shows, and those of others."""
    key = f"thumb.{answer.seen}.{rater}"

    @st.fragment
    def thumbs() -> None:
        ratings = services.find_ratings(answer.seen)
        own = next((r for r in ratings if r.rater == rater), None)
        stored = None if own is None else (UP if own.value > 0 else DOWN)
        if key not in st.session_state:
            st.session_state[key] = stored
        chosen = st.feedback("thumbs", key=key)
        comment = st.text_input(
            "Comment (optional)", own.comment if own else "", key=f"{key}.comment", disabled=chosen is None
        )
        value = 0 if chosen is None else (1 if chosen == UP else -1)
        before = (0, "") if own is None else (own.value, own.comment)
        if (value, comment if value else "") != before:
            try:
                services.rate(answer, value, rater=rater, comment=comment)
            except WorkbenchError as error:
                show_error(error)
                return
            st.toast("Thumb withdrawn." if value == 0 else "Thumb saved.")
        for other in ratings:
            if other.rater != rater:
                st.caption(f"{as_label(other.rater)}: {'👍' if other.value > 0 else '👎'}")
                if other.comment:
                    show_text(other.comment, small=True)

    if not rater:
        st.caption("Write your name in the side bar to rate answers.")
        return
    thumbs()
