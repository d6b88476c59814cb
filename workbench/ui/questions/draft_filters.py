"""Chooses which drafts are looked at: those to review or those left out, by kind, document and verdict.
Knows nothing about what is done with a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from workbench.corpus.draft_file import StoredDraft
from workbench.corpus.draft_types import Draft
from workbench.corpus.draft_words import label_of_kind
from workbench.ui.widgets import address

STATES = {"waiting": "To review", "left out": "Left out by the filters", "dropped": "Dropped"}
STATE = "state"
"""The parameter of the address that says which of STATES is looked at."""
NAMES = (STATE, "kind", "about", "verdict")
"""The parameters of all filters."""
PASSES = "passes"


def choose_drafts(stored: Sequence[StoredDraft]) -> tuple[str, list[Draft]]:
    """Draw the filters; return the state that was chosen and the drafts that match, in order."""
    counts = Counter(one.review for one in stored)
    state = address.choose(
        st.selectbox, "State", list(STATES), name=STATE, label_visibility="collapsed", width=185,
        format_func=lambda name: f"{STATES[name]} ({counts[name]:,})",
    )  # fmt: skip
    drafts = [one.draft for one in stored if one.review == state]
    kind = _choose("kind", "All kinds", drafts, lambda draft: [draft.kind], label_of_kind, 140)
    document = _choose(
        "about", "All documents", drafts, lambda draft: {quote.document for quote in draft.quotes}, str, 170
    )
    verdict = _choose("verdict", "All verdicts", drafts, _verdicts, _verdict_in_words, 170)
    return state, [
        draft
        for draft in drafts
        if kind in ("", draft.kind)
        and (not document or any(quote.document == document for quote in draft.quotes))
        and (not verdict or verdict in _verdicts(draft))
    ]


def forget_filters() -> None:
    """Have the next drawing show all drafts to review."""
    for name in NAMES:
        address.set_next(name, "")


def _verdicts(draft: Draft) -> list[str]:
    return list(draft.failed_checks) or [PASSES]


def _verdict_in_words(verdict: str) -> str:
    return "Passes all filters" if verdict == PASSES else f"Fails: {verdict}"


def _choose(
    name: str, everything: str, drafts: Sequence[Draft], values: Callable[[Draft], Iterable[str]],
    label: Callable[[str], str], width: int,
) -> str:  # fmt: skip
    counts = Counter(value for draft in drafts for value in values(draft))

    def words(value: str) -> str:
        return f"{label(value)} ({counts[value]:,})" if value else everything

    return address.choose(
        st.selectbox, everything, ["", *sorted(counts)], name=name, format_func=words,
        label_visibility="collapsed", width=width,
    )  # fmt: skip
