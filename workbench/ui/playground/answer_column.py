"""Shows one answer in a column of the Playground: while it arrives, and when it is complete.
Knows nothing about the question."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.widgets.answer import describe_flags
from workbench.ui.widgets.claims import (
    WEAK_CLAIMS_LEGEND,
    show_marked_answer,
    show_weak_claims,
    weak_claims,
)
from workbench.ui.widgets.downloads import offer_csv
from workbench.ui.widgets.figures import money_text, seconds_text
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.thinking import show_thinking


def show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    """Show the answer so far, and the number of passages retrieved."""
    if "passages" in pieces:
        st.caption(f"{len(pieces['passages']['passages'])} passages retrieved")
    if "text" in pieces:
        show_thinking(pieces["text"].get("thinking", ""), 0)
        show_text(pieces["text"]["text"])


def show_answer(answer: dict[str, Any], letter: str) -> None:
    """Show a whole answer: its text, figures and passages.

    answer: what the worker's Playground task returned.
    letter: the column's, for the name of the CSV file.
    """
    weak = weak_claims(answer["claims"])
    show_thinking(answer.get("thinking", ""), answer["tokens"].get("thinking", 0))
    show_marked_answer(answer["answer"], weak)
    if weak:
        st.caption(WEAK_CLAIMS_LEGEND)
        show_weak_claims(answer["answer"], weak)
    remarks = describe_flags(answer.get("flags", ()))
    if remarks:
        st.caption(as_markdown(" ".join(remarks)))
    grounding = "—" if answer["grounding"] is None else f"{answer['grounding']:.2f}"
    figures = [
        ("Grounding", grounding + (" (declined)" if answer["refused"] else "")),
        ("Cost", money_text(answer["cost_usd"])),
        ("Tokens", f"{answer['tokens']['input']:,} in, {answer['tokens']['output']:,} out"),
        ("Time", seconds_text(answer["seconds"])),
    ]
    st.table(
        [{"": as_markdown(k), " ": as_markdown(v)} for k, v in figures],
        border="horizontal",
        hide_index=True,
        hide_header=True,
    )
    offer_csv(["figure", "value"], figures, f"playground-{letter}.csv")
    if answer["stored"]:
        st.caption("From an earlier call: it cost nothing this time.")
    st.caption("Passages")
    for number, passage in enumerate(answer["passages"], start=1):
        page = f", page {passage['page']}" if passage["page"] else ""
        with st.expander(
            as_label(f"[{number}] {passage['document']}{page} · search score {passage['score']:.3f}")
        ):
            st.caption(as_label(passage["title"]))
            show_text(passage["text"], small=True)
    if not answer["passages"]:
        st.caption("No passages were retrieved.")
