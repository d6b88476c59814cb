"""Shows one answer: its text with citations and unsupported claims marked, its scores, its passages with
evidence.
Knows nothing about which answer it is or how to get to the next one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from workbench.corpus.types import Evidence
from workbench.store.records import AnswerRecord, PassageRecord, ScoreRecord
from workbench.ui.widgets.claims import (
    WEAK_CLAIMS_LEGEND,
    show_marked_answer,
    show_weak_claims,
    weak_claims,
)
from workbench.ui.widgets.downloads import offer_csv
from workbench.ui.widgets.figures import label_of, money_text, seconds_text
from workbench.ui.widgets.text import Mark, as_label, as_markdown, citations_of, show_text
from workbench.ui.widgets.thinking import show_thinking

FLAGS = {
    "asked_again_shorter": "The server refused the first prompt as longer than its context: it was asked "
    "again with a shorter one.",
    "passages_dropped": "The prompt exceeded the model's context window: its last passages were left out.",
    "usage_estimated": "The server reported no token counts; they are estimated.",
    "usage_disagrees": "The server's count of the prompt's tokens differs from ours by over 20 %: "
    "it may have cut the prompt or added to it.",
    "rerank_unparsed": "The reranking model's reply could not be parsed; the original order was kept.",
    "rerank_partial": "The reranking model ranked only some of the passages; the others follow in their "
    "old order.",
    "rerank_fewer": "The reranking model's context had no room for all candidates: the last ones kept "
    "their order.",
    "rerank_failed": "Reranking failed; the original order was kept.",
    "query_failed": "The query transform failed; the question itself was searched for.",
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
    "template_marks": "Marks of a chat template, and what followed them, were taken out of the answer: check "
    "the chat template and the stop words of the model's server.",
    "content_filter": "A content filter of its server cut the answer, or left none.",
    "model_refused": "The model refused to answer.",
    "tool_calls": "The model called a tool.",
    "scored_with_thinking": "An earlier version took the thinking for a part of the answer: its scores are "
    "of both. Clone and run the experiment to score the answer alone; no call is made again.",
    "declined": "The embedded answerer was not sure enough to answer.",
}


def describe_flags(flags: Iterable[str]) -> list[str]:
    """Return one sentence for each flag of an answer. That it declines is said elsewhere."""
    return [FLAGS.get(flag, flag) for flag in flags if flag != "declined"]


def _weak_claims(answer: AnswerRecord) -> list[dict[str, Any]]:
    """Return the weak claims, as the grounding score stored them."""
    return weak_claims(
        claim
        for score in answer.scores
        for claim in (score.detail.get("claims", ()) if score.name == "grounding" else ())
    )


def _evidence(answer: AnswerRecord, passage: PassageRecord) -> list[Mark]:
    return [mark for piece in answer.question.evidence for mark in _marks(piece, passage)]


def _marks(piece: Evidence, passage: PassageRecord) -> list[Mark]:
    """The marks of a piece of evidence in a passage, at all its places; a whole document has none."""
    return [
        Mark(max(0, s.start - passage.start), min(passage.end, s.end) - passage.start, "evidence", "Evidence")
        for s in piece.places
        if s.document == passage.document and s.start < passage.end and passage.start < s.end
    ]


def _touches(piece: Evidence, passage: PassageRecord) -> bool:
    return piece.is_touched_by(passage.document, passage.start, passage.end)


def _score_row(score: ScoreRecord) -> dict[str, str]:
    value = {"failed": "failed", "not_applicable": "—"}.get(score.status, "")
    if score.status == "ok" and score.value is not None:
        value = f"{score.value:.2f}"
    return {"Score": as_markdown(label_of(score.name)), "Value": value, "Why": as_markdown(score.reason)}


def show_question(answer: AnswerRecord) -> None:
    question = answer.question
    show_text(question.text)
    if question.answerable is False:
        st.caption("The documents do not answer this question: declining is right.")
    elif question.answers:
        st.caption("Reference answer")
        show_text(" / ".join(question.answers), small=True)
    else:
        st.caption("No reference answer.")


def show_reply(answer: AnswerRecord) -> None:
    if answer.state != "ok":
        st.error(f"This answer failed: {as_markdown(answer.error)}")
        return
    # The marks of an answer that was scored with its thinking are places in both.
    weak = [] if "scored_with_thinking" in answer.flags else _weak_claims(answer)
    show_thinking(answer.thinking, answer.thinking_tokens)
    show_marked_answer(answer.text, weak)
    remarks = ["Declined."] if answer.refused else []
    if weak:
        remarks.append(WEAK_CLAIMS_LEGEND)
    remarks += describe_flags(answer.flags)
    if remarks:
        st.caption(" ".join(as_markdown(r) for r in remarks))
    if weak:
        show_weak_claims(answer.text, weak)
    cost, reused = as_markdown(money_text(answer.cost_usd)), " · reused from an earlier call"
    st.caption(
        f"{answer.input_tokens:,} tokens in, {answer.output_tokens:,} out · {cost} · "
        f"{seconds_text(answer.seconds)}{reused if answer.reused else ''}"
    )


def show_probe(answer: AnswerRecord) -> None:
    """Show a probe's answer beside the answer to the original question, and what was varied."""
    detail: dict[str, Any] = answer.scores[0].detail if answer.scores else {}
    for old, new in detail.get("exchanged", ()):
        st.caption(as_markdown(f"Exchanged in question and passages: {old} → {new}"))
    if detail.get("planted"):
        st.caption(as_markdown(f"Planted in {detail['document']}: {detail['planted']}"))
    base, varied = st.columns(2)
    with base:
        st.caption("As asked")
        show_text(detail.get("base_answer") or "(no answer)")
    with varied:
        st.caption("Varied")
        show_reply(answer)


