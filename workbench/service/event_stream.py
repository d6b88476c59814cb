"""Streams a reply as server-sent events. Until the first piece has come, an error is a reply of its own.
Knows nothing about what the pieces are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from workbench.errors import WorkbenchError
from workbench.service.chat_protocol import event
from workbench.service.hang_ups import HungUp, unless_hung_up
from workbench.service.service_error import ServiceError, as_service_error

SILENT_SECONDS = 15.0
"""After so long without a piece the client is told that the connection lives: proxies close silent ones."""
ALIVE = b": still working\n\n"
HEADERS = {
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}  # proxies are to pass each piece on at once

Pieces = AsyncGenerator[bytes, None]


class EventStream(Response):
    """Sends pieces as they come.

    pieces: is closed in any case. Raises ServiceError or WorkbenchError for what goes wrong.
    headers: are read when the first piece has come.
    """

    media_type = "text/event-stream"

    def __init__(self, pieces: Pieces, headers: dict[str, str]) -> None:
        self._pieces = pieces
        self._ours = headers
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(HungUp):
            await unless_hung_up(receive, self._send_all(scope, receive, send))

    async def _send_all(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._pieces):
            try:
                async for piece in _with_signs_of_life(self._pieces):
                    await self._begin(send)
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except (ServiceError, WorkbenchError) as error:
                shown = as_service_error(error)
                if not self._has_begun:
                    await shown.response()(scope, receive, send)
                    return
                await send({"type": "http.response.body", "body": event(shown.to_json()), "more_body": True})
            except OSError:
                raise
            except Exception:
                logging.getLogger("workbench.service").exception("A reply broke off.")
                shown = ServiceError(500, "Something went wrong.", kind="server_error")
                if not self._has_begun:
                    await shown.response()(scope, receive, send)
                    return
                await send({"type": "http.response.body", "body": event(shown.to_json()), "more_body": True})
        await self._begin(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, send: Send) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        head = Response(headers=self._ours | HEADERS, media_type=self.media_type)
        del head.headers["content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": head.raw_headers})


async def _with_signs_of_life(pieces: Pieces) -> Pieces:
    """The pieces, with a sign of life whenever none comes for long."""
    coming: asyncio.Future[bytes] | None = None
    try:
        while True:
            if coming is None:
                coming = asyncio.ensure_future(anext(pieces))
            done, _ = await asyncio.wait({coming}, timeout=SILENT_SECONDS)
            if not done:
                yield ALIVE
                continue
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            if piece:
                yield piece
    finally:
        if coming is not None and not coming.done():
            coming.cancel()
            await asyncio.wait({coming})
