"""Remembers for this session whether models could be reached when they were last tested.
Knows nothing about testing them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.ui.widgets.figures import ago
from workbench.ui.widgets.text import as_markdown

REACHED = "models.reached"


@dataclass(frozen=True)
class Reached:
    """The last connection test of a model."""

    ok: bool
    message: str
    """The first warning of the report, else its first message; empty if it has none."""
    report: str
    """The whole report as text, to notice a new one."""
    at: float
    """When it was tested, in seconds since the epoch."""
    warned: bool = False
    """Whether it answers and something may be wrong all the same: `message` says what."""


def note_reached(name: str, report: dict[str, Any]) -> None:
    """Remember a report of the worker; the same report again keeps its time."""
    reports: dict[str, Reached] = st.session_state.setdefault(REACHED, {})
    content = repr(report)
    if name not in reports or reports[name].report != content:
        warnings = report.get("warnings") or ()
        message = (warnings or report["messages"] or [""])[0]
        reports[name] = Reached(report["ok"], message, content, time.time(), bool(warnings))


def show_report(report: dict[str, Any]) -> None:
    """Show what a connection test found: green for a model that answers, unless something may be wrong."""
    usable = st.warning if report.get("warnings") else st.success
    show = usable if report["ok"] else st.error
    show("\n\n".join(as_markdown(message) for message in report["messages"]))


def reached_text(reached: Reached | None) -> str:
    if reached is None:
        return "not asked"
    if reached.ok and reached.warned:
        return f"⚠ {ago(reached.at)}: {reached.message}"
    return f"✓ {ago(reached.at)}" if reached.ok else f"✗ {ago(reached.at)}: {reached.message}"