def show_blind(answer: AnswerRecord) -> None:
    """Show an answer for blind rating: no configuration, no scores, no cost; its passages on demand."""
    show_text(answer.text or "(an empty answer)", citations_of(answer.text))
    if answer.question.answers:
        with st.expander("Reference answer"):
            show_text(" / ".join(answer.question.answers), small=True)
    with st.expander(f"{len(answer.passages)} passages"):
        for number, passage in enumerate(answer.passages, start=1):
            st.caption(as_label(f"[{number}] {passage.document} · {passage.title}"))
            show_text(passage.text, small=True)


def show_scores(answer: AnswerRecord) -> None:
    if answer.scores:
        rows = [_score_row(s) for s in answer.scores]
        st.table(rows, border="horizontal", hide_index=True, alt="Scores of this answer")
        offer_csv(
            ["score", "status", "value", "why"],
            [[x.name, x.status, x.value, x.reason] for x in answer.scores],
            f"answer-{answer.id}-scores.csv",
        )
        for score in answer.scores:
            _show_verdicts(score)
    else:
        st.caption("Not scored.")


def _show_verdicts(score: ScoreRecord) -> None:
    """Show a judge's verdict on each claim, and what its calls cost."""
    verdicts = score.detail.get("verdicts") or ()
    judging = score.detail.get("judging") or {}
    if not verdicts:
        return
    yes = sum(v["verdict"] for v in verdicts)
    with st.expander(f"{as_label(label_of(score.name))}: {yes} of {len(verdicts)} verdicts are yes"):
        rows = [
            {
                "Verdict": "✓" if v["verdict"] else "✗",
                "Of": as_markdown(v["text"]),
                "Why": as_markdown(v["reason"]),
            }
            for v in verdicts
        ]
        st.table(rows, border="horizontal", hide_index=True, alt="The judge's verdicts")
        spent = f"{judging.get('calls', 0)} calls, {as_markdown(money_text(judging.get('cost_usd')))}"
        st.caption(f"By {as_label(str(judging.get('judge', '')))}: {spent}.")


def show_passages(answer: AnswerRecord) -> None:
    if not answer.passages:
        st.caption("No passages were retrieved.")
        return
    covered = [
        piece for piece in answer.question.evidence if any(_touches(piece, p) for p in answer.passages)
    ]
    if answer.question.evidence:
        st.caption(
            f"{len(covered)} of {len(answer.question.evidence)} pieces of marked evidence are in these "
            "passages (green)."
        )
    for number, (passage, score) in enumerate(
        zip(answer.passages, answer.passage_scores, strict=True), start=1
    ):
        page = f", page {passage.page}" if passage.page else ""
        evidence = _evidence(answer, passage)
        title = f"[{number}] {passage.document}{page} · {passage.tokens} tokens · search score {score:.3f}"
        relevant = any(_touches(piece, passage) for piece in answer.question.evidence)
        label = as_label(title) + (" · evidence" if relevant else "")
        with st.expander(label, expanded=number <= 3 or relevant):
            st.caption(as_label(passage.title))
            show_text(passage.text, evidence, small=True)
