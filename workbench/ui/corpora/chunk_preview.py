"""How a splitter cuts a document, with the questions' evidence marked, and which evidence it cuts apart.
Knows nothing about splitting: the worker cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.part import Splitter
from workbench.parts.registry import parts_of
from workbench.ui.services import Services
from workbench.ui.widgets.parts import label_of_part
from workbench.ui.widgets.text import Mark, as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask

SHOWN = 100


@dataclass(frozen=True)
class Evidence:
    """Characters [start, end) of a document that prove the answer to a question. page: PDF only."""

    start: int
    end: int
    quote: str
    question: str
    page: int | None = None


def evidence_in(document: str, questions: Sequence[dict[str, Any]]) -> list[Evidence]:
    """questions: as the worker read them."""
    return [
        Evidence(e["start"], e["end"], e["quote"], q["text"], e["page"])
        for q in questions
        for e in q["evidence"]
        if e["document"] == document
    ]


def marks_between(start: int, end: int, evidence: Sequence[Evidence]) -> list[Mark]:
    """The marks of evidence that lies in characters [start, end), counted from `start`."""
    return [
        Mark(max(0, e.start - start), min(e.end, end) - start, "evidence", e.question)
        for e in evidence
        if e.start < end and start < e.end
    ]


def chunks_of(chunks: Sequence[dict[str, Any]], evidence: Evidence) -> tuple[bool, list[int]]:
    """(whether one chunk holds it whole, the numbers of the chunks that do, else of those that hold some)."""
    whole = [n for n, c in enumerate(chunks, 1) if c["start"] <= evidence.start and evidence.end <= c["end"]]
    if whole:
        return True, whole
    return False, [
        n for n, c in enumerate(chunks, 1) if c["start"] < evidence.end and evidence.start < c["end"]
    ]


def show_chunks(
    services: Services, payload: dict[str, Any], evidence: Sequence[Evidence], version: float
) -> None:
    """payload: names corpus and document.  version: changes when the document does."""
    first, second, third = st.columns(3)
    splitter = first.selectbox(
        "Splitter",
        list(parts_of(Splitter)),
        index=2,
        key="corpora.splitter",
        format_func=partial(label_of_part, Splitter),
    )
    size = int(second.number_input("Chunk size, tokens", 16, 8192, 192, key="corpora.size"))
    overlap = int(third.number_input("Overlap, tokens", 0, 512, 16, key="corpora.overlap"))
    if overlap >= size:
        st.warning("The overlap must be smaller than the chunk.")
        return
    wanted = payload | {"splitter": splitter, "chunk_tokens": size, "chunk_overlap": overlap}
    reply = ask(services, "corpora.chunks", "chunk_preview", wanted, doing="Cutting…", version=version)
    if reply.result is None or reply.stale:
        return
    chunks = reply.result["chunks"]
    tokens = [c["tokens"] for c in chunks]
    st.caption(f"{len(chunks)} chunks of {min(tokens)} to {max(tokens)} tokens" if chunks else "No chunks.")
    _tell_cuts(chunks, evidence)
    with st.container(height=420):
        for number, chunk in enumerate(chunks[:SHOWN], start=1):
            marks = marks_between(chunk["start"], chunk["end"], evidence)
            page = f", page {chunk['page']}" if chunk["page"] else ""
            holds = " · evidence" if marks else ""
            st.caption(f"{number} · {as_label(chunk['title'])} · {chunk['tokens']} tokens{page}{holds}")
            show_text(chunk["text"], marks, small=True)
        if len(chunks) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(chunks)}.")


def _tell_cuts(chunks: Sequence[dict[str, Any]], evidence: Sequence[Evidence]) -> None:
    """How much evidence a single passage can prove, and what is cut apart."""
    if not evidence:
        st.caption("No question has evidence in this document.")
        return
    found = [(piece, *chunks_of(chunks, piece)) for piece in evidence]
    cut = [(piece, numbers) for piece, whole, numbers in found if not whole]
    words = "piece" if len(found) == 1 else "pieces"
    text = f"{len(found) - len(cut)} of {len(found)} {words} of evidence lie whole in one chunk."
    (st.warning if cut else st.success)(text)
    for piece, numbers in cut:
        page = f", page {piece.page}" if piece.page else ""
        where = f"is cut across chunks {' and '.join(map(str, numbers))}" if numbers else "lies in no chunk"
        st.markdown(f"- “{as_label(piece.quote, 80)}”{page} {where}: {as_markdown(piece.question)}")
