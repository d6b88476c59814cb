"""Waits for several tasks at once, and lets only one task at a time into a section of code.
Knows nothing about what the tasks do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

Result = TypeVar("Result")

POLL_SECONDS = 0.05
_locks: dict[Hashable, threading.Lock] = {}


async def gather_all(work: Sequence[Awaitable[Result]]) -> list[Result]:
    """All results in order. Raises the first error, but only once all tasks have ended: after a failure or a
    stop, calls that are in flight, and paid for, still come to their end."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in work]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]  # an error may be a result, too


@asynccontextmanager
async def one_at_a_time(key: Hashable) -> AsyncIterator[None]:
    """A lock per key for the whole process: it also works between tasks of different event loops."""
    lock = _locks.setdefault(key, threading.Lock())
    while not lock.acquire(blocking=False):
        await asyncio.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()
