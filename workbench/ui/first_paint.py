"""Puts a sketch of the page into the HTML that the browser gets first: Streamlit's own is white until its
program has loaded. Knows nothing about what the pages show; the sketch goes when the navigation is there."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SKETCH = (Path(__file__).parent / "first_paint.html").read_bytes()
BODY = b"<body>"
# The page is sent whole and as it is: compressed or "not modified" it could not be changed.
LEFT_OUT = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


class FirstPaint:
    """An ASGI middleware that adds the sketch to a page of HTML, and leaves all else alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _asks_for_a_page(scope):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in LEFT_OUT]}
        await self._app(scope, receive, _Sender(send))


def _asks_for_a_page(scope: MutableMapping[str, Any]) -> bool:
    is_get = scope["type"] == "http" and scope["method"] == "GET"
    return is_get and "text/html" in Headers(scope=scope).get("accept", "")


class _Sender:
    """Holds an HTML page back until it is complete, and sends it with the sketch."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
        else:
            await self._send(message)

    async def _send_page(self, start: Message) -> None:
        page = self._body.replace(BODY, BODY + SKETCH, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(page))
        for name in ("etag", "last-modified"):
            if name in headers:
                del headers[name]
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": page})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
