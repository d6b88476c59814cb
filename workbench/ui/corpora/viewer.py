"""Shows one document as the workbench reads it, and turns words of it into evidence of a question.
Knows nothing about file formats: the worker reads the files."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import streamlit as st

from workbench.corpus.quotes import find_quotes
from workbench.formatting import counted
from workbench.ui.corpora.chunk_preview import Evidence, evidence_in, marks_between, show_chunks
from workbench.ui.corpora.left_out import show_left_out
from workbench.ui.corpora.metadata import show_metadata
from workbench.ui.corpora.text_selection import choose_words
from workbench.ui.questions import dialogs
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import Mark, as_label, show_text
from workbench.ui.widgets.waiting import ask

SHOWN_CHARACTERS = 20_000  # per part of a document without pages
TEXT = "document_text"
LINES = 20  # of the text in sight at once


def show_document(
    services: Services, corpus: str, document: dict[str, Any], questions: list[dict[str, Any]],
    version: float, *, read_only: bool,
) -> None:  # fmt: skip
    """Show a document.

    document, questions: as the worker read them.
    version: changes when the corpus does.
    """
    name = document["name"]
    payload = {"corpus": corpus, "document": name}
    reply = ask(services, "corpora.document", "document", payload, doing=f"Reading {name}…", version=version)
    if reply.result is None or reply.stale:
        address.defer("page")
        return
    evidence = evidence_in(name, questions)
    left_out = document["left_out"]
    read, cut, out, known = st.tabs(
        ["Text, evidence marked", "Chunks", f"Left out ({len(left_out)})", "Metadata"]
    )
    with read:
        _text(name, reply.result["text"], reply.result["page_starts"], evidence, read_only=read_only)
    with cut:
        show_chunks(services, payload, evidence, version)
    with out:
        show_left_out(left_out)
    with known:
        show_metadata(document["metadata"], document["columns"])


def _text(name: str, text: str, page_starts: list[int], evidence: list[Evidence], *, read_only: bool) -> None:
    """Show the text one page at a time: its pages or slides, else parts of SHOWN_CHARACTERS."""
    starts = page_starts or list(range(0, max(1, len(text)), SHOWN_CHARACTERS))
    found = _find(text, name, read_only=read_only)
    if len(starts) > 1:
        pages = {bisect_right(starts, start) for e in evidence for start, _ in e.places}
        where = f"; evidence on {', '.join(map(str, sorted(pages)))}" if pages else ""
        st.caption(f"{len(starts)} {'pages' if page_starts else 'parts'}{where}")
    page = address.choose_page(len(starts), name="page")
    start, end = starts[page - 1], [*starts[1:], len(text)][page - 1]
    marks = marks_between(start, end, evidence)
    marks += [Mark(a - start, b - start, "changed", "Found") for a, b in found if start <= a and b <= end]
    shown = text[start:end]
    if not read_only:
        words = choose_words(TEXT, shown, key=f"corpora.words.{name}.{page}")
        if words is not None:
            piece = _evidence(name, text, start + words.start, start + words.end)
            dialogs.open_with_evidence(words.action, piece)
    with st.container(key=TEXT):
        show_text(shown, marks, small=True, lines=LINES)


def _find(text: str, name: str, *, read_only: bool) -> list[tuple[int, int]]:
    """Draw the search for words, which needs no mouse; return the places where they stand."""
    words = st.text_input(
        "Find words", key=f"corpora.words_of.{name}", placeholder="Find words", label_visibility="collapsed"
    ).strip()
    if not words:
        return []
    places = find_quotes(text, words, parts_of_words=True)
    if not places:
        st.caption(f"“{as_label(words, 60)}” is not in this document.")
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(counted(len(places), "place"), width="content")
        for action, label in (("new", "New question with these words"), ("add", "Add these to a question…")):
            if not read_only and st.button(label, key=f"corpora.found.{action}"):
                dialogs.open_with_evidence(action, _evidence(name, text, *places[0]))
    return places


def _evidence(name: str, text: str, start: int, end: int) -> dict[str, Any]:
    """The JSONL form of words of a document. A word that was selected in part is taken whole."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return {"document": name, "quote": text[start:end]}
