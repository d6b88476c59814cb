"""Shows the quotes of a draft, each marked in its passage of the document as it is now.
Knows nothing about what is decided on a draft."""

from __future__ import annotations

import streamlit as st

from workbench.corpus.draft_types import Draft, Quote
from workbench.corpus.quotes import find_quotes
from workbench.corpus.types import Document
from workbench.formatting import counted
from workbench.ui.services import Services
from workbench.ui.widgets.document_text import document_html
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import Mark, as_label, as_markdown, show_html, show_text

IN_SIGHT = 2
"""Quotes that are shown at once; the others are folded."""
BEFORE, AFTER = 500, 900
"""The most characters shown before and after a quote: with these, its mark is in sight."""
LINES = 24
"""Lines of a passage; a lower window has fewer (layout.css)."""
GONE = "The document has changed since: it no longer contains these words. Edit the quote, or drop the draft."
REMOVED = "This document no longer exists. Drop the draft."


def show_passages(services: Services, corpus: str, draft: Draft) -> None:
    """Show each quote in its passage; of many the first, and the others folded."""
    shown = list(enumerate(draft.quotes))
    one = "one" if len(shown) == 1 else "two"
    with st.container(key=f"draft_passage_{one}"):
        for number, quote in shown[:IN_SIGHT]:
            _show(services, corpus, draft, number, quote)
    if rest := shown[IN_SIGHT:]:
        with st.expander(counted(len(rest), "more place")):
            for number, quote in rest:
                _show(services, corpus, draft, number, quote)
    if not shown:
        heading("Passage")
        st.caption(
            "No passage is marked. Edit the question on the page Questions once it is kept to mark one."
        )


def _show(services: Services, corpus: str, draft: Draft, number: int, quote: Quote) -> None:
    document = services.question_drafts.find_document(corpus, quote.document)
    places = find_quotes(document.text, quote.text) if document else []
    page = document.page_at(places[0][0]) if document and places else None
    what = "Passage" if draft.answerable else "Changed from"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(what, anchor=False, width="content")
        st.caption(as_label(quote.document, 60) + (f", page {page}" if page else ""), width="stretch")
        if document:
            link("corpora", "Open", "open_in_new", corpus=corpus, document=quote.document)
    if document is None or not places:
        st.warning(as_markdown(REMOVED if document is None else GONE))
        show_text(quote.text, lines=LINES)
        return
    evidence = draft.evidence[number].text if number < len(draft.evidence) else quote.text
    start, end = _excerpt(document, places[0], evidence)
    start += len(document.text[start:end]) - len(document.text[start:end].lstrip("\n"))
    marks = [Mark(a - start, b - start, "evidence") for a, b in places if a < end and start < b]
    show_html(document_html(document.text[start:end].rstrip(), marks), small=True, lines=LINES)


def _excerpt(document: Document, place: tuple[int, int], evidence: str) -> tuple[int, int]:
    """The part of a document to show: the evidence around a quote, cut far from it at the ends of lines."""
    text = document.text
    around = next((p for p in find_quotes(text, evidence) if p[0] <= place[0] < p[1]), place)
    start = max(min(around[0], place[0] - BEFORE // 2), place[0] - BEFORE, 0)
    end = min(max(around[1], place[1] + AFTER // 2), place[1] + AFTER, len(text))
    start = text.rfind("\n", 0, start) + 1 if start - text.rfind("\n", 0, start) < BEFORE // 2 else start
    line_end = text.find("\n", end)
    return start, line_end if 0 <= line_end < end + AFTER // 3 else end
