"""Shows and stores a person's thumb and comment on one answer. Sending the same again changes nothing.
Knows nothing about where the answer is shown."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.store.records import AnswerRecord
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.keep_for_review import offer_review
from workbench.ui.widgets.keyboard import click_by_key
from workbench.ui.widgets.text import as_label, show_text

UP, DOWN = 1, 0  # the values of st.feedback
BOX = "thumbs"  # the key of what holds the two thumbs whose keys are "1" and "2"
KEYS = {"1": f'.st-key-{BOX} [aria-label="Thumbs up"]', "2": f'.st-key-{BOX} [aria-label="Thumbs down"]'}


def choose_rater(services: Services) -> str:
    """Return the rater's name, entered in the sidebar."""
    with st.sidebar:
        return st.text_input(
            "Your name, for ratings", services.settings.rater, key="rater", persist_state="session"
        ).strip()


def _store(services: Services, answer: AnswerRecord, rater: str, key: str) -> None:
    """Store the thumb. Called only when the person changes the thumb or its comment."""
    chosen = st.session_state.get(key)
    value = 0 if chosen is None else (1 if chosen == UP else -1)
    try:
        services.ratings.rate(answer, value, rater=rater, comment=st.session_state.get(f"{key}.comment", ""))
    except WorkbenchError as error:
        st.session_state[f"{key}.error"] = error
    else:
        st.session_state[f"{key}.message"] = "Thumb withdrawn." if value == 0 else "Thumb saved."


def show_thumbs(
    services: Services, answer: AnswerRecord, rater: str, *, by_key: bool = False, offers_review: bool = True
) -> None:
    """Show this rater's thumb on the answer, to be changed, with its comment, and the thumbs of others.

    Each drawing shows what is stored, so a widget whose state Streamlit dropped withdraws nothing.

    by_key: whether the keys 1 and 2 press the thumbs; for one answer of a page.
    offers_review: whether the question of a disliked answer may be kept from here; its experiment is known.
    """
    key = f"thumb.{answer.seen}.{rater}"

    @st.fragment
    def thumbs() -> None:
        ratings = services.ratings.find_ratings(answer.seen)
        own_rating = next((r for r in ratings if r.rater == rater), None)
        st.session_state[key] = None if own_rating is None else (UP if own_rating.value > 0 else DOWN)
        if own_rating is not None or f"{key}.comment" not in st.session_state:
            st.session_state[f"{key}.comment"] = own_rating.comment if own_rating else ""
        store: dict[str, Any] = {"on_change": _store, "args": (services, answer, rater, key)}
        with st.container(horizontal=True, vertical_alignment="center", key=BOX if by_key else None):
            st.feedback("thumbs", key=key, **store)
            if by_key:
                st.caption("keys 1, 2", width="content")
            st.text_input(
                "Comment (optional)", key=f"{key}.comment", disabled=own_rating is None,
                placeholder="Comment (optional)" if own_rating else "Comment, after a thumb",
                label_visibility="collapsed", **store,
            )  # fmt: skip
        if by_key:
            click_by_key(KEYS)
        if offers_review and own_rating is not None and own_rating.value < 0:
            offer_review(services, answer, own_rating.comment)
        if error := st.session_state.pop(f"{key}.error", None):
            show_error(error)
        if message := st.session_state.pop(f"{key}.message", None):
            st.toast(message)
        for rating in ratings:
            if rating.rater != rater:
                st.caption(f"{as_label(rating.rater)}: {'👍' if rating.value > 0 else '👎'}")
                if rating.comment:
                    show_text(rating.comment, small=True)

    if not rater:
        st.caption("Enter your name in the sidebar to rate answers.")
        return
    thumbs()
