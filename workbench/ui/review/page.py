"""Page: blind rating of single answers or pairs, by mouse or keyboard; configurations are hidden.
Knows nothing about which answers are most informative: feedback/review_queue.py chooses and says why."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.store.records import AnswerRecord, ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.answer import QUESTION_LINES, REFERENCE_LINES, show_blind
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.earlier_turns import show_earlier_turns
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.keep_for_review import offer_review
from workbench.ui.widgets.keyboard import show_keys
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.thumbs import choose_rater

MODES = {"pairs": "Which of two is better", "thumbs": "Thumbs, one by one"}
KEYS = {
    "pairs": [("1", "the left one is better"), ("2", "the right one is better"), ("3", "both are good"),
              ("4", "both are bad"), ("S", "skip"), ("Z", "undo")],
    "thumbs": [("1", "thumb up"), ("2", "thumb down"), ("S", "skip"), ("Z", "undo")],
}  # fmt: skip
NOTHING = {
    "pairs": "There is nothing to choose between: the best configurations give the same answer to every "
    "question, or have no answers yet. *Thumbs, one by one* rates single answers.",
    "thumbs": "There is nothing to rate: no answer is stored yet that did not fail.",
}


def _skipped(mode: str, experiment_id: str) -> list[Any]:
    skipped: list[Any] = st.session_state.setdefault(f"review.skipped.{mode}.{experiment_id}", [])
    return skipped


def _history() -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = st.session_state.setdefault("review.history", [])
    return history


def _skip(mode: str, experiment_id: str, item: Any) -> None:
    _skipped(mode, experiment_id).append(item)
    _history().append({"skipped": item, "mode": mode, "experiment": experiment_id})


def _undo(services: Services) -> None:
    """Undo the last action; its item is shown again."""
    last = _history().pop()
    if "skipped" in last:
        _skipped(last["mode"], last["experiment"]).remove(last["skipped"])
    elif last["mode"] == "thumbs":
        services.ratings.rate(last["answer"], 0, rater=last["rater"])
    else:
        first, second = last["seen"]
        services.ratings.withdraw_preference(first, second, last["rater"])


def _thumb(services: Services, answer: AnswerRecord, value: int, rater: str) -> None:
    services.ratings.rate(answer, value, rater=rater)
    _history().append({"mode": "thumbs", "answer": answer, "rater": rater, "value": value})


def _choose(services: Services, left: AnswerRecord, right: AnswerRecord, choice: str, rater: str) -> None:
    services.ratings.prefer(left, right, choice, rater=rater)
    _history().append({"mode": "pairs", "seen": (left.seen, right.seen), "rater": rater})


def _button(label: str, key: str, shortcut: str, icon: str, **options: Any) -> None:
    st.button(label, key=f"review.{key}", shortcut=shortcut, icon=f":material/{icon}:", **options)


def _skip_and_undo(services: Services, mode: str, experiment_id: str, item: Any) -> None:
    _button("Skip", "skip", "s", "skip_next", on_click=_skip, args=(mode, experiment_id, item))
    _button("Undo", "undo", "z", "undo", disabled=not _history(), on_click=_undo, args=(services,))


def _pairs(services: Services, record: ExperimentRecord, rater: str, top: DeltaGenerator) -> None:
    waiting, done = services.ratings.next_pairs(record.id, rater)
    skipped = _skipped("pairs", record.id)
    remaining = [p for p in waiting if set(p.seen) not in skipped]
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
            _button(label, choice, key, icon, on_click=_choose, args=(services, left, right, choice, rater))
        _skip_and_undo(services, "pairs", record.id, set(pair.seen))
    for column, answer, title in zip(
        st.columns(2, border=True), (left, right), ("Left", "Right"), strict=True
    ):
        with column:
            heading(title, f"key {'1' if answer is left else '2'}")
            show_blind(answer)
    _reference(left)


def _thumbs(services: Services, record: ExperimentRecord, rater: str, top: DeltaGenerator) -> None:
    waiting, done = services.ratings.next_thumbs(record.id, rater)
    skipped = _skipped("thumbs", record.id)
    remaining = [t for t in waiting if t.seen not in skipped]
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
        _button("Good", "up", "1", "thumb_up", on_click=_thumb, args=(services, answer, 1, rater))
        _button("Bad", "down", "2", "thumb_down", on_click=_thumb, args=(services, answer, -1, rater))
        _skip_and_undo(services, "thumbs", record.id, item.seen)
    with st.container(border=True):
        heading("Answer")
        show_blind(answer)
    _reference(answer)
    _offer_disliked(services)


def _offer_disliked(services: Services) -> None:
    """Offer to keep the question of the answer that was rated last, if it was rated bad."""
    last = _history()[-1] if _history() else {}
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


def _progress(top: DeltaGenerator, done: int, left: int, skipped: int, what: str) -> None:
    total = done + left + skipped
    text = f"{done:,} of {total:,} {what} rated" + (f", {skipped:,} skipped" if skipped else "")
    top.progress(done / total if total else 1.0, text=text)


def _show_finished(services: Services, skipped: bool, mode: str, experiment_id: str) -> None:
    st.success("Everything is rated." if not skipped else "Everything except what you skipped is rated.")
    with st.container(horizontal=True):
        if skipped and st.button("Show the skipped ones again", key="review.again"):
            _skipped(mode, experiment_id).clear()
            st.rerun()
        _button("Undo", "undo", "z", "undo", disabled=not _history(), on_click=_undo, args=(services,))


def _agreement(services: Services) -> None:
    agreements = services.ratings.find_agreement()
    with st.expander("Do the raters agree?"):
        if not agreements:
            st.caption(
                "No two people have rated the same answers yet. Once they have, this shows their agreement."
            )
            return
        data_table(
            [
                {
                    "Raters": f"{a.raters[0]} and {a.raters[1]}",
                    "Kind": a.kind,
                    "Rated by both": a.count,
                    "Same rating": a.same,
                    "Cohen's kappa": "—" if a.kappa is None else f"{a.kappa:.2f}",
                    "": a.reason,
                }
                for a in agreements
            ],
            hide_index=True,
            alt="Agreement of raters",
        )
        st.caption("Kappa is 1 for full agreement and 0 for agreement by chance.")


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
        show_keys(KEYS[mode], key="review-keys")
    if not rater:
        st.info("Enter your name in the sidebar: ratings are stored per person.")
        return
    draw = _pairs if mode == "pairs" else _thumbs
    draw(services, record, rater, right)
    st.caption(
        f"Rating as {as_label(rater)}: answers of the best configurations in random order; "
        "which configuration gave them is hidden."
    )
    _agreement(services)


run_page(render)
