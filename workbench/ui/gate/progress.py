"""Has a gate run and shows how far it is, until it is done or stopped.
Knows nothing about how two are compared."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import spent_text
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget, stop

PENDING = "gate.pending"  # (payload, when it was asked for)
STOPPING = f"{PENDING}.stopping"
ENDED = f"{address.DIALOG}gate_ended"  # why a gate ended without a verdict, until a page is entered
_REQUEST = "gate.run"


def begin(payload: dict[str, Any]) -> None:
    """Have a gate run; the page then shows how far it is."""
    st.session_state[PENDING] = (payload, time.time())
    st.session_state.pop(ENDED, None)
    st.session_state.pop(STOPPING, None)


def is_running() -> bool:
    """Whether a gate of this session is awaited."""
    return PENDING in st.session_state


def _stop(services: Services) -> None:
    st.session_state[STOPPING] = True
    stop(services, _REQUEST)


def show_how_it_ended() -> None:
    """Show why the last gate gave no verdict."""
    if ended := st.session_state.get(ENDED):
        st.error("  \n".join(as_markdown(line) for line in ended))


def show_progress(services: Services) -> bool:
    """Show how far the gate is; return whether it goes on. Then its verdict is shown."""
    if not is_running():
        return False
    payload, since = st.session_state[PENDING]
    stopping = STOPPING in st.session_state
    doing = "Stopping. What is under way is ended first…" if stopping else "Asking candidate and base…"
    with st.container(border=True, key="gate_progress"):
        reply = ask(
            services, _REQUEST, "gate", payload, doing=doing, version=since, show_pieces=_show_pieces,
            say_errors=False,
        )  # fmt: skip
        if reply.stale:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    "Stop", key="gate.stop", icon=":material/stop:", on_click=_stop, args=(services,),
                    disabled=stopping, help="The verdict is given on what was asked so far.",
                )  # fmt: skip
                st.caption("You may leave this page: the gate goes on, and is listed here once it is done.")
            return True
    st.session_state.pop(PENDING)
    forget(_REQUEST)
    if reply.error is not None:
        st.session_state[ENDED] = [t for t in (reply.error["message"], reply.error.get("hint")) if t]
    elif reply.result is not None:
        address.set_next("gate", str(reply.result["gate"]))
    st.rerun()
    return False


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    progress = pieces.get("progress")
    done, count = (progress["done"], progress["count"]) if progress else (0, 1)
    text = "Beginning"
    if progress:
        spent = f" · {spent_text(progress['spent_usd'])} spent" if progress["spent_usd"] else ""
        asked = f"{done:,} of at most {count:,} questions"
        text = f"{asked}{spent} · {as_markdown(progress['doing'])}"
    st.progress(min(1.0, done / max(1, count)), text=text)
