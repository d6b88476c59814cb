"""Asks the worker for something and waits without blocking: the page polls and is drawn again.
Knows nothing about what is asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets.text import as_markdown

POLL_SECONDS = 0.3
SLOW_SECONDS = 25.0


@dataclass
class _Asked:
    """What one place of a page asked last. result: of the newest answered request, error likewise."""

    content: str
    request_id: int
    since: float
    done: bool = False
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    pieces: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """result: the worker's answer, None while it is awaited or when it failed.  stale: it belongs to an
    earlier question; the newer one is on its way."""

    result: dict[str, Any] | None
    stale: bool = False


# Draws what is known before the answer is whole: the newest piece of each kind.
ShowPieces = Callable[[dict[str, dict[str, Any]]], None]


def forget(key: str) -> None:
    st.session_state.pop(f"asked.{key}", None)


def _begin(services: Services, key: str, kind: str, payload: dict[str, Any], content: str) -> _Asked:
    before: _Asked | None = st.session_state.get(f"asked.{key}")
    if before is not None and not before.done:
        services.cancel_request(before.request_id)
    asked = _Asked(content, services.ask_worker(kind, payload), time.time())
    if before is not None:
        asked.result = before.result
    st.session_state[f"asked.{key}"] = asked
    return asked


def _take_in(services: Services, asked: _Asked) -> bool:
    """Look for the answer; True when it is there."""
    for event in services.events_of(asked.request_id):
        if event.kind == "piece":
            asked.pieces[event.payload["what"]] = event.payload
        elif event.kind == "result":
            asked.done, asked.result, asked.error = True, event.payload, None
        elif event.kind == "error":
            asked.done, asked.result, asked.error = True, None, event.payload
    return asked.done


def ask(
    services: Services,
    key: str,
    kind: str,
    payload: dict[str, Any],
    *,
    doing: str,
    version: Any = None,
    show_pieces: ShowPieces | None = None,
) -> Reply:
    """The worker's answer to `payload`, asked once for each new payload (or `version` of what it reads).

    While it is awaited the page shows `doing` and is drawn again when the answer is there; an error is shown.
    """
    content = json.dumps([kind, payload, version], sort_keys=True)
    asked: _Asked | None = st.session_state.get(f"asked.{key}")
    if asked is None or asked.content != content:
        asked = _begin(services, key, kind, payload, content)
    if not asked.done and not _take_in(services, asked):
        _poll(services, key, doing, show_pieces)
        return Reply(asked.result, stale=True)
    if asked.error is not None:
        hint = asked.error.get("hint")
        st.error(as_markdown(asked.error["message"]) + (f"\n\n{as_markdown(hint)}" if hint else ""))
        return Reply(None)
    return Reply(asked.result)


def _poll(services: Services, key: str, doing: str, show_pieces: ShowPieces | None) -> None:
    @st.fragment(run_every=POLL_SECONDS)
    def wait() -> None:
        asked: _Asked | None = st.session_state.get(f"asked.{key}")
        if asked is None or asked.done or _take_in(services, asked):
            st.rerun()
            return
        waited = time.time() - asked.since
        st.caption(f":material/hourglass_top: {doing}")
        if show_pieces is not None:
            show_pieces(asked.pieces)
        services.wake_worker()
        if waited > SLOW_SECONDS and not services.living_workers():
            st.warning("The worker does not start. The end of its log:")
            st.code(services.worker_log() or "(empty)", language=None)

    wait()
