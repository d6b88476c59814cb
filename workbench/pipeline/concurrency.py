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
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
