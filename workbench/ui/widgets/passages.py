"""Shows the passages of one answer, with the marked evidence of its question in green.
Knows nothing about how they were retrieved."""

from __future__ import annotations

import streamlit as st

from workbench.corpus.types import Evidence
from workbench.formatting import counted
from workbench.store.records import AnswerRecord, PassageRecord
from workbench.ui.widgets.document_text import show_document_text
from workbench.ui.widgets.text import Mark, as_label

OPEN = 3  # so many passages are open at first, and those with evidence


def evidence_text(answer: AnswerRecord) -> str:
    """Return how much of the marked evidence is in the passages; "" for a question without any."""
    evidence = answer.question.evidence
    covered = [piece for piece in evidence if any(_touches(piece, p) for p in answer.passages)]
    return (
        f"{len(covered)} of {counted(len(evidence), 'piece')} of marked evidence (green)" if evidence else ""
    )


def show_passages(answer: AnswerRecord) -> None:
    if not answer.passages:
        is_told = "no_passages" in answer.flags
        st.caption("The system gave no passages." if is_told else "No passages were retrieved.")
    scores = answer.passage_scores if any(answer.passage_scores) else [None] * len(answer.passages)
    for number, (passage, score) in enumerate(zip(answer.passages, scores, strict=True), start=1):
        _show_passage(answer, number, passage, score)


def _show_passage(answer: AnswerRecord, number: int, passage: PassageRecord, score: float | None) -> None:
    """score: None where the system that retrieved it gave none."""
    page = f", page {passage.page}" if passage.page else ""
    holds_evidence = any(_touches(piece, passage) for piece in answer.question.evidence)
    document = passage.document or f"in none of the documents{f' ({passage.title})' if passage.title else ''}"
    label = as_label(f"[{number}] {document}{page}") + (" · evidence ✓" if holds_evidence else "")
    with st.expander(label, expanded=number <= OPEN or holds_evidence):
        parts = [as_label(passage.title)] if passage.title else []
        parts += [f"{passage.tokens} tokens", *([f"search score {score:.3f}"] if score is not None else [])]
        st.caption(" · ".join(parts))
        marks = [mark for piece in answer.question.evidence for mark in _marks(piece, passage)]
        show_document_text(passage.shown, marks)


def _marks(piece: Evidence, passage: PassageRecord) -> list[Mark]:
    """The marks of a piece of evidence in a passage as it is shown, at all its places; a whole document has
    none."""
    begin = passage.start - (len(passage.shown) - len(passage.text))
    return [
        Mark(max(passage.start, s.start) - begin, min(passage.end, s.end) - begin, "evidence", "Evidence")
        for s in piece.places
        if s.document == passage.document and s.start < passage.end and passage.start < s.end
    ]


def _touches(piece: Evidence, passage: PassageRecord) -> bool:
    return piece.is_touched_by(passage.document, passage.start, passage.end)
