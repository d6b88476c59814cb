"""Shows one answer in a column of the Playground: while it arrives, and when it is complete.
Knows nothing about the question."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.results.answer_flags import describe_flags, searched_where
from workbench.ui.widgets.claims import (
    WEAK_CLAIMS_LEGEND,
    show_marked_answer,
    show_weak_claims,
    weak_claims,
)
from workbench.ui.widgets.figures import answer_cost_text, label_of, seconds_text
from workbench.ui.widgets.score_tint import TINT_STYLE, signed, tint_of, tinted_html
from workbench.ui.widgets.text import as_label, as_markdown, marked_html, show_text
from workbench.ui.widgets.thinking import show_thinking
from workbench.ui.widgets.waiting import ShowPieces


def pieces_of(corpus: str) -> ShowPieces:
    """Return what shows the answer so far, and before it how far this corpus is indexed."""
    return partial(_show_pieces, corpus)


def _show_pieces(corpus: str, pieces: dict[str, dict[str, Any]]) -> None:
    if "text" in pieces:
        show_thinking(pieces["text"].get("thinking", ""), 0)
        show_text(pieces["text"]["text"])
    elif "passages" in pieces:
        st.caption(f"{len(pieces['passages']['passages'])} passages retrieved")
    elif "indexing" in pieces:
        done, total = pieces["indexing"]["done"], pieces["indexing"]["total"]
        of = "the contexts of " if pieces["indexing"].get("stage") == "context" else ""
        text = f"Indexing {as_label(corpus, 40)}: {of}{done:,} of {total:,} chunks"
        st.progress(done / total, text)


def show_answer(answer: dict[str, Any]) -> None:
    """Show a whole answer: its text, its figures on one line, and its weak claims.

    answer: what the worker's Playground task returned.
    """
    weak = weak_claims(answer["claims"])
    show_thinking(answer.get("thinking", ""), answer["tokens"].get("thinking", 0))
    show_marked_answer(answer["answer"], weak)
    _show_figures(answer)
    remarks = describe_flags(answer.get("flags", ()))
    if answer.get("condition"):
        st.caption(as_markdown(searched_where(answer["condition"])))
    if remarks:
        st.caption(as_markdown(" ".join(remarks)))
    if weak:
        show_weak_claims(answer["answer"], weak)
        st.caption(WEAK_CLAIMS_LEGEND)


def _show_figures(answer: dict[str, Any]) -> None:
    grounding = answer["grounding"]
    score = f"{label_of('grounding')} {signed('grounding', grounding)}"
    tokens = answer["tokens"]
    figures = [
        "declined" if answer["refused"] else "",
        f"{tokens['input']:,} tokens in, {tokens['output']:,} out",
        answer_cost_text(answer["cost_usd"]),
        seconds_text(answer["seconds"]),
        "from an earlier call, free this time" if answer["stored"] else "",
    ]
    rest = " · ".join(filter(None, figures))
    st.html(
        f"{TINT_STYLE}<div style='font-size:.875rem;line-height:1.6'>"
        f"{tinted_html(score, tint_of('grounding', grounding))} {marked_html(rest)}</div>"
    )
