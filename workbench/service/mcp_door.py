"""The way in for MCP clients over HTTP (Streamable HTTP, without sessions), at /mcp.
Knows nothing about the tools."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


class McpDoor:
    """An ASGI application for POST: the service says nothing unasked, so no client keeps a GET open.
    The first request opens it: the `mcp` package takes a second to import, which a service that no MCP client
    asks need not spend.

    make: makes the server with its tools.
    """

    def __init__(self, make: Callable[[], MCPServer[Any]]) -> None:
        self._make = make
        self._opened: asyncio.Future[ASGIApp] | None = None
        self._running: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            self._running = asyncio.create_task(self._run(self._opened))
        app = await asyncio.shield(self._opened)
        await app(scope, receive, send)

    async def _run(self, opened: asyncio.Future[ASGIApp]) -> None:
        """In a task of its own: the package's task group must be closed where it was opened."""
        try:
            from mcp.server.transport_security import TransportSecuritySettings

            server = await asyncio.to_thread(self._make)
            app = server.streamable_http_app(
                json_response=True,
                stateless_http=True,
                # guard.py has checked the host and the origin already.
                transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
            )
            async with server.session_manager.run():
                opened.set_result(app)
                await self._closed.wait()
        except BaseException as error:
            if not opened.done():
                opened.set_exception(error)
                self._opened = None  # the next request tries again
            raise

    async def close(self) -> None:
        self._closed.set()
        if self._running is not None:
            with contextlib.suppress(Exception):
                await self._running
