"""Speaks HTTP on a connection, and closes one whose request does not begin in time or begins without end.
Knows nothing about what is asked: guard.py bounds the bodies of requests."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 30.0
"""Within which the head of a request must have come."""
MOST_HEAD_BYTES = 65_536
"""Of a head, about: what came with it in one piece counts, too."""


class BoundedHttp(HttpToolsProtocol):
    """Uvicorn's, which waits for a head for ever and keeps one of any length in memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expects_head = True
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin_to_wait()

    def data_received(self, data: bytes) -> None:
        if self._expects_head:
            self._begin_to_wait()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._expects_head and self._head_bytes > MOST_HEAD_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        self._begin_to_wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._expects_head, self._head_bytes = False, 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._expects_head, self._head_bytes = True, 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _begin_to_wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
