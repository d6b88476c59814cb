"""Has a gate run and shows how far it is, until it is done or stopped.
Knows nothing about how two are compared."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.services import Services
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
        asked = f"{done:,} of at most {count:,} questions"
        text = f"{asked}{spent} · {as_markdown(progress['doing'])}"
    st.progress(min(1.0, done / max(1, count)), text=text)


_GATE = LongRequest(
    name="gate",
    kind="gate",
    doing="Asking candidate and base…",
    stop_help="The verdict is based on the answers so far.",
    note="You can leave this page: the gate keeps running, and is listed here once it is done.",
    show_pieces=_show_pieces,
)
begin = _GATE.begin
is_running = _GATE.is_running


def show_how_it_ended() -> None:
    """Show why the last gate gave no verdict."""
    if why := _GATE.ending:
        st.error(why)


def show_progress(services: Services) -> bool:
    """Show how far the gate is; return whether it goes on. Then its verdict is shown."""
    return _GATE.show(services, _take)


def _take(result: dict[str, Any], payload: dict[str, Any]) -> None:
    address.set_next("gate", str(result["gate"]))
