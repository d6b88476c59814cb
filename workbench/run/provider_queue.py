"""One provider's stream of jobs: batches in turn, a few jobs at a time, the next batch prepared meanwhile.
Knows nothing about what a job is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from workbench.calls.stop_signal import StopSignal
from workbench.errors import Stopped

Batch = TypeVar("Batch")
Job = TypeVar("Job")

# Jobs beyond the concurrency limit: others score and commit, or wait to be asked again, and leave no place
# idle. Where every second call is refused once or twice, three jobs a place keep them all busy.
JOBS_A_PLACE = 3
SPARE = 4


class ProviderQueue(Generic[Batch, Job]):
    """prepare: a batch's jobs.  carry_out: does one job to the end.  width: jobs asked at one time."""

    def __init__(
        self,
        batches: Sequence[Batch],
        *,
        width: int,
        prepare: Callable[[Batch], Awaitable[Sequence[Job]]],
        carry_out: Callable[[Job], Awaitable[None]],
        stop_signal: StopSignal,
    ) -> None:
        self._batches = batches
        self._width = JOBS_A_PLACE * width + SPARE
        self._prepare = prepare
        self._carry_out = carry_out
        self._stop_signal = stop_signal
        # Bounded: memory holds the jobs of about two batches, however many there are.
        self._queue: asyncio.Queue[Job | None] = asyncio.Queue(maxsize=self._width)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._width):
                group.create_task(self._work())
            group.create_task(self._feed())

    async def _feed(self) -> None:
        for batch in self._batches:
            if self._stop_signal:
                break
            try:
                jobs = await self._prepare(batch)
            except Stopped as stopped:
                self._stop_signal.set(stopped.state, str(stopped))
                break
            for job in jobs:
                await self._queue.put(job)
        # Not in a finally: when this task is cancelled or fails, the group cancels the workers, and nobody
        # would be left to take these.
        for _ in range(self._width):
            await self._queue.put(None)

    async def _work(self) -> None:
        while (job := await self._queue.get()) is not None:
            if self._stop_signal:
                continue
            try:
                await self._carry_out(job)
            except Stopped as stopped:
                self._stop_signal.set(stopped.state, str(stopped))
