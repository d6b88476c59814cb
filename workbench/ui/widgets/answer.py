"""Shows one answer: question, reply with citations and unsupported claims marked, what is unusual about it.
Knows nothing about which answer it is or how to get to the next one, nor about its scores and passages."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.results.answer_flags import describe_flags, searched_where
from workbench.store.records import AnswerRecord
from workbench.ui.widgets.claims import (
    WEAK_CLAIMS_LEGEND,
    show_marked_answer,
    show_weak_claims,
    weak_claims,
)
from workbench.ui.widgets.document_text import show_document_text
from workbench.ui.widgets.earlier_turns import show_earlier_turns
from workbench.ui.widgets.figures import answer_cost_text, seconds_text
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.thinking import show_thinking

# The most lines before a text scrolls in a box of its own, so that thumbs stay in sight at 1280 × 800.
QUESTION_LINES, REFERENCE_LINES, ANSWER_LINES, PROBE_LINES, BLIND_LINES = 4, 3, 8, 6, 15


def _weak_claims(answer: AnswerRecord) -> list[dict[str, Any]]:
    """Return the weak claims, as the grounding score stored them."""
    # The marks of an answer that was scored with its thinking are places in both.
    if answer.state != "ok" or "scored_with_thinking" in answer.flags:
        return []
    return weak_claims(
        claim
        for score in answer.scores
        for claim in (score.detail.get("claims", ()) if score.name == "grounding" else ())
    )


def show_question(answer: AnswerRecord) -> None:
    question = answer.question
    show_earlier_turns(question.history)
    show_text(question.text, lines=QUESTION_LINES)
    if question.answerable is False:
        st.caption("The documents do not answer this question: declining is right.")
    elif question.answers:
        st.caption("Reference answer")
        show_text(" / ".join(question.answers), small=True, lines=REFERENCE_LINES)
    elif question.answerable is None:
        st.caption("No reference answer; it is not known whether the documents answer this question.")
    else:
        st.caption("No reference answer.")


def show_reply(answer: AnswerRecord, *, lines: int = ANSWER_LINES, has_legend: bool = True) -> None:
    """Show what the model answered, or why it did not, and what is unusual about it.

    lines: the most lines of text before it scrolls.
    has_legend: whether it says what the marks of weak claims mean; a list of answers says it once.
    """
    if answer.state != "ok":
        st.error(f"This answer failed: {as_markdown(answer.error)}")
        return
    weak = _weak_claims(answer)
    show_marked_answer(answer.text, weak, lines=lines)
    remarks = ["Declined."] if answer.refused else []
    if weak and has_legend:
        remarks.append(WEAK_CLAIMS_LEGEND)
    remarks += [searched_where(answer.condition)] if answer.condition else []
    remarks += describe_flags(answer.flags)
    if remarks:
        st.caption(" ".join(as_markdown(r) for r in remarks))


def show_reply_details(answer: AnswerRecord) -> None:
    """Show the thinking, and each weak claim with its reason; both folded away."""
    show_thinking(answer.thinking, answer.thinking_tokens)
    if weak := _weak_claims(answer):
        show_weak_claims(answer.text, weak)


def usage_text(answer: AnswerRecord) -> str:
    """Return tokens, cost and time of an answer as one line of Markdown."""
    reused = " · reused from an earlier call" if answer.reused else ""
    return (
        f"{answer.input_tokens:,} tokens in, {answer.output_tokens:,} out · "
        f"{as_markdown(answer_cost_text(answer.cost_usd))} · {seconds_text(answer.seconds)}{reused}"
    )


def show_probe(answer: AnswerRecord) -> None:
    """Show a probe's answer beside the answer to the original question, and what was varied."""
    detail: dict[str, Any] = answer.scores[0].detail if answer.scores else {}
    for old, new in detail.get("exchanged", ()):
        st.caption(as_markdown(f"Replaced in question and passages: {old} → {new}"))
    if detail.get("planted"):
        st.caption(as_markdown(f"Planted in {detail['document']}: {detail['planted']}"))
    base, varied = st.columns(2)
    with base:
        st.caption("As asked")
        show_text(detail.get("base_answer") or "(no answer)", lines=PROBE_LINES)
    with varied:
        st.caption("Varied")
        show_reply(answer, lines=PROBE_LINES)


def show_blind(answer: AnswerRecord) -> None:
    """Show an answer for blind rating: no configuration, no scores, no cost; its passages on demand."""
    show_marked_answer(answer.text, (), lines=BLIND_LINES)
    with st.expander(f"{len(answer.passages)} passages"):
        for number, passage in enumerate(answer.passages, start=1):
            st.caption(as_label(f"[{number}] {passage.document} · {passage.title}"))
            show_document_text(passage.shown)
