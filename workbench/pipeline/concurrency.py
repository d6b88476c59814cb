"""Waits for several things at once, to the end of the last.
Knows nothing about what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

Result = TypeVar("Result")


async def gather_all(work: Sequence[Awaitable[Result]]) -> list[Result]:
    """All results in order, or the first error once the last has ended: a failure or a stop lets what is
    under way, and paid for, come to its end."""
    tasks = [asyncio.ensure_future(each) for each in work]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]  # an error may be a result, too
