"""Shows one request: question, answer with its weak claims marked, scores, thumbs, and passages beside it.
Knows nothing about which request it is or how to get to another one."""

from __future__ import annotations

import streamlit as st

from workbench.store.serving.records import ServedRequest, Service
from workbench.ui.services import Services
from workbench.ui.widgets.answer import show_reply, show_reply_details, usage_text
from workbench.ui.widgets.answer_scores import show_badges, show_scores
from workbench.ui.widgets.earlier_turns import show_earlier_turns
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.passages import show_passages
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.thumbs import show_thumbs
from workbench.watch.figure_words import time_text

FIRST_SCORE = "grounding"
NO_TEXTS = "The service does not store texts, so only this request's metrics are shown."
QUESTION_LINES = 4
ROLES = {
    "share": "from the second winner's share",
    "shadow": "in the shadow",
    "test": "asked by a gate or an experiment",
    "task": "a task of a chat program",
}
"""A role → its words, for those that are not usual."""


def show_request(services: Services, service: Service, request: ServedRequest, rater: str) -> None:
    """Show a request; its passages stand beside it."""
    answer = services.watching.as_answer(request, service)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        facts = [time_text(request.asked_at), *(["redacted"] if request.texts == "redacted" else [])]
        facts += ["answered from the cache"] if request.cached else []
        facts += [ROLES[request.role]] if request.role in ROLES else []
        heading("Question", as_label(" · ".join(facts)))
        if request.texts == "none":
            st.caption(NO_TEXTS)
        else:
            show_earlier_turns(request.history)
            show_text(request.question, lines=QUESTION_LINES)
        heading("Answer", as_label(request.served_model or ""))
        if request.texts != "none" or request.state != "ok":
            show_reply(answer)
        show_badges(answer, FIRST_SCORE)
        if request.state == "ok" and request.seen:
            show_thumbs(services, answer, rater, by_key=True, offers_review=False)
        st.caption(usage_text(answer))
        show_reply_details(answer)
        if request.role == "task":
            st.caption("Tasks of chat programs are not scored.")
        elif request.scored_at is None and request.state == "ok":
            st.caption("Its scores are not computed yet.")
        else:
            show_scores(answer, FIRST_SCORE)
    with right:
        heading("Passages")
        with st.container(key="answers-passages"):
            show_passages(answer)
