"""Shows one answer: question, reply with citations and unsupported claims marked, what is unusual about it.
Knows nothing about which answer it is or how to get to the next one, nor about its scores and passages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

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

FLAGS = {
    "asked_again_shorter": "The server refused the first prompt as longer than its context: it was asked "
    "again with a shorter one.",
    "turns_dropped": "The prompt exceeded the model's context window: the oldest of the earlier turns were "
    "left out.",
    "passages_dropped": "The prompt exceeded the model's context window: its last passages were left out.",
    "none_above_min_score": "No passage had the least score (min_score): the prompt held none.",
    "usage_estimated": "The server reported no token counts; they are estimated.",
    "usage_disagrees": "The server's count of the prompt's tokens differs from ours by over 20 %: "
    "it may have cut the prompt or added to it.",
    "rerank_unparsed": "The reranking model's reply could not be parsed; the original order was kept.",
    "rerank_partial": "The reranking model ranked only some of the passages; the others follow in their "
    "old order.",
    "rerank_cut": "A passage was too long for the reranking model, which read its beginning.",
    "rerank_fewer": "The reranking model's context had no room for all candidates: the last ones kept "
    "their order.",
    "rerank_changed_text": "The reranker changed the text of passages; they were kept as they stand in the "
    "documents.",
    "rerank_failed": "Reranking failed; the original order was kept.",
    "context_failed": "The context of some chunks could not be written; they were searched without it.",
    "examples_dropped": "The model's context had no room for all examples.",
    "filter_empty": "No document meets the filter: the prompt held no passages.",
    "filter_failed": "No condition could be derived from the question: all documents were searched.",
    "query_failed": "The query transform failed; the question itself was searched for, a follow-up question "
    "with what the user said before it.",
    **{
        f"{stage}_{kind}": f"The {whose} model {what}."
        for stage, whose in (("rerank", "reranking"), ("query", "query"))
        for kind, what in (
            ("empty", "gave no answer: it was empty, refused, filtered or all thinking"),
            ("context", "takes no prompt of that length"),
            ("rejected", "rejected the request"),
            ("nonsense", "sent a reply that cannot be read"),
        )
    },
    "cut_at_max_tokens": "The answer was cut off at max_tokens.",
    "repeats_itself": "The answer repeats itself until its end.",
    "template_marks": "Chat-template marks, and what followed them, were removed from the answer: check "
    "the chat template and the stop words of the model's server.",
    "content_filter": "A content filter of its server cut the answer, or left none.",
    "model_refused": "The model refused to answer.",
    "tool_calls": "The model called a tool.",
    "scored_with_thinking": "An earlier version took the thinking for part of the answer, so the scores are "
    "of both together. Clone and run the experiment to score the answer alone; no call is made again.",
    "passages_not_in_documents": "Some of the passages that the system gave are in none of the corpus's "
    "documents; they count as no evidence.",
    "passages_without_text": "Some of the passages that the system gave have no text; they are left out.",
    "passages_cut": "The system gave more passages, or longer ones, than are kept.",
    "no_passages": "The system gave no passages, so its retrieval cannot be scored.",
    "declined": "The embedded answerer was not sure enough to answer.",
}


def describe_flags(flags: Iterable[str]) -> list[str]:
    """Return one sentence for each flag of an answer. That it declines is said elsewhere."""
    return [FLAGS.get(flag, flag) for flag in flags if flag != "declined"]


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


def show_reply(answer: AnswerRecord, *, lines: int = ANSWER_LINES) -> None:
    """Show what the model answered, or why it did not, and what is unusual about it.

    lines: the most lines of text before it scrolls.
    """
    if answer.state != "ok":
        st.error(f"This answer failed: {as_markdown(answer.error)}")
        return
    weak = _weak_claims(answer)
    show_marked_answer(answer.text, weak, lines=lines)
    remarks = ["Declined."] if answer.refused else []
    if weak:
        remarks.append(WEAK_CLAIMS_LEGEND)
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
