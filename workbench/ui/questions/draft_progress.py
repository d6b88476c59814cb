"""Has questions drafted and shows how far it is, until it is done or stopped.
Knows nothing about how questions are drafted."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.questions.views import DRAFTS, VIEW
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import spent_text
from workbench.ui.widgets.long_request import LongRequest
from workbench.ui.widgets.text import as_markdown


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    progress = pieces.get("progress")
    done, count = (progress["done"], progress["count"]) if progress else (0, 1)
    text = "Beginning"
    if progress:
        spent = f" · {spent_text(progress['spent_usd'])} spent" if progress["spent_usd"] else ""
        text = f"{done:,} of {count:,} drafts{spent} · {as_markdown(progress['doing'])}"
    st.progress(min(1.0, done / count), text=text)


_DRAFTING = LongRequest(
    name="questions.draft",
    kind="draft_questions",
    doing="Drafting questions…",
    stop_help="Drafts made so far are kept.",
    note="You may leave this page: drafting continues, and the drafts wait for your review.",
    show_pieces=_show_pieces,
)


def begin(corpus: str, payload: dict[str, Any]) -> None:
    """Have questions drafted; the page then shows how far it is."""
    _DRAFTING.begin(payload, corpus)


def show_how_it_ended() -> None:
    """Show why the last drafting gave no draft, or ended before it was done."""
    if why := _DRAFTING.ending:
        st.warning(why)


def show_progress(services: Services, corpus: str) -> bool:
    """Show how far drafting is; return whether it goes on. Then the drafts are shown."""
    return _DRAFTING.show(services, _end, corpus)


def _end(result: dict[str, Any], payload: dict[str, Any]) -> None:
    """Show the drafts, or say why there are none or fewer than were asked for."""
    lines = str(result["text"]).split("\n")
    if result["state"] == "done" and result["kept"]:
        flash(lines[0])
        address.set_next(VIEW, DRAFTS)
        return
    dropped = "; ".join(f"{count} × {reason}" for reason, count in result["dropped"].items())
    reasons = [f"Left out: {dropped}."] if dropped else []
    if result["state"] != "done":
        again = " Calls already made are not paid for again." if payload["model"] else ""
        reasons.append(f"To continue, draft again with the same choices.{again}")
    _DRAFTING.end_with([lines[0], " ".join(result["notes"]), *reasons])
