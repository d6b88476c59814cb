"""A limit of requests or tokens a minute, of which this process may have a part.
Knows nothing about calls or providers."""

from __future__ import annotations

import asyncio
from heapq import heappush

from aiolimiter import AsyncLimiter

MINUTE = 60.0
LEAST = 0.01
"""Of requests or tokens a minute: a part of nothing is let through one day."""


class PerMinute(AsyncLimiter):  # type: ignore[misc]
    """A leaky bucket. most: how much the provider allows in a minute."""

    max_rate: float
    _level: float
    _waiters: list[tuple[float, int, asyncio.Future[None]]]

    def __init__(self, most: int) -> None:
        super().__init__(most, MINUTE)
        self._whole = most
        self._is_shared = False

    async def acquire(self, amount: float = 1) -> None:
        """Wait until that much may go, or as much as may ever go at once; all of it is charged."""
        while not self.has_capacity(needed := min(amount, self.max_rate)):
            waiter: asyncio.Future[None] = self._loop.create_future()
            waiter.add_done_callback(lambda _: self._loop.call_soon(self._wake_next))
            heappush(self._waiters, (needed, self._next_count(), waiter))
            self._wake_next()
            await waiter
        self._level += amount
        self._wake_next()

    def take_part(self, part: float) -> None:
        """Let that part of it through from now on; 0.0 keeps what was earned for the next part. What could be
        let through at once does not grow: it was for others until now."""
        self._leak()
        if not self._is_shared:
            self._is_shared = True
            self._level = max(self._level, self._whole - 1.0)
        if part:
            free = self.max_rate - self._level
            self.max_rate = max(1.0, self._whole * part)
            self._level = max(0.0, self.max_rate - free)
        self._rate_per_sec = max(self._whole * part, LEAST) / MINUTE
        waiting, self._waiters = sorted(self._waiters), []
        for _, _, waiter in waiting:  # they look again: what they need, and when it is there, has changed
            if not waiter.done():
                waiter.set_result(None)
