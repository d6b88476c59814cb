"""Lets equal questions share one answer: while it is being made, and afterwards as long as there is room.
Knows nothing about how answers are made or who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from workbench.lru_cache import LruCache
from workbench.providers.types import OnText
from workbench.replies.thinking import SplitReply
from workbench.ship.serving import Unscored

Work = Callable[[OnText], Awaitable[Unscored]]
"""Makes an answer, and tells its text so far."""


class SharedAnswer:
    """One answer that is being made, and how many wait for it. When nobody does any more, it is cancelled."""

    def __init__(self, work: Work) -> None:
        self.text = ""
        """The answer so far."""
        self.waiting = 0
        self._changed = asyncio.Event()
        self.task: asyncio.Task[Unscored] = asyncio.ensure_future(_run(work, self._hear))
        self.task.add_done_callback(self._end)

    def _hear(self, so_far: SplitReply) -> None:
        self.text = so_far.answer.strip()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _end(self, task: asyncio.Task[Unscored]) -> None:
        if not task.cancelled():
            task.exception()  # those who wait hear of it; with none left, nobody need
        self._tell()

    async def texts(self) -> AsyncIterator[str]:
        """The answer so far, each time more of it has come."""
        seen = ""
        while True:
            changed = self._changed
            if self.text != seen:
                seen = self.text
                yield seen
            elif self.task.done():
                return
            else:
                await changed.wait()

    async def result(self) -> Unscored:
        """The whole answer. Raises what its making raised."""
        return await asyncio.shield(self.task)


async def _run(work: Work, on_text: OnText) -> Unscored:
    return await work(on_text)


class SharedAnswers:
    """The answers that are being made, and the last ones that were.

    kept: how many of those; 0 shares nothing.
    """

    def __init__(self, kept: int) -> None:
        self._kept: LruCache[str, Unscored] | None = LruCache(kept) if kept else None
        self._under_way: dict[str, SharedAnswer] = {}

    def find(self, key: str) -> Unscored | None:
        """An answer that was made before."""
        return None if self._kept is None else self._kept.find(key)

    def join(self, key: str | None, work: Work) -> tuple[SharedAnswer, bool]:
        """The answer under this key, and whether it was under way already. `leave` it in any case.

        key: None makes an answer that nobody else gets, now or later.
        """
        answer = self._under_way.get(key) if key is not None and self._kept is not None else None
        is_joined = answer is not None
        if answer is None:
            answer = SharedAnswer(work)
            if key is not None and self._kept is not None:
                self._under_way[key] = answer
                answer.task.add_done_callback(lambda task: self._finish(key, task))
        answer.waiting += 1
        return answer, is_joined

    def leave(self, key: str | None, answer: SharedAnswer) -> None:
        answer.waiting -= 1
        if not answer.waiting and not answer.task.done():
            if key is not None and self._under_way.get(key) is answer:
                del self._under_way[key]
            answer.task.cancel()

    def _finish(self, key: str, task: asyncio.Task[Unscored]) -> None:
        answer = self._under_way.get(key)
        if answer is not None and answer.task is task:
            del self._under_way[key]
        if self._kept is not None and not task.cancelled() and task.exception() is None:
            self._kept.keep(key, task.result())
