"""Shows how a splitter cuts a document, with the questions' evidence marked, and which of it is cut apart.
Knows nothing about splitting: the worker does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from workbench.corpus.types import below_header
from workbench.parts.outside import unplaced_in_words
from workbench.parts.part import Splitter
from workbench.parts.setting_labels import label_of_setting
from workbench.ui.design import draft
from workbench.ui.services import Services
from workbench.ui.widgets.parts import label_of_part, part_options
from workbench.ui.widgets.text import Mark, as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask

MAX_SHOWN = 100


@dataclass(frozen=True)
class Evidence:
    """The words of a document that prove the answer to a question."""

    start: int
    """First character of the first place, from 0."""
    end: int
    """The character after its last."""
    quote: str
    """The words at the first place."""
    question: str
    """The text of the question."""
    page: int | None = None
    """The first place's page or slide, from 1; None for documents without pages."""
    elsewhere: tuple[tuple[int, int], ...] = ()
    """(start, end) of the other places where the same words stand."""

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """(start, end) of all places."""
        return ((self.start, self.end), *self.elsewhere)


def evidence_in(document: str, questions: Sequence[dict[str, Any]]) -> list[Evidence]:
    """Return the quotes in a document that are evidence.

    questions: as the worker returned them.
    """
    return [
        Evidence(
            e["start"], e["end"], e["quote"], q["line"], e["page"], tuple((a, b) for a, b in e["elsewhere"])
        )
        for q in questions
        for e in q["evidence"]
        if e["document"] == document and not e["whole"]
    ]


def marks_between(start: int, end: int, evidence: Sequence[Evidence]) -> list[Mark]:
    """Return the marks of the evidence in characters [start, end), with positions relative to `start`."""
    return [
        Mark(max(0, first - start), min(last, end) - start, "evidence", e.question)
        for e in evidence
        for first, last in e.places
        if first < end and start < last
    ]


def chunks_of(chunks: Sequence[dict[str, Any]], evidence: Evidence) -> tuple[bool, list[int]]:
    """Return (whether some chunk contains all of the evidence, the numbers of the chunks, from 1).

    The chunks are those that contain all of it, at whichever place; where there are none, those that contain
    some of it.
    """

    def chunks_where(holds: Callable[[int, int, int, int], bool]) -> list[int]:
        return [
            number
            for number, chunk in enumerate(chunks, 1)
            if any(holds(chunk["start"], chunk["end"], start, end) for start, end in evidence.places)
        ]

    whole = chunks_where(lambda first, last, start, end: first <= start and end <= last)
    return bool(whole), whole or chunks_where(lambda first, last, start, end: first < end and start < last)


def show_chunks(
    services: Services, payload: dict[str, Any], evidence: Sequence[Evidence], version: float
) -> None:
    """Let the user choose a splitter and show the chunks that it makes.

    payload: names corpus and document.
    version: changes when the document does.
    """
    first, second, third = st.columns(3)
    splitter = first.selectbox(
        "Splitter",
        part_options(Splitter, draft.get("splitter") or []),
        index=2,
        key="corpora.splitter",
        format_func=partial(label_of_part, Splitter),
    )
    size = int(
        second.number_input(label_of_setting("chunk_tokens", unit=True), 16, 8192, 192, key="corpora.size")
    )
    overlap = int(
        third.number_input(label_of_setting("chunk_overlap", unit=True), 0, 512, 16, key="corpora.overlap")
    )
    if overlap >= size:
        st.warning("The overlap must be smaller than the chunk.")
        return
    request = payload | {"splitter": splitter, "chunk_tokens": size, "chunk_overlap": overlap}
    reply = ask(services, "corpora.chunks", "chunk_preview", request, doing="Splitting…", version=version)
    if reply.result is None or reply.stale:
        return
    chunks = reply.result["chunks"]
    tokens = [c["tokens"] for c in chunks]
    st.caption(f"{len(chunks)} chunks of {min(tokens)} to {max(tokens)} tokens" if chunks else "No chunks.")
    if reply.result["unplaced"]:
        st.warning(
            as_markdown(f"{label_of_part(Splitter, splitter)}: {unplaced_in_words(reply.result['unplaced'])}")
        )
    _show_cuts(chunks, evidence)
    with st.container(height=420):
        for number, chunk in enumerate(chunks[:MAX_SHOWN], start=1):
            shown = below_header(chunk["header"], chunk["text"])
            begin = len(shown) - len(chunk["text"])
            found = marks_between(chunk["start"], chunk["end"], evidence)
            marks = [replace(mark, start=mark.start + begin, end=mark.end + begin) for mark in found]
            page = f", page {chunk['page']}" if chunk["page"] else ""
            suffix = " · evidence" if marks else ""
            st.caption(f"{number} · {as_label(chunk['title'])} · {chunk['tokens']} tokens{page}{suffix}")
            show_text(shown, marks, small=True)
        if len(chunks) > MAX_SHOWN:
            st.caption(f"The first {MAX_SHOWN} of {len(chunks)}.")


def _show_cuts(chunks: Sequence[dict[str, Any]], evidence: Sequence[Evidence]) -> None:
    """Show how much of the evidence lies whole in one chunk, and which pieces are cut apart."""
    if not evidence:
        st.caption("No question quotes this document.")
        return
    located = [(piece, *chunks_of(chunks, piece)) for piece in evidence]
    cut = [(piece, numbers) for piece, whole, numbers in located if not whole]
    noun = "piece" if len(located) == 1 else "pieces"
    text = f"{len(located) - len(cut)} of {len(located)} {noun} of evidence are whole within one chunk."
    (st.warning if cut else st.success)(text)
    for piece, numbers in cut:
        page = f", page {piece.page}" if piece.page else ""
        where = f"is split across chunks {' and '.join(map(str, numbers))}" if numbers else "is in no chunk"
        st.markdown(f"- “{as_label(piece.quote, 80)}”{page} {where}: {as_markdown(piece.question)}")
