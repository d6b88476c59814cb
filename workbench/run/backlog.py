"""Work that follows an answer, in the background of the provider queues: so many pieces at a time, none
lost, errors heard. Knows nothing about what the work is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from workbench.calls.stop_signal import StopSignal
from workbench.errors import Stopped


class Backlog:
    """most: pieces at a time. `add` returns at once while there is room, so that a provider's queue goes on
    asking."""

    def __init__(self, group: asyncio.TaskGroup, most: int, stop_signal: StopSignal) -> None:
        self._group = group
        self._places = asyncio.Semaphore(most)
        self._stop_signal = stop_signal

    async def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Raises Stopped when the stop signal is set before there is room."""
        try:
            await self._stop_signal.race(self._take_place())
        except BaseException:
            work.close()
            raise
        self._group.create_task(self._carry_out(work))

    async def _take_place(self) -> None:
        await self._places.acquire()

    async def _carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Stopped as stopped:
            self._stop_signal.set(stopped.state, str(stopped))
        finally:
            self._places.release()
