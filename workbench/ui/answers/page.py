"""Page: answers one at a time, with their passages, scores and thumbs, and filters.
Knows nothing about how an answer is scored."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.types import PROBE
from workbench.scoring.support import SUPPORTED
from workbench.store.answer_filters import AnswerFilter, WorstFirst
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.answer import show_passages, show_probe, show_question, show_reply, show_scores
from workbench.ui.widgets.figures import label_of, more_is_better
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.text import as_label
from workbench.ui.widgets.thumbs import choose_rater, show_thumbs

PLACE = "answers.n"
INCORRECT_BELOW = 0.3
FILTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {}),
    "disliked": ("Disliked", {"liked": -1}),
    "liked": ("Liked", {"liked": 1}),
    "ungrounded": ("Ungrounded", {"below": ("grounding", SUPPORTED)}),
    "incorrect": ("Incorrect", {"below": ("correctness", INCORRECT_BELOW)}),
    "refused": ("Refused", {"refused": True}),
    "failed": ("Failed", {"state": "failed"}),
}
PARTS = {
    "": "Search and held-out",
    "search": "Search questions",
    "holdout": "Held-out questions",
    PROBE: "Probes (bias, injection)",
}
PART_OF = {"search": "search question", "holdout": "held-out question", PROBE: "probe"}


def _filter(services: Services, record: ExperimentRecord) -> AnswerFilter:
    ranked = services.get_ranking(record.id)
    names = {row.trial.id: f"{row.rank or '—'}. {row.trial.name}" for row in ranked}
    first, second, third, fourth = st.columns([3, 2, 2, 2])
    trial = address.choose(
        first.selectbox, "Configuration", ["", *names], name="trial",
        format_func=lambda i: names.get(i, "All configurations"),
    )  # fmt: skip
    part = address.choose(
        second.selectbox, "Questions", list(PARTS), name="part", format_func=PARTS.__getitem__
    )
    tag = address.choose(
        third.selectbox, "Tag", ["", *services.find_tags(record.id)], name="tag",
        format_func=lambda name: name or "All",
    )  # fmt: skip
    worst = address.choose(
        fourth.selectbox, "Order", ["", *services.find_score_names(record.id)], name="worst",
        format_func=lambda name: f"Worst {label_of(name)} first" if name else "By configuration",
        help="When ordered by a score, answers without that score are left out.",
    )  # fmt: skip
    show = address.choose(
        st.segmented_control, "Show", list(FILTERS), name="show", required=True,
        format_func=lambda name: FILTERS[name][0],
    )  # fmt: skip
    text = address.write_text("Question contains", name="find", placeholder="words of the question")
    return AnswerFilter(
        trial_id=trial or None, part=part or None, tag=tag or None, question_holds=text or None,
        worst_first=WorstFirst(worst, more_is_better(worst)) if worst else None, **FILTERS[show][1],
    )  # fmt: skip


def _position(count: int, content: str, *, by_address: bool) -> int:
    """Return the position of the answer to show, from 0.

    It is kept in the address, and goes back to the first answer when a person changes the filter.

    content: identifies the filter.
    by_address: whether the address was changed from outside, and so the position goes with the filter.
    """
    address.follow("n", PLACE, 1, lambda text: int(text) if text.isdecimal() else None)
    if st.session_state.setdefault("answers.filter", content) != content:
        st.session_state["answers.filter"] = content
        if not by_address:
            st.session_state[PLACE] = 1
    place: int = max(1, min(st.session_state[PLACE], count))
    st.session_state[PLACE] = place
    address.keep("n", str(place) if place > 1 else "")
    return place - 1


def _go(steps: int) -> None:
    st.session_state[PLACE] += steps


def _move(at: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", disabled=at == 0, key="answers.previous", icon=":material/chevron_left:",
            on_click=_go, args=(-1,),
        )  # fmt: skip
        st.markdown(f"**{at + 1:,}** of {count:,}")
        st.button(
            "Next", disabled=at >= count - 1, key="answers.next", icon=":material/chevron_right:",
            on_click=_go, args=(1,),
        )  # fmt: skip


def render(services: Services) -> None:
    record = experiment_top(services, "Answers")
    if record is None:
        return
    by_address = address.was_changed()
    answer_filter = _filter(services, record)
    matches = services.count_matches(record.id, answer_filter)
    count = matches.total
    if count == 0:
        if services.count_matches(record.id, AnswerFilter()).total == 0:
            st.info("This experiment has no answers yet.")
            link("run", "Go to the run", "play_circle", experiment=record.id)
        else:
            st.info("No answer matches these filters. Remove one of them.")
        return
    at = _position(count, repr((record.id, answer_filter)), by_address=by_address)
    _move(at, count)
    answer = services.find_answer_at(record.id, answer_filter, matches, at)
    rater = choose_rater(services)
    left, right = st.columns(2, gap="large")
    with left:
        part = PART_OF[answer.part]
        st.subheader("Question")
        tags = f" · {as_label(', '.join(answer.question.tags))}" if answer.question.tags else ""
        st.caption(f"{part}{tags} · answer {answer.id}")
        show_question(answer)
        st.subheader("Answer")
        st.caption(as_label(answer.trial_name))
        if answer.part == PROBE:
            show_probe(answer)
        else:
            show_reply(answer)
            if answer.state == "ok":
                show_thumbs(services, answer, rater)
        show_scores(answer)
    with right:
        st.subheader("Passages")
        show_passages(answer)


run_page(render)
