"""What the Playground shows of one answer: as it comes, and when it is whole.
Knows nothing about what was asked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.widgets.downloads import offer_csv
from workbench.ui.widgets.figures import money_text, seconds_text
from workbench.ui.widgets.text import Mark, as_label, as_markdown, citations_of, show_text

WEAK_SUPPORT = 0.5


def show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    """The answer so far, and how many passages it rests on."""
    if "passages" in pieces:
        st.caption(f"{len(pieces['passages']['passages'])} passages found")
    if "text" in pieces:
        show_text(pieces["text"]["text"])


def show_tried(found: dict[str, Any], letter: str) -> None:
    weak = [c for c in found["claims"] if c["support"] < WEAK_SUPPORT]
    marks = [
        Mark(c["start"], c["end"], "unsupported", f"{c['reason']} Support {c['support']:.2f}.") for c in weak
    ]
    show_text(found["answer"] or "(an empty answer)", [*citations_of(found["answer"]), *marks])
    if weak:
        st.caption("Dashed orange: claims that the passages hardly support.")
    grounding = "—" if found["grounding"] is None else f"{found['grounding']:.2f}"
    figures = [
        ("Grounding", grounding + (" (declined)" if found["refused"] else "")),
        ("Cost", money_text(found["cost_usd"])),
        ("Tokens", f"{found['tokens']['input']:,} in, {found['tokens']['output']:,} out"),
        ("Time", seconds_text(found["seconds"])),
    ]
    st.table(
        [{"": as_markdown(k), " ": as_markdown(v)} for k, v in figures],
        border="horizontal",
        hide_index=True,
        hide_header=True,
    )
    offer_csv(["figure", "value"], figures, f"playground-{letter}.csv")
    if found["stored"]:
        st.caption("From an earlier call: it cost nothing now.")
    st.caption("Passages")
    for number, passage in enumerate(found["passages"], start=1):
        page = f", page {passage['page']}" if passage["page"] else ""
        with st.expander(
            as_label(f"[{number}] {passage['document']}{page} · search score {passage['score']:.3f}")
        ):
            st.caption(as_label(passage["title"]))
            show_text(passage["text"], small=True)
    if not found["passages"]:
        st.caption("None was found.")
