"""Writes served requests to the store in groups, after their replies were sent.
Knows nothing about how they were answered. A store that cannot be written stops no reply."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Sequence

from workbench.errors import StoreError
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest
from workbench.store.serving.requests import add_requests

GROUP_SECONDS = 0.4
"""Between two writes: a crash loses no more of the log than this and the time of a write."""
RETRY_SECONDS = 2.0
"""Between two tries while the store cannot be written."""
MOST_WAITING = 10_000
"""Requests that wait for the store; more are not logged."""
MOST_CHARACTERS = 100_000_000
"""Characters of the texts of those that wait; where there would be more, requests are not logged."""
MOST_IN_GROUP = 500
"""Requests that one transaction writes."""


def to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class RequestLog:
    """`add` takes a request and returns at once; `run` writes what was added until it is cancelled.

    say: hears when logging stops and when it goes on again.
    """

    def __init__(self, store: Store, *, say: Callable[[str], None] = to_stderr) -> None:
        self._store = store
        self._say = say
        self._waiting: deque[ServedRequest] = deque()
        self._characters = 0
        self._lost = 0
        self._trouble = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the log now, in words; () when requests are being logged."""
        if not self._trouble:
            return ()
        lost = f" {self._lost:,} were given up." if self._lost else ""
        waiting = f"{len(self._waiting):,} wait."
        return (f"Requests are not being logged: {self._trouble} {waiting}{lost}",)

    def add(self, request: ServedRequest) -> None:
        """Log a request soon. Never waits and never raises."""
        size = _characters(request)
        if len(self._waiting) >= MOST_WAITING or self._characters + size > MOST_CHARACTERS:
            self._lost += 1
            return
        self._characters += size
        self._waiting.append(request)

    async def run(self) -> None:
        """Write until cancelled; what was added before is still written."""
        try:
            while True:
                await asyncio.sleep(RETRY_SECONDS if self._trouble else GROUP_SECONDS)
                await self._flush()
        finally:
            await asyncio.shield(self._flush())
            if self._waiting:
                self._say(f"{len(self._waiting):,} requests were not logged: {self._trouble}")

    async def _flush(self) -> None:
        """Write what waits. What cannot be written goes on waiting."""
        while self._waiting:
            group = [self._waiting[i] for i in range(min(len(self._waiting), MOST_IN_GROUP))]
            try:
                bad = await asyncio.to_thread(self._write, group)
            except StoreError as error:
                self._stopped(str(error))
                return
            for request in group:
                self._waiting.popleft()
                self._characters -= _characters(request)
            self._goes_on(bad)

    def _write(self, group: Sequence[ServedRequest]) -> int:
        """Store a group; returns how many of it no store would take. Raises StoreError."""
        try:
            with self._store.write() as session:
                add_requests(session, group)
            return 0
        except StoreError:
            raise
        except Exception as error:  # one of them is at fault: the others are written
            if len(group) == 1:
                self._say(f"Request {group[0].id} was not logged: {error}")
                return 1
            return sum(self._write([request]) for request in group)

    def _stopped(self, why: str) -> None:
        if not self._trouble:
            self._say(f"Requests are not being logged; answers go on. {why}")
        self._trouble = why

    def _goes_on(self, bad: int) -> None:
        if self._trouble or self._lost:
            lost = f" {self._lost:,} requests were not logged." if self._lost else ""
            self._say(f"Requests are being logged again.{lost}")
        self._trouble, self._lost = "", 0


def _characters(request: ServedRequest) -> int:
    texts = (request.question, request.answer, *(turn.text for turn in request.history))
    return sum(map(len, texts)) + sum(len(passage.text) for passage in request.passages)
