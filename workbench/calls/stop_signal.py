"""The one place that says whether an experiment should go on, and if not, why.
Knows nothing about who asks or what is under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from workbench.errors import Stopped
from workbench.store.records import State

Result = TypeVar("Result")


class StopSignal:
    """Set once; the first reason stays. `raise_if_set` raises Stopped from then on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._event = asyncio.Event()
        self.state: State | None = None
        self.message = ""
        self.set_at: float | None = None

    def __bool__(self) -> bool:
        return self.state is not None

    def set(self, state: State, message: str) -> None:
        if self.state is None:
            self.state, self.message, self.set_at = state, message, self._clock()
            self._event.set()

    def raise_if_set(self) -> None:
        if self.state is not None:
            raise Stopped(self.message)

    async def wait(self) -> None:
        await self._event.wait()

    async def race(self, waiting: Coroutine[Any, Any, Result]) -> Result:
        """What a wait brings, or Stopped as soon as the signal is set. For waits only: a request
        that was sent must not be cut off."""
        task, stopping = asyncio.ensure_future(waiting), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            if task.cancelled():
                raise Stopped(self.message)
            return task.result()
        finally:
            stopping.cancel()
            task.cancel()

    def seconds_since_set(self) -> float:
        return 0.0 if self.set_at is None else self._clock() - self.set_at
