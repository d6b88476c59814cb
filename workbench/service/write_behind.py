"""Writes to the store in groups, behind the replies: served requests, their scores, and calls.
Knows nothing about how they came about. While the store cannot be written, they wait in bounded memory."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from workbench.errors import StoreError
from workbench.service.bounded_queue import MOST_ITEMS, BoundedQueue
from workbench.store.database import Store
from workbench.store.ledger import add_calls
from workbench.store.records import CallRecord
from workbench.store.serving.records import ServedRequest, ServedScore
from workbench.store.serving.requests import add_requests, put_scores

GROUP_SECONDS = 0.4
"""Between two writes: a crash loses no more than this and the time of a write."""
RETRY_SECONDS = 2.0
"""Between two tries while the store cannot be written."""
OVERRUN_SECONDS = 60.0
"""Between two lines that say that more came than could be written."""
MOST_IN_GROUP = 500
"""How many rows one transaction writes, without passages and scores."""


@dataclass(frozen=True)
class ScoresOfRequest:
    """The scores of a request that was logged before."""

    request_id: str
    refused: bool
    """Whether the answer declines the question."""
    scores: tuple[ServedScore, ...]
    versions: str
    """Of the scores, as in ServedRequest."""


Row = ServedRequest | ScoresOfRequest | CallRecord


def to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class WriteBehind:
    """`add` takes a row and returns at once; `run` writes what was added until it is cancelled.

    say: hears when logging stops and when it goes on again.
    """

    def __init__(
        self, store: Store, *, say: Callable[[str], None] = to_stderr, most_waiting: int = MOST_ITEMS
    ) -> None:
        self._store = store
        self._say = say
        self._waiting: BoundedQueue[Row] = BoundedQueue(characters_of, most_waiting)
        self._lost = 0
        self._trouble = ""
        self._said_at = -OVERRUN_SECONDS

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now, in words; () while rows are being written."""
        if not self._trouble:
            return (self._overrun(),) if self._lost else ()
        lost = f"; {self._lost:,} were given up" if self._lost else ""
        return (f"Requests are not being logged: {self._trouble} {len(self._waiting):,} rows wait{lost}.",)

    def add(self, row: Row) -> bool:
        """Store a row soon. Never waits and never raises; returns whether there was room for it."""
        added = self._waiting.put(row)
        self._lost += not added
        return added

    def give_up(self) -> None:
        """Count a row that was lost before it came here."""
        self._lost += 1

    async def run(self) -> None:
        """Write until cancelled; what was added before is still written."""
        flushing = None
        try:
            while True:
                await asyncio.sleep(RETRY_SECONDS if self._trouble else GROUP_SECONDS)
                flushing = asyncio.ensure_future(self._flush())
                await asyncio.shield(flushing)
        finally:
            if flushing is not None:  # a thread that writes cannot be stopped: the same is not written twice
                await asyncio.wait([flushing])
            await asyncio.shield(self._flush())
            if self._waiting:
                self._say(f"{len(self._waiting):,} rows of the log were lost: {self._trouble}")

    async def _flush(self) -> None:
        """Write what waits. What cannot be written goes on waiting."""
        while self._waiting:
            group = self._waiting.first(MOST_IN_GROUP)
            try:
                await asyncio.to_thread(self._write, group)
            except StoreError as error:
                self._stopped(str(error))
                return
            self._waiting.remove_first(len(group))
            self._goes_on()

    def _write(self, group: Sequence[Row]) -> None:
        """Store a group, without rows that no store would take. Raises StoreError."""
        try:
            _store_rows(self._store, group)
        except StoreError:
            raise
        except Exception as error:  # one of them is at fault: the others are written
            if len(group) > 1:
                for row in group:
                    self._write([row])
                return
            self._say(f"A row of the log was left out ({_name(group[0])}): {error}")

    def _stopped(self, why: str) -> None:
        if not self._trouble:
            self._say(f"Requests are not being logged; the service keeps answering. {why}")
        self._trouble = why

    def _goes_on(self) -> None:
        if self._trouble:
            lost = f" {self._lost:,} rows of the log were given up." if self._lost else ""
            self._say(f"Requests are being logged again.{lost}")
        elif self._lost and time.monotonic() - self._said_at > OVERRUN_SECONDS:
            self._say(self._overrun())
            self._said_at = time.monotonic()
        else:
            return
        self._trouble, self._lost = "", 0

    def _overrun(self) -> str:
        return f"Requests come faster than they can be logged: {self._lost:,} rows were given up."


def _store_rows(store: Store, rows: Sequence[Row]) -> None:
    def add(session: Session) -> None:
        add_calls(session, [row for row in rows if isinstance(row, CallRecord)])
        add_requests(session, [row for row in rows if isinstance(row, ServedRequest)])
        for row in sorted((row for row in rows if isinstance(row, ScoresOfRequest)), key=_request_of):
            put_scores(session, row.request_id, row.scores, refused=row.refused, versions=row.versions)

    store.transact(add, shared=True)


def _request_of(row: ScoresOfRequest) -> str:
    return row.request_id


def _name(row: Row) -> str:
    if isinstance(row, ServedRequest):
        return f"request {row.id}"
    return f"call {row.key}" if isinstance(row, CallRecord) else f"scores of {row.request_id}"


def characters_of(row: Row) -> int:
    """The characters of its texts, about."""
    if isinstance(row, CallRecord):
        return len(row.text) + len(row.thinking)
    if isinstance(row, ScoresOfRequest):
        return 1000
    texts = (row.question, row.answer, *(turn.text for turn in row.history))
    return sum(map(len, texts)) + sum(len(passage.text) for passage in row.passages)
