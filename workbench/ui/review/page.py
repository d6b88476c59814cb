"""Page: blind rating, one answer or two side by side, by keyboard; configurations are hidden.
Knows nothing about which answers teach most: feedback/review_queue.py chooses and says why."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.store.records import AnswerRecord, ExperimentRecord
from workbench.ui.review.keyboard import open_by_key
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.answer import show_blind
from workbench.ui.widgets.experiment_picker import choose_experiment
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.thumbs import choose_rater

MODES = {"pairs": "Which of two is better", "thumbs": "Thumbs, one by one"}
KEYS = {
    "pairs": [("1", "the left one is better"), ("2", "the right one is better"), ("3", "both are good"),
              ("4", "both are bad"), ("S", "skip"), ("Z", "undo")],
    "thumbs": [("1", "thumb up"), ("2", "thumb down"), ("S", "skip"), ("Z", "undo")],
}  # fmt: skip
KEYS_PLACE = "review-keys"


def _skipped(mode: str, experiment_id: str) -> list[Any]:
    found: list[Any] = st.session_state.setdefault(f"review.skipped.{mode}.{experiment_id}", [])
    return found


def _history() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = st.session_state.setdefault("review.history", [])
    return found


def _skip(mode: str, experiment_id: str, item: Any) -> None:
    _skipped(mode, experiment_id).append(item)
    _history().append({"skipped": item, "mode": mode, "experiment": experiment_id})


def _undo(services: Services) -> None:
    """Take the last thing back; what it was about is shown again."""
    last = _history().pop()
    if "skipped" in last:
        _skipped(last["mode"], last["experiment"]).remove(last["skipped"])
    elif last["mode"] == "thumbs":
        services.rate(last["answer"], 0, rater=last["rater"])
    else:
        one, other = last["seen"]
        services.withdraw_preference(one, other, last["rater"])


def _thumb(services: Services, answer: AnswerRecord, value: int, rater: str) -> None:
    services.rate(answer, value, rater=rater)
    _history().append({"mode": "thumbs", "answer": answer, "rater": rater})


def _choose(services: Services, left: AnswerRecord, right: AnswerRecord, choice: str, rater: str) -> None:
    services.prefer(left, right, choice, rater=rater)
    _history().append({"mode": "pairs", "seen": (left.seen, right.seen), "rater": rater})


def _button(label: str, key: str, shortcut: str, icon: str, **options: Any) -> None:
    st.button(label, key=f"review.{key}", shortcut=shortcut, icon=f":material/{icon}:", **options)


def _moves(services: Services, mode: str, experiment_id: str, item: Any) -> None:
    _button("Skip", "skip", "s", "skip_next", on_click=_skip, args=(mode, experiment_id, item))
    _button("Undo", "undo", "z", "undo", disabled=not _history(), on_click=_undo, args=(services,))
    with st.popover("Keys (?)", key=KEYS_PLACE):
        for key, what in [*KEYS[mode], ("?", "these keys")]:
            st.markdown(f"**{key}**  {what}")


def _pairs(services: Services, record: ExperimentRecord, rater: str) -> None:
    waiting, done = services.next_pairs(record.id, rater)
    skipped = _skipped("pairs", record.id)
    left_over = [p for p in waiting if set(p.seen) not in skipped]
    _progress(done, len(left_over), len(waiting) - len(left_over), "pairs")
    if not left_over:
        _nothing_left(services, bool(waiting), "pairs", record.id)
        return
    pair = left_over[0]
    left, right = services.get_answer(pair.left_id), services.get_answer(pair.right_id)
    st.caption(f":material/lightbulb: Why this one: {pair.why}")
    st.subheader("Question")
    show_text(left.question.text)
    with st.container(horizontal=True, vertical_alignment="center"):
        for choice, label, key, icon in (
            ("left", "Left is better", "1", "arrow_back"),
            ("right", "Right is better", "2", "arrow_forward"),
            ("good", "Both good", "3", "thumb_up"),
            ("bad", "Both bad", "4", "thumb_down"),
        ):
            _button(label, choice, key, icon, on_click=_choose, args=(services, left, right, choice, rater))
        _moves(services, "pairs", record.id, set(pair.seen))
    for column, answer, title in zip(
        st.columns(2, border=True), (left, right), ("Left", "Right"), strict=True
    ):
        with column:
            st.subheader(title)
            show_blind(answer)


def _thumbs(services: Services, record: ExperimentRecord, rater: str) -> None:
    waiting, done = services.next_thumbs(record.id, rater)
    skipped = _skipped("thumbs", record.id)
    left_over = [t for t in waiting if t.seen not in skipped]
    _progress(done, len(left_over), len(waiting) - len(left_over), "answers")
    if not left_over:
        _nothing_left(services, bool(waiting), "thumbs", record.id)
        return
    item = left_over[0]
    answer = services.get_answer(item.answer_id)
    st.caption(f":material/lightbulb: Why this one: {item.why}")
    st.subheader("Question")
    show_text(answer.question.text)
    with st.container(horizontal=True, vertical_alignment="center"):
        _button("Good", "up", "1", "thumb_up", on_click=_thumb, args=(services, answer, 1, rater))
        _button("Bad", "down", "2", "thumb_down", on_click=_thumb, args=(services, answer, -1, rater))
        _moves(services, "thumbs", record.id, item.seen)
    st.subheader("Answer")
    show_blind(answer)


def _progress(done: int, left: int, skipped: int, what: str) -> None:
    total = done + left + skipped
    text = f"{done:,} of {total:,} {what} rated" + (f", {skipped:,} skipped" if skipped else "")
    st.progress(done / total if total else 1.0, text=text)


def _nothing_left(services: Services, skipped: bool, mode: str, experiment_id: str) -> None:
    st.success("Everything is rated." if not skipped else "All but what you skipped is rated.")
    with st.container(horizontal=True):
        if skipped and st.button("Show the skipped ones again", key="review.again"):
            _skipped(mode, experiment_id).clear()
            st.rerun()
        _button("Undo", "undo", "z", "undo", disabled=not _history(), on_click=_undo, args=(services,))


def _agreement(services: Services) -> None:
    found = services.find_agreement()
    with st.expander("Do the raters agree?"):
        if not found:
            st.caption(
                "No two people have rated the same answers yet. With two names, their agreement shows here."
            )
            return
        st.dataframe(
            [
                {
                    "Raters": f"{a.raters[0]} and {a.raters[1]}",
                    "On": a.kind,
                    "Rated by both": a.count,
                    "Said the same": a.same,
                    "Cohen's kappa": "—" if a.kappa is None else f"{a.kappa:.2f}",
                    "": a.reason,
                }
                for a in found
            ],
            hide_index=True,
            alt="Agreement of raters",
        )
        st.caption("Kappa: 1 is full agreement, 0 what chance would give.")


def render(services: Services) -> None:
    st.title("Review")
    record = choose_experiment(services)
    if record is None:
        return
    rater = choose_rater(services)
    mode = address.choose(
        st.segmented_control, "What to do", list(MODES), name="mode", required=True,
        format_func=MODES.__getitem__,
    )  # fmt: skip
    if not rater:
        st.info("Write your name in the side bar: each person's ratings are kept apart.")
        return
    st.caption(
        f"Rating as {as_label(rater)}: answers of the best configurations, in random order. Which gave them "
        "is hidden."
    )
    if mode == "pairs":
        _pairs(services, record, rater)
    else:
        _thumbs(services, record, rater)
    open_by_key("?", KEYS_PLACE)
    _agreement(services)


run_page(render)
