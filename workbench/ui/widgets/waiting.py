"""Sends requests to the worker and waits without blocking: the page polls and is drawn again.
Knows nothing about what is requested."""

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
class _Request:
    """The request that one place of a page sent last."""

    content: str
    """Kind, payload and version as JSON: another content is another request."""
    request_id: int
    since: float
    """When it was sent, in seconds since the epoch."""
    done: bool = False
    result: dict[str, Any] | None = None
    """The worker's reply; until it is there, that to the request before. None if it failed."""
    error: dict[str, Any] | None = None
    """The error's message and hint; None if it did not fail."""
    is_stopped: bool = False
    """Whether it was told to end early."""
    pieces: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Kind → the newest part of the reply, before the whole is there."""


@dataclass(frozen=True)
class Reply:
    """What the worker replied."""

    result: dict[str, Any] | None
    """The worker's reply; None while it is awaited or when it failed."""
    stale: bool = False
    """Whether the request is still awaited, so that the result is that of the request before."""
    error: dict[str, Any] | None = None
    """The error's message, hint and what it is about; None if there is none."""


# Draws the reply so far, from the newest piece of each kind.
ShowPieces = Callable[[dict[str, dict[str, Any]]], None]


def forget(key: str) -> None:
    st.session_state.pop(f"request.{key}", None)


def stop(services: Services, key: str) -> None:
    """Have the worker end early the request that a place of a page awaits; its reply still comes, if any."""
    request: _Request | None = st.session_state.get(f"request.{key}")
    if request is not None and not request.done:
        request.is_stopped = True
        services.worker.stop_request(request.request_id)


def _begin(services: Services, key: str, kind: str, payload: dict[str, Any], content: str) -> _Request:
    previous: _Request | None = st.session_state.get(f"request.{key}")
    if previous is not None and not previous.done:
        services.worker.cancel_request(previous.request_id)
    request = _Request(content, services.worker.ask_worker(kind, payload), time.time())
    if previous is not None:
        request.result = previous.result
    st.session_state[f"request.{key}"] = request
    return request


def _read_events(services: Services, request: _Request) -> bool:
    """Read what the worker has written; return whether the request is done."""
    for event in services.worker.events_of(request.request_id):
        if event.kind == "piece":
            request.pieces[event.payload["what"]] = event.payload
        elif event.kind == "result":
            request.done, request.result, request.error = True, event.payload, None
        elif event.kind == "error":
            request.done, request.result, request.error = True, None, event.payload
    if request.is_stopped and not request.done and services.worker.is_cancelled(request.request_id):
        request.done, request.result = True, None
        request.error = {"message": "It was stopped before there was a result.", "hint": None}
    return request.done


def ask(
    services: Services,
    key: str,
    kind: str,
    payload: dict[str, Any],
    *,
    doing: str,
    version: Any = None,
    show_pieces: ShowPieces | None = None,
    say_errors: bool = True,
) -> Reply:
    """Return the worker's reply to `payload`, requested once for each new payload or version.

    While it is awaited, the page shows `doing` and is drawn again when the reply is there.

    key: names the place of the page; a new request there cancels the one before.
    version: changes when what the worker reads changes.
    show_pieces: draws the reply so far.
    say_errors: whether an error is shown here; if not, the caller shows it.
    """
    content = json.dumps([kind, payload, version], sort_keys=True)
    request: _Request | None = st.session_state.get(f"request.{key}")
    if request is None or request.content != content:
        request = _begin(services, key, kind, payload, content)
    if not request.done and not _read_events(services, request):
        _poll(services, key, doing, show_pieces)
        return Reply(request.result, stale=True)
    if request.error is not None:
        hint = request.error.get("hint")
        if say_errors:
            st.error(as_markdown(request.error["message"]) + (f"\n\n{as_markdown(hint)}" if hint else ""))
        return Reply(None, error=request.error)
    return Reply(request.result)


def _poll(services: Services, key: str, doing: str, show_pieces: ShowPieces | None) -> None:
    @st.fragment(run_every=POLL_SECONDS)
    def wait() -> None:
        request: _Request | None = st.session_state.get(f"request.{key}")
        if request is None or request.done or _read_events(services, request):
            st.rerun()
            return
        waited = time.time() - request.since
        st.caption(f":material/hourglass_top: {as_markdown(doing)}")
        if show_pieces is not None:
            show_pieces(request.pieces)
        services.worker.wake_worker()
        if waited > SLOW_SECONDS and not services.worker.living_workers():
            st.warning("The worker has not started. The end of its log:")
            st.code(services.worker.worker_log() or "(empty)", language=None)

    wait()
