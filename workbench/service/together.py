"""Runs work that never ends by itself side by side, and ends all of it in order.
Knows nothing about what the work is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

logger = logging.getLogger("workbench.service")


def begin(*works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Begin each as a task. One that fails is a bug: its traceback is logged, and the others go on."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(_log_failure)
    return tasks


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until each has finished what it does at its end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The works beside the block, as tasks; they are ended with it."""
    tasks = begin(*works)
    try:
        yield tasks
    finally:
        await end(tasks)


async def run_together(*works: Coroutine[Any, Any, None]) -> None:
    """Until cancelled; then each has finished what it does at its end."""
    async with running(*works) as tasks:
        await asyncio.wait(tasks)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("Background work has ended.", exc_info=error)
