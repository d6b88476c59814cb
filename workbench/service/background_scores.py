"""Scores served answers after their replies were sent, in a process of low priority.
Knows nothing about any score, and nothing about how requests are written to the store."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

from workbench.run.background_process import BackgroundRunner
from workbench.service.bounded_queue import BoundedQueue
from workbench.service.redaction import redact_score, score_without_texts
from workbench.service.write_behind import ScoresOfRequest, characters_of
from workbench.ship.served_scores import VERSIONS, declines, score_served
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest, ServedScore, Texts
from workbench.store.serving.requests import find_unscored
from workbench.watch.served_novelty import score_novelty

PAUSE_SECONDS = 0.2
"""Between two looks for requests to score."""
AT_ONCE = 8
"""So many are scored before a request that waits to be redacted gets its turn."""
MOST_WAITING = 2_000
LEFT_SECONDS = 10.0
"""A stored request that has no scores after so long was left by a server that ended, or had no room here."""
_NICENESS = 10


@cache
def yield_to_others() -> None:
    """Let other processes go first, where this is a process for work in the background."""
    if multiprocessing.parent_process() is not None:
        with suppress(OSError, AttributeError):  # Windows has none
            os.nice(_NICENESS)


def is_scored(request: ServedRequest) -> bool:
    """Whether it gets scores: a task of a chat program rests on no document."""
    return request.role != "task"


def score_requests(store: Store, requests: Sequence[ServedRequest]) -> list[ScoresOfRequest]:
    """The scores of each, with what may be stored of texts in them."""
    yield_to_others()
    found = []
    for request in requests:
        scores = (*score_served(request), *score_novelty(store, request))
        stored = tuple(_STORED_AS[request.texts](score) for score in scores)
        found.append(ScoresOfRequest(request.id, declines(request), stored, VERSIONS))
    return found


def _as_it_is(score: ServedScore) -> ServedScore:
    return score


_STORED_AS: dict[Texts, Callable[[ServedScore], ServedScore]] = {
    "full": _as_it_is,
    "redacted": redact_score,
    "none": score_without_texts,
}


class BackgroundScores:
    """`add` takes a request as it was answered; `run` scores until it is cancelled. What finds no room is
    read from the store later, where its texts are stored.

    process: where the work is done.
    write: takes the scores.
    now: the time in Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        process: BackgroundRunner,
        write: Callable[[ScoresOfRequest], object],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._process = process
        self._write = write
        self._now = now
        self._waiting: BoundedQueue[ServedRequest] = BoundedQueue(characters_of, MOST_WAITING)
        self._looked_at = -LEFT_SECONDS
        self._unscored = 0
        self._trouble = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in words."""
        lost = f"{self._unscored:,} answers were not scored, since too many came at once."
        return (*([self._trouble] if self._trouble else ()), *([lost] if self._unscored else ()))

    def add(self, request: ServedRequest) -> None:
        """Score a request soon. Never waits and never raises."""
        if not is_scored(request):
            return
        if request.state == "ok" and not self._waiting.put(request) and request.texts == "none":
            self._unscored += 1

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0 if self._waiting else PAUSE_SECONDS)
            try:
                await self._score_some()
                self._trouble = ""
            except Exception as error:  # scoring must go on with the next ones
                self._trouble = f"Answers are not being scored: {error}"
                await asyncio.sleep(PAUSE_SECONDS)

    async def _score_some(self) -> None:
        group = self._waiting.first(AT_ONCE)
        self._waiting.remove_first(len(group))
        if not group and time.monotonic() - self._looked_at >= LEFT_SECONDS:
            group = await self._left()
            if len(group) < AT_ONCE:
                self._looked_at = time.monotonic()
        if group:
            for scores in await self._process(score_requests, self._store, group):
                self._write(scores)

    async def _left(self) -> list[ServedRequest]:
        return await asyncio.to_thread(
            find_unscored, self._store, older_than=self._now() - LEFT_SECONDS, now=self._now(), most=AT_ONCE
        )
