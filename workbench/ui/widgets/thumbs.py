"""Shows and stores what a person thinks of one answer: thumb or stars, tags, comment, better answer.
Knows nothing about where the answer is shown. Sending the same again changes nothing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.feedback.reasons import REASONS, STARS, value_of_stars
from workbench.store.records import AnswerRecord, Rating
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.keep_for_review import offer_review
from workbench.ui.widgets.keyboard import click_by_key
from workbench.ui.widgets.text import as_label, show_text

UP, DOWN = 1, 0  # the values of st.feedback for thumbs; those for stars are 0 to 4
BOX = "thumbs"  # the key of what holds the thumbs whose keys are "1" and "2", or the stars
THUMB_KEYS = {
    "1": f'.st-key-{BOX} [aria-label="Thumbs up"]',
    "2": f'.st-key-{BOX} [aria-label="Thumbs down"]',
}
STAR_KEYS = {str(n): f'.st-key-{BOX} [aria-label="{n} out of {STARS[-1]} stars"]' for n in STARS}


def choose_rater(services: Services) -> str:
    """Return the rater's name, entered in the sidebar."""
    with st.sidebar:
        return st.text_input(
            "Your name, for ratings", services.settings.rater, key="rater", persist_state="session"
        ).strip()


def _store(services: Services, answer: AnswerRecord, rater: str, key: str) -> None:
    """Store the rating. Called only when the person changes something of it."""
    state = st.session_state
    chosen = state.get(key)
    stars = chosen + 1 if services.settings.rating_stars and chosen is not None else None
    value = 0 if chosen is None else value_of_stars(stars) if stars else 1 if chosen == UP else -1
    try:
        services.ratings.rate(
            answer, value, rater=rater, stars=stars, comment=state.get(f"{key}.comment", ""),
            tags=state.get(f"{key}.tags") or (), better_answer=state.get(f"{key}.better", ""),
        )  # fmt: skip
    except WorkbenchError as error:
        state[f"{key}.error"] = error
    else:
        state[f"{key}.message"] = f"{'Rating' if stars else 'Thumb'} {'saved' if value else 'withdrawn'}."


def _show_stored(services: Services, own: Rating | None, key: str) -> None:
    """Put what is stored into the widgets. Before there is a rating, what was typed stays."""
    state = st.session_state
    if own is None:
        state[key] = None
        for part, empty in ((".comment", ""), (".better", ""), (".tags", [])):
            state.setdefault(f"{key}{part}", empty)
        return
    as_stars = services.settings.rating_stars
    stars = own.stars or (STARS[-1] if own.value > 0 else STARS[0])
    state[key] = stars - 1 if as_stars else UP if own.value > 0 else DOWN
    state[f"{key}.comment"], state[f"{key}.better"] = own.comment, own.better_answer
    state[f"{key}.tags"] = list(own.tags)


def _why(own: Rating | None, key: str, store: dict[str, Any]) -> None:
    """The popover of tags and the better answer."""
    said = len(own.tags) + bool(own.better_answer) if own else 0
    with st.popover(f"Why ({said})" if said else "Why", disabled=own is None, key=f"why-{key}"):
        st.pills(
            "Tags", list(REASONS), selection_mode="multi", key=f"{key}.tags",
            format_func=lambda name: REASONS[name].label, **store,
        )  # fmt: skip
        st.text_area("A better answer", key=f"{key}.better", height=90, **store)


def rating_line(rating: Rating) -> str:
    """What somebody said, in one line of plain text: stars or a thumb, and tags."""
    given = "★" * rating.stars if rating.stars else "👍" if rating.value > 0 else "👎"
    return " ".join([given, ", ".join(REASONS[t].label for t in rating.tags if t in REASONS)]).strip()


def show_thumbs(
    services: Services, answer: AnswerRecord, rater: str, *, by_key: bool = False, offers_review: bool = True
) -> None:
    """Show this rater's thumb or stars on the answer, to be changed, with reasons, and those of others.

    Each drawing shows what is stored, so a widget whose state Streamlit dropped withdraws nothing.

    by_key: whether the keys 1 and 2 press the thumbs, or 1 to 5 the stars; for one answer of a page.
    offers_review: whether the question of a disliked answer may be kept from here; its experiment is known.
    """
    key = f"thumb.{answer.seen}.{rater}"

    @st.fragment
    def thumbs() -> None:
        ratings = services.ratings.find_ratings(answer.seen)
        own_rating = next((r for r in ratings if r.rater == rater), None)
        _show_stored(services, own_rating, key)
        as_stars = services.settings.rating_stars
        store: dict[str, Any] = {"on_change": _store, "args": (services, answer, rater, key)}
        with st.container(horizontal=True, vertical_alignment="center", key=BOX if by_key else None):
            st.feedback("stars" if as_stars else "thumbs", key=key, **store)
            if by_key:
                st.caption("keys 1–5" if as_stars else "keys 1, 2", width="content")
            st.text_input(
                "Comment (optional)", key=f"{key}.comment", disabled=own_rating is None,
                placeholder="Comment (optional)" if own_rating else "Comment, after a thumb",
                label_visibility="collapsed", **store,
            )  # fmt: skip
            _why(own_rating, key, store)
        if by_key:
            click_by_key(STAR_KEYS if as_stars else THUMB_KEYS)
        if offers_review and own_rating is not None and own_rating.value < 0:
            offer_review(services, answer, own_rating.comment)
        if error := st.session_state.pop(f"{key}.error", None):
            show_error(error)
        if message := st.session_state.pop(f"{key}.message", None):
            st.toast(message)
        for rating in ratings:
            if rating.rater != rater:
                st.caption(f"{as_label(rating.rater)}: {rating_line(rating)}")
                if rating.comment:
                    show_text(rating.comment, small=True)
                if rating.better_answer:
                    st.caption("Better answer:")
                    show_text(rating.better_answer, small=True)

    if not rater:
        st.caption("Enter your name in the sidebar to rate answers.")
        return
    thumbs()
