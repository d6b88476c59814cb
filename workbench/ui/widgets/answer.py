"""One answer: its text with citations and unsupported claims marked, its scores, its passages with evidence.
Knows nothing about which answer it is or how one moves on."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.scoring.registry import SCORERS
from workbench.store.records import AnswerRecord, PassageRecord, ScoreRecord
from workbench.ui.widgets.figures import money_text, seconds_text
from workbench.ui.widgets.text import Mark, as_label, as_markdown, citations_of, show_text

WEAK_SUPPORT = 0.5
FLAGS = {
    "passages_dropped": "The prompt was longer than the model's context: its last passages were left out.",
    "usage_estimated": "The server reported no token counts; they are estimated.",
    "usage_disagrees": "The server's count of the prompt's tokens differs from ours by over 20 %: "
    "it may have cut the prompt, or added to it.",
    "rerank_unparsed": "The reranking model's reply could not be read; the order was kept.",
    "cut_at_max_tokens": "The answer was cut at max_tokens.",
    "declined": "The embedded answerer was not sure enough to answer.",
}


def _claims(answer: AnswerRecord) -> list[Mark]:
    """The claims that the passages do not support, with the reason as a tooltip."""
    marks = []
    for score in answer.scores:
        for claim in score.detail.get("claims", ()) if score.name == "grounding" else ():
            if claim["support"] < WEAK_SUPPORT:
                near = claim.get("sentence") or "nothing"
                title = f"{claim.get('reason', '')} Support {claim['support']:.2f}. Nearest: {near}"
                marks.append(Mark(int(claim["start"]), int(claim["end"]), "unsupported", title))
    return marks


def _evidence(answer: AnswerRecord, passage: PassageRecord) -> list[Mark]:
    return [
        Mark(max(0, s.start - passage.start), min(passage.end, s.end) - passage.start, "evidence", "Evidence")
        for s in answer.question.evidence
        if s.document == passage.document and s.start < passage.end and passage.start < s.end
    ]


def _score_row(score: ScoreRecord) -> dict[str, str]:
    value = {"failed": "failed", "not_applicable": "—"}.get(score.status, "")
    if score.status == "ok" and score.value is not None:
        value = f"{score.value:.2f}"
    label = SCORERS[score.name].label if score.name in SCORERS else score.name
    return {"Score": label, "Value": value, "Why": as_markdown(score.reason)}


def show_question(answer: AnswerRecord) -> None:
    question = answer.question
    show_text(question.text)
    if not question.answerable:
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
    claims = _claims(answer)
    show_text(answer.text or "(an empty answer)", [*citations_of(answer.text), *claims])
    remarks = ["Declined."] if answer.refused else []
    if claims:
        remarks.append("Dashed orange: claims that the passages hardly support.")
    remarks += [FLAGS.get(flag, flag) for flag in answer.flags if flag != "declined"]
    if remarks:
        st.caption(" ".join(as_markdown(r) for r in remarks))
    cost, reused = as_markdown(money_text(answer.cost_usd)), " · reused from an earlier call"
    st.caption(
        f"{answer.input_tokens:,} tokens in, {answer.output_tokens:,} out · {cost} · "
        f"{seconds_text(answer.seconds)}{reused if answer.reused else ''}"
    )


def show_probe(answer: AnswerRecord) -> None:
    """A probe's answer beside that to the question it varies, and what was varied."""
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
    """An answer for a blind rating: no configuration, no scores, no cost; its passages on demand."""
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
    else:
        st.caption("Not scored.")


def show_passages(answer: AnswerRecord) -> None:
    if not answer.passages:
        st.caption("No passages were retrieved.")
        return
    found = {
        (s.document, s.start) for p in answer.passages for s in answer.question.evidence
        if s.document == p.document and s.start < p.end and p.start < s.end
    }  # fmt: skip
    if answer.question.evidence:
        st.caption(
            f"{len(found)} of {len(answer.question.evidence)} pieces of marked evidence are in these "
            "passages (green)."
        )
    for number, (passage, score) in enumerate(
        zip(answer.passages, answer.passage_scores, strict=True), start=1
    ):
        page = f", page {passage.page}" if passage.page else ""
        evidence = _evidence(answer, passage)
        title = f"[{number}] {passage.document}{page} · {passage.tokens} tokens · search score {score:.3f}"
        label = as_label(title) + (" · evidence" if evidence else "")
        with st.expander(label, expanded=number <= 3 or bool(evidence)):
            st.caption(as_label(passage.title))
            show_text(passage.text, evidence, small=True)
