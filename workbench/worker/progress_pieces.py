"""Tells a page how far a long request is, as pieces of its reply.
Knows nothing about what is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

Payload = dict[str, Any]
Tell = Callable[[str, Payload], Coroutine[Any, Any, None]]
"""Appends a piece: its kind, and what it holds."""
TellProgress = Callable[[Payload], None]

PIECE_SECONDS = 0.3  # between two pieces of progress: each is a row


@asynccontextmanager
async def telling(tell: Tell) -> AsyncIterator[TellProgress]:
    """A function that notes progress, from any thread; the newest is told every PIECE_SECONDS."""
    newest: list[Payload] = []

    async def send() -> None:
        while True:
            if newest:
                progress = newest[-1]
                newest.clear()
                await tell("progress", progress)
            await asyncio.sleep(PIECE_SECONDS)

    sending = asyncio.create_task(send())
    try:
        yield newest.append
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
