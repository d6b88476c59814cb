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
from workbench.ui.widgets.waiting import ask, forget, stop

PENDING = "questions.drafting.pending"  # (corpus, payload, when it was asked for)
ENDED = f"{address.DIALOG}drafting_ended"  # why drafting ended without a result, until a page is entered
STOPPING = f"{PENDING}.stopping"
_REQUEST = "questions.drafting"


def begin(corpus: str, payload: dict[str, Any]) -> None:
    """Have questions drafted; the page then shows how far it is."""
    st.session_state[PENDING] = (corpus, payload, time.time())
    st.session_state.pop(ENDED, None)
    st.session_state.pop(STOPPING, None)


def _stop(services: Services) -> None:
    st.session_state[STOPPING] = True
    stop(services, _REQUEST)


def show_how_it_ended() -> None:
    """Show why the last drafting gave no draft, or ended before it was done."""
    if ended := st.session_state.get(ENDED):
        st.warning("  \n".join(as_markdown(line) for line in ended))


def show_progress(services: Services, corpus: str) -> bool:
    """Show how far drafting is; return whether it goes on. Then the drafts are shown."""
    pending = st.session_state.get(PENDING)
    if pending is None or pending[0] != corpus:
        return False
    _, payload, since = pending
    stopping = STOPPING in st.session_state
    doing = "Stopping. What is under way is ended first…" if stopping else "Drafting questions…"
    with st.container(border=True, key="draft_progress"):
        reply = ask(
            services, _REQUEST, "draft_questions", payload, doing=doing, version=since,
            show_pieces=_show_pieces, say_errors=False,
        )  # fmt: skip
        if reply.stale:
            st.button(
                "Stop", key="questions.draft.stop", icon=":material/stop:", on_click=_stop,
                args=(services,), disabled=stopping, help="What is drafted so far is kept.",
            )  # fmt: skip
            st.caption(
                "You may leave this page: drafting goes on, and what is drafted waits for your review."
            )
            return True
    st.session_state.pop(PENDING)
    forget(_REQUEST)
    if reply.error is not None:
        st.session_state[ENDED] = [t for t in (reply.error["message"], reply.error.get("hint")) if t]
    elif reply.result is not None:
        _end(reply.result, payload)
    st.rerun()
    return False


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
        again = " The model is not paid again for what it was asked before." if payload["model"] else ""
        reasons.append(f"To go on, draft again with the same choices.{again}")
    st.session_state[ENDED] = [lines[0], " ".join(result["notes"]), *reasons]


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    progress = pieces.get("progress")
    done, count = (progress["done"], progress["count"]) if progress else (0, 1)
    text = "Beginning"
    if progress:
        spent = f" · {spent_text(progress['spent_usd'])} spent" if progress["spent_usd"] else ""
        text = f"{done:,} of {count:,} drafts{spent} · {as_markdown(progress['doing'])}"
    st.progress(min(1.0, done / count), text=text)
