"""Page: answers one by one, with their passages, scores and thumbs; filters, next and previous.
Knows nothing about how an answer is scored."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.types import PROBE
from workbench.store.matching import AnswerFilter
from workbench.store.records import ExperimentRecord
from workbench.ui.opened import run_page
from workbench.ui.services import Services
from workbench.ui.widgets.answer import show_passages, show_probe, show_question, show_reply, show_scores
from workbench.ui.widgets.choosing import choose_experiment
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label
from workbench.ui.widgets.thumbs import choose_rater, show_thumbs

UNGROUNDED_BELOW = 0.5
INCORRECT_BELOW = 0.3
FILTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {}),
    "disliked": ("Disliked", {"liked": -1}),
    "liked": ("Liked", {"liked": 1}),
    "ungrounded": ("Ungrounded", {"below": ("grounding", UNGROUNDED_BELOW)}),
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
    names = {
        row.trial.id: f"{row.rank or '—'}. {row.trial.name}" for row in services.get_leaderboard(record.id)
    }
    options = ["", *names]
    wanted = st.query_params.get("trial", "")
    key = f"answers.trial.{record.id}"
    if wanted in options and st.session_state.get(f"{key}.address") != wanted:
        st.session_state[key] = wanted
    left, right = st.columns([3, 2])
    trial = left.selectbox(
        "Configuration", options, key=key, format_func=lambda i: names.get(i, "All configurations")
    )
    st.session_state[f"{key}.address"] = trial
    if trial:
        st.query_params["trial"] = trial
    else:
        st.query_params.pop("trial", None)
    part = right.selectbox(
        "Questions", list(PARTS), key="part", format_func=lambda p: PARTS[p], bind="query-params"
    )
    show = st.segmented_control(
        "Show", list(FILTERS), key="show", default="all", required=True,
        format_func=lambda name: FILTERS[name][0], bind="query-params",
    )  # fmt: skip
    text = st.text_input(
        "Question holds", key="find", bind="query-params", placeholder="words of the question"
    )
    return AnswerFilter(
        trial_id=trial or None,
        part=part or None,
        question_holds=text.strip() or None,
        **FILTERS[show or "all"][1],
    )


def _position(count: int, content: str) -> int:
    """The answer to show, from 0; kept in the address, back to the first when the filter changes."""
    try:
        at = int(st.query_params.get("n", "1")) - 1
    except ValueError:
        at = 0
    if st.session_state.setdefault("answers.filter", content) != content:
        st.session_state["answers.filter"], at = content, 0
    return max(0, min(at, count - 1))


def _move(at: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Previous", disabled=at == 0, key="answers.previous", icon=":material/chevron_left:"):
            st.query_params["n"] = str(at)
            st.rerun()
        st.markdown(f"**{at + 1:,}** of {count:,}")
        if st.button("Next", disabled=at >= count - 1, key="answers.next", icon=":material/chevron_right:"):
            st.query_params["n"] = str(at + 2)
            st.rerun()


def render(services: Services) -> None:
    st.title("Answers")
    record = choose_experiment(services, "answers")
    if record is None:
        return
    wanted = _filter(services, record)
    matches = services.count_matches(record.id, wanted)
    count = matches.total
    if count == 0:
        if services.count_matches(record.id, AnswerFilter()).total == 0:
            st.info("This experiment has no answers yet.")
            link("run", "To the run", "play_circle", experiment=record.id)
        else:
            st.info("No answer fits these filters. Take one away.")
        return
    at = _position(count, repr((record.id, wanted)))
    st.query_params["n"] = str(at + 1)
    _move(at, count)
    answer = services.find_answer_at(record.id, wanted, matches, at)
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
