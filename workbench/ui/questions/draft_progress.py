"""Has questions drafted and shows how far it is, until it is done or stopped.
Knows nothing about how questions are drafted."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from workbench.ui.questions.views import DRAFTS, VIEW
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import spent_text
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, cancel, forget

PENDING = "questions.drafting.pending"  # (corpus, payload, when it was asked for)
NONE = f"{address.DIALOG}no_drafts"  # why nothing was drafted, in words, until another page is opened
_REQUEST = "questions.drafting"


def begin(corpus: str, payload: dict[str, Any]) -> None:
    """Have questions drafted; the page then shows how far it is."""
    st.session_state[PENDING] = (corpus, payload, time.time())
    st.session_state.pop(NONE, None)


def show_why_none() -> None:
    """Show why the last drafting gave no draft, or that it was stopped."""
    if reason := st.session_state.get(NONE):
        st.warning(as_markdown(reason))


def show_progress(services: Services, corpus: str) -> bool:
    """Show how far drafting is; return whether it goes on. Then the drafts are shown."""
    pending = st.session_state.get(PENDING)
    if pending is None or pending[0] != corpus:
        return False
    _, payload, since = pending
    st.button(
        "Stop", key="questions.draft.stop", icon=":material/stop:", on_click=_stop,
        args=(services, payload["model"]), help="The drafts that are made so far wait for review.",
    )  # fmt: skip
    reply = ask(
        services, _REQUEST, "draft_questions", payload, doing="Drafting questions…", version=since,
        show_pieces=_show_pieces,
    )  # fmt: skip
    if reply.stale:
        return True
    st.session_state.pop(PENDING)
    forget(_REQUEST)
    if reply.result is not None:
        result: dict[str, Any] = reply.result
        if not result["drafts"]:
            st.session_state[NONE] = result["text"]
            st.rerun()
        flash(result["text"].split("\n")[0])
        address.set_next(VIEW, DRAFTS)
        st.rerun()
    return False


def _stop(services: Services, model: str | None) -> None:
    cancel(services, _REQUEST)
    st.session_state.pop(PENDING, None)
    again = " What the model was asked before is not paid again." if model else ""
    st.session_state[NONE] = f"Drafting was stopped. To go on, draft with the same settings.{again}"


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    if progress := pieces.get("progress"):
        done, count = progress["done"], progress["count"]
        spent = f" · {spent_text(progress['spent_usd'])} spent" if progress.get("spent_usd") else ""
        doing = f" · {as_markdown(progress['doing'])}" if progress.get("doing") else ""
        st.progress(min(1.0, done / count), text=f"{done:,} of {count:,} drafts{spent}{doing}")
