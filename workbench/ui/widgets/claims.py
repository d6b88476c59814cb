"""Marks the claims of an answer that its passages hardly support.
Knows nothing about where the claims come from: they have the form of `scoring.grounding.claim_details`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from workbench.scoring.support import SUPPORTED, UNSUPPORTED, support_state
from workbench.ui.widgets.document_text import show_document_text
from workbench.ui.widgets.text import Mark, as_markdown, citations_of, show_text

WEAK_CLAIMS_LEGEND = (
    f"Dashed orange: claims with a support under {UNSUPPORTED:.2f}, which the passages hardly support. From "
    f"{SUPPORTED:.2f} on a claim counts as supported; between the two it is unclear, and not marked."
)


def weak_claims(claims: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the claims that the passages hardly support, in order."""
    return [claim for claim in claims if support_state(claim["support"]) == "unsupported"]


def show_marked_answer(text: str, weak: Iterable[dict[str, Any]], *, lines: int | None = None) -> None:
    """Show an answer's text with its citations and its weak claims marked.

    lines: the most lines before it scrolls; None for any number.
    """
    marks = [*citations_of(text), *(_mark(claim) for claim in weak)]
    show_document_text(text or "(an empty answer)", marks, small=False, lines=lines)


def show_weak_claims(text: str, weak: list[dict[str, Any]]) -> None:
    """Show each weak claim of an answer with the reason and the closest sentence of a passage."""
    with st.expander(f"Weak claims: {len(weak)}, with the reason and the closest sentence"):
        for claim in weak:
            claim_text = text[int(claim["start"]) : int(claim["end"])]
            show_text(claim_text, [Mark(0, len(claim_text), "unsupported")], small=True)
            st.caption(f"Support {claim['support']:.2f}. {as_markdown(_reasons(claim))}")
            if claim.get("sentence"):
                st.caption(f"Closest sentence, in passage {int(claim['passage']) + 1}:")
                show_text(claim["sentence"], small=True)


def _mark(claim: dict[str, Any]) -> Mark:
    closest = claim.get("sentence") or "nothing"
    title = f"{_reasons(claim)} Support {claim['support']:.2f}. Closest sentence: {closest}"
    return Mark(int(claim["start"]), int(claim["end"]), "unsupported", title)


def _reasons(claim: dict[str, Any]) -> str:
    return " ".join(claim.get("reasons") or [claim.get("reason", "")])
