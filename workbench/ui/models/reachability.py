"""Whether models could be reached when they were last asked, kept for this visit.
Knows nothing about asking them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.ui.widgets.figures import ago

REACHED = "models.reached"


@dataclass(frozen=True)
class Reached:
    """said: what was found first, in words."""

    ok: bool
    said: str
    report: str
    at: float


def note_reached(name: str, report: dict[str, Any]) -> None:
    """report: as the worker gives it; one that is noted already keeps its time."""
    known: dict[str, Reached] = st.session_state.setdefault(REACHED, {})
    content = repr(report)
    if name not in known or known[name].report != content:
        known[name] = Reached(report["ok"], (report["messages"] or [""])[0], content, time.time())


def reached_text(found: Reached | None) -> str:
    if found is None:
        return "not asked"
    return f"✓ {ago(found.at)}" if found.ok else f"✗ {ago(found.at)}: {found.said}"
