"""Waits: for several things at once, to the end of the last; and for a turn at what one may do at a time.
Knows nothing about what is done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

Result = TypeVar("Result")

TURN_SECONDS = 0.05
_turns: dict[Hashable, threading.Lock] = {}


async def gather_all(work: Sequence[Awaitable[Result]]) -> list[Result]:
    """All results in order, or the first error once the last has ended: a failure or a stop lets what is
    under way, and paid for, come to its end."""
    tasks = [asyncio.ensure_future(each) for each in work]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]  # an error may be a result, too


@asynccontextmanager
async def one_at_a_time(key: Hashable) -> AsyncIterator[None]:
    """Whoever in this process has the same key waits until this one is done, on whichever event loop."""
    turn = _turns.setdefault(key, threading.Lock())
    while not turn.acquire(blocking=False):
        await asyncio.sleep(TURN_SECONDS)
    try:
        yield
    finally:
        turn.release()
