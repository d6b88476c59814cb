"""Page: blind rating of single answers or pairs, by mouse or keyboard; configurations are hidden.
Knows nothing about which answers are most informative: feedback/review_queue.py chooses and says why."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.feedback.reasons import REASONS, STARS, value_of_stars
from workbench.formatting import counted
from workbench.store.records import AnswerRecord, ExperimentRecord
from workbench.ui.review.acting import (
    better_key,
    choose,
    history,
    pair_key,
    place_of,
    rate,
    shown_first,
    skip,
    skipped,
    tags_of,
    toggle_tag,
    undo,
)
from workbench.ui.review.in_and_out import show_in_and_out
from workbench.ui.review.outlook import show_outlook
from workbench.ui.review.raters import show_raters
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.answer import QUESTION_LINES, REFERENCE_LINES, show_blind
from workbench.ui.widgets.earlier_turns import show_earlier_turns
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.keep_for_review import offer_review
from workbench.ui.widgets.keyboard import click_by_key, show_keys
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.thumbs import choose_rater

MODES = {"pairs": "Which of two is better", "thumbs": "Thumbs, one by one"}
LAST_KEYS = [("S", "skip"), ("Z", "undo")]
REASON_KEYS = [*((r.key, f"tag: {r.label}") for r in REASONS.values()), ("B", "a better answer"), *LAST_KEYS]
PAIR_KEYS = [
    ("1", "the left one is better"), ("2", "the right one is better"), ("3", "both are good"),
    ("4", "both are bad"), *REASON_KEYS,
]  # fmt: skip
THUMB_KEYS = [("1", "thumb up"), ("2", "thumb down"), *REASON_KEYS]
STAR_KEYS = [*((str(n), counted(n, "star")) for n in STARS), *REASON_KEYS]
NOTHING = {
    "pairs": "There is nothing to choose between: the best configurations give the same answer to every "
    "question, or have no answers yet. *Thumbs, one by one* rates single answers.",
    "thumbs": "There is nothing to rate yet: no successful answer is stored.",
}


def _button(label: str, key: str, shortcut: str, icon: str, **options: Any) -> None:
    st.button(label, key=f"review.{key}", shortcut=shortcut, icon=f":material/{icon}:", **options)


def _skip_and_undo(services: Services, skip_args: tuple[Any, ...]) -> None:
    _button("Skip", "skip", "s", "skip_next", on_click=skip, args=skip_args)
    _button("Undo", "undo", "z", "undo", disabled=not history(), on_click=undo, args=(services,))


def _pairs(services: Services, record: ExperimentRecord, rater: str, top: DeltaGenerator) -> None:
    planned = show_outlook(services, record.id, rater, "choice")
    waiting, done = services.ratings.next_pairs(record.id, rater, planned)
    passed = skipped("pairs", record.id)
    place = place_of("pairs", record.id, rater)
    remaining = shown_first(place, [p for p in waiting if set(p.seen) not in passed], lambda p: set(p.seen))
    if not waiting and not done:
        st.info(NOTHING["pairs"])
        return
    _progress(top, done, len(remaining), len(waiting) - len(remaining), "pairs")
    if not remaining:
        _show_finished(services, bool(waiting), "pairs", record.id)
        return
    pair = remaining[0]
    left, right = services.answers.get_answer(pair.left_id), services.answers.get_answer(pair.right_id)
    _question(left, pair.why)
    with st.container(horizontal=True, vertical_alignment="center"):
        for choice, label, key, icon in (
            ("left", "Left is better", "1", "arrow_back"),
            ("right", "Right is better", "2", "arrow_forward"),
            ("good", "Both good", "3", "thumb_up"),
            ("bad", "Both bad", "4", "thumb_down"),
        ):
            _button(
                label,
                choice,
                key,
                icon,
                on_click=choose,
                args=(services, place, pair, left, right, choice, rater),
            )
        _skip_and_undo(services, skip_args=(place, passed, set(pair.seen), pair))
    _reasons(pair_key(pair))
    for column, answer, title in zip(
        st.columns(2, border=True), (left, right), ("Left", "Right"), strict=True
    ):
        with column:
            heading(title, f"key {'1' if answer is left else '2'}")
            show_blind(answer)
    _reference(left)


def _thumbs(services: Services, record: ExperimentRecord, rater: str, top: DeltaGenerator) -> None:
    planned = show_outlook(services, record.id, rater, "thumb")
    waiting, done = services.ratings.next_thumbs(record.id, rater, planned)
    passed = skipped("thumbs", record.id)
    place = place_of("thumbs", record.id, rater)
    remaining = shown_first(place, [t for t in waiting if t.seen not in passed], lambda t: t.seen)
    if not waiting and not done:
        st.info(NOTHING["thumbs"])
        return
    _progress(top, done, len(remaining), len(waiting) - len(remaining), "answers")
    if not remaining:
        _show_finished(services, bool(waiting), "thumbs", record.id)
        return
    item = remaining[0]
    answer = services.answers.get_answer(item.answer_id)
    _question(answer, item.why)
    with st.container(horizontal=True, vertical_alignment="center"):
        if services.settings.rating_stars:
            for stars in STARS:
                _button(
                    str(stars), f"star-{stars}", str(stars), "star",
                    on_click=rate, args=(services, place, item, answer, value_of_stars(stars), rater, stars),
                )  # fmt: skip
        else:
            _button(
                "Good", "up", "1", "thumb_up", on_click=rate, args=(services, place, item, answer, 1, rater)
            )
            _button(
                "Bad",
                "down",
                "2",
                "thumb_down",
                on_click=rate,
                args=(services, place, item, answer, -1, rater),
            )
        _skip_and_undo(services, skip_args=(place, passed, item.seen, item))
    _reasons(answer.seen)
    with st.container(border=True):
        heading("Answer")
        show_blind(answer)
    _reference(answer)
    _offer_disliked(services)


def _reasons(seen: str) -> None:
    """The quick tags and the better answer, which the rating or the choice takes along. Of a choice, they say
    why the other answer is worse, or both are bad."""
    chosen = tags_of(seen)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, reason in REASONS.items():
            st.button(
                reason.label, key=f"review.tag.{name}", shortcut=reason.key.lower(), help=reason.help,
                type="primary" if name in chosen else "secondary", on_click=toggle_tag, args=(seen, name),
            )  # fmt: skip
        key = better_key(seen)
        written = bool(st.session_state.get(key))
        icon = ":material/check:" if written else ":material/edit:"
        popover = st.popover("Better answer", key="review-better", icon=icon)
        with popover.container(key="review-better-field"):
            st.text_area("What you would have answered", key=key, height=120, persist_state="session")
    click_by_key({"b": ".st-key-review-better button => .st-key-review-better-field textarea"})


def _offer_disliked(services: Services) -> None:
    """Offer to keep the question of the answer that was rated last, if it was rated bad."""
    last = history()[-1] if history() else {}
    if last.get("value") == -1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Rated bad: {as_label(last['answer'].question.text, 60)}", width="content")
            offer_review(services, last["answer"], "")


def _question(answer: AnswerRecord, why: str) -> None:
    heading("Question", f":material/lightbulb: Why this one: {why}")
    show_earlier_turns(answer.question.history)
    show_text(answer.question.text, lines=QUESTION_LINES)


def _reference(answer: AnswerRecord) -> None:
    """Folded away: a person first judges without it."""
    if answer.question.answers:
        with st.expander("Reference answer"):
            show_text(" / ".join(answer.question.answers), small=True, lines=REFERENCE_LINES)


def _progress(top: DeltaGenerator, done: int, left: int, passed: int, what: str) -> None:
    total = done + left + passed
    text = f"{done:,} of {total:,} {what} rated" + (f", {passed:,} skipped" if passed else "")
    top.progress(done / total if total else 1.0, text=text)


def _show_finished(services: Services, has_skipped: bool, mode: str, experiment_id: str) -> None:
    st.success("Everything is rated." if not has_skipped else "Everything except what you skipped is rated.")
    with st.container(horizontal=True):
        if has_skipped and st.button("Show the skipped ones again", key="review.again"):
            skipped(mode, experiment_id).clear()
            st.rerun()
        _button("Undo", "undo", "z", "undo", disabled=not history(), on_click=undo, args=(services,))


def render(services: Services) -> None:
    record = experiment_top(services, "Review")
    if record is None:
        return
    rater = choose_rater(services)
    left, right = st.columns(2, vertical_alignment="center", gap="medium")
    with left.container(horizontal=True, vertical_alignment="center"):
        mode = address.choose(
            st.segmented_control, "What to do", list(MODES), name="mode", required=True,
            format_func=MODES.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        keys = PAIR_KEYS if mode == "pairs" else STAR_KEYS if services.settings.rating_stars else THUMB_KEYS
        show_keys(keys, key="review-keys")
    if not rater:
        st.info("Enter your name in the sidebar: ratings are stored per person.")
        return
    draw = _pairs if mode == "pairs" else _thumbs
    draw(services, record, rater, right)
    st.caption(
        f"Rating as {as_label(rater)}: answers of the best configurations in random order; "
        "which configuration gave them is hidden."
    )
    show_raters(services)
    show_in_and_out(services, record.id)


run_page(render)
