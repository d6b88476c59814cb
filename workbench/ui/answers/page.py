"""Page: answers one at a time, with their passages, scores and thumbs, and filters.
Knows nothing about how an answer is scored."""

from __future__ import annotations

import streamlit as st

from workbench.corpus.types import PROBE
from workbench.store.answer_filters import AnswerFilter
from workbench.store.records import AnswerRecord, ExperimentRecord
from workbench.ui.answers.filters import choose_filter
from workbench.ui.answers.jump_list import show_jump_list
from workbench.ui.answers.position import find_position, show_moves
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets import address
from workbench.ui.widgets.answer import (
    show_probe,
    show_question,
    show_reply,
    show_reply_details,
    usage_text,
)
from workbench.ui.widgets.answer_scores import show_badges, show_scores
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.keyboard import show_keys
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import experiment_top
from workbench.ui.widgets.passages import evidence_text, show_passages
from workbench.ui.widgets.text import as_label
from workbench.ui.widgets.thumbs import choose_rater, show_thumbs

PART_OF = {"search": "selection question", "holdout": "held-out question", PROBE: "probe"}
KEYS = [("N", "next answer"), ("P", "previous answer"), ("1", "thumb up"), ("2", "thumb down")]


def _answer(services: Services, record: ExperimentRecord, answer: AnswerRecord, rater: str) -> None:
    """Draw question, answer, scores and thumbs, which are in sight together, and the details below them."""
    target = record.experiment.objective.target
    tags = f" · {as_label(', '.join(answer.question.tags))}" if answer.question.tags else ""
    repeat = f" · repeat {answer.repeat + 1}" if record.experiment.repeats > 1 else ""
    heading("Question", f"{PART_OF[answer.part]}{tags}{repeat} · answer {answer.id}")
    show_question(answer)
    heading("Answer", as_label(answer.trial_name))
    if answer.part == PROBE:
        show_probe(answer)
    else:
        show_reply(answer)
    show_badges(answer, target)
    if answer.part != PROBE and answer.state == "ok":
        show_thumbs(services, answer, rater, by_key=True)
    if answer.state == "ok":
        st.caption(usage_text(answer))
        show_reply_details(answer)
    show_scores(answer, target)


def _nothing(services: Services, record: ExperimentRecord) -> None:
    if services.answers.count_matches(record.id, AnswerFilter()).total == 0:
        st.info("This experiment has no answers yet.")
        link("run", "Go to the run", "play_circle", experiment=record.id)
    else:
        st.info("No answer matches these filters. Remove one of them.")


def render(services: Services) -> None:
    record = experiment_top(services, "Answers")
    if record is None:
        return
    by_address = address.was_changed()
    rater = choose_rater(services)
    line = st.container(horizontal=True, vertical_alignment="center", key="answers-line")
    moves = line.container(horizontal=True, vertical_alignment="center", width="content")
    with line:
        answer_filter = choose_filter(services, record)
    matches = services.answers.count_matches(record.id, answer_filter)
    if matches.total == 0:
        _nothing(services, record)
        return
    at = find_position(matches.total, repr((record.id, answer_filter)), by_address=by_address)
    with moves:
        show_moves(at, matches.total)
        show_jump_list(services, record, answer_filter, matches, at)
    with line:
        show_keys(KEYS, key="answers-keys")
    answer = services.answers.find_answer_at(record.id, answer_filter, matches, at)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        _answer(services, record, answer, rater)
    with right:
        heading("Passages", evidence_text(answer))
        with st.container(key="answers-passages"):
            show_passages(answer)


run_page(render)
