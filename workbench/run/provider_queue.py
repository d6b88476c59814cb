"""One provider's stream of jobs: orders in turn, a few jobs at a time, the next order prepared meanwhile.
Knows nothing about what a job is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from workbench.calls.stop_signal import Halt
from workbench.errors import Stopped

Order = TypeVar("Order")
Job = TypeVar("Job")

# Jobs beyond the concurrency limit: others score and commit, or wait to be asked again, and leave no place
# idle. Where every second call is refused once or twice, three jobs a place keep them all busy.
JOBS_A_PLACE = 3
SPARE = 4


class Lane(Generic[Order, Job]):
    """prepare: an order's jobs.  carry_out: does one job to the end.  width: jobs asked at one time."""

    def __init__(
        self,
        orders: Sequence[Order],
        *,
        width: int,
        prepare: Callable[[Order], Awaitable[Sequence[Job]]],
        carry_out: Callable[[Job], Awaitable[None]],
        halt: Halt,
    ) -> None:
        self._orders = orders
        self._width = JOBS_A_PLACE * width + SPARE
        self._prepare = prepare
        self._carry_out = carry_out
        self._halt = halt
        # Bounded: memory holds the jobs of about two orders, however many there are.
        self._queue: asyncio.Queue[Job | None] = asyncio.Queue(maxsize=self._width)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._width):
                group.create_task(self._work())
            group.create_task(self._feed())

    async def _feed(self) -> None:
        for order in self._orders:
            if self._halt:
                break
            try:
                jobs = await self._prepare(order)
            except Stopped as stopped:
                self._halt.set(stopped.state, str(stopped))
                break
            for job in jobs:
                await self._queue.put(job)
        # Not in a finally: when this task is cancelled or fails, the group cancels the workers, and nobody
        # would be left to take these.
        for _ in range(self._width):
            await self._queue.put(None)

    async def _work(self) -> None:
        while (job := await self._queue.get()) is not None:
            if self._halt:
                continue
            try:
                await self._carry_out(job)
            except Stopped as stopped:
                self._halt.set(stopped.state, str(stopped))
