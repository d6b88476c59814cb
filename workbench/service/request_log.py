"""The log of served requests: stored after the reply, with as much of the texts as may be kept, then scored.
Knows nothing about how requests are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from workbench.input.time_span import DAY
from workbench.run.background_process import BackgroundProcess, BackgroundRunner
from workbench.scoring.personal_data import NAME as PERSONAL_DATA
from workbench.service.background_scores import BackgroundScores, is_scored, yield_to_others
from workbench.service.bounded_queue import BoundedQueue
from workbench.service.redaction import redact_request, without_texts
from workbench.service.retention import delete_old
from workbench.service.together import begin, end, run_together
from workbench.service.write_behind import WriteBehind, characters_of, to_stderr
from workbench.ship.served_scores import score_served
from workbench.store.database import Store
from workbench.store.records import CallRecord
from workbench.store.serving.records import ServedRequest, Texts

REDACTED_AT_ONCE = 20
PAUSE_SECONDS = 0.1
PROCESS_IDLE_SECONDS = 600.0
"""The process for scores ends after so long without requests, and begins again with the next; where it also
redacts, which is waited for, it ends after a day."""


@dataclass(frozen=True)
class LogSettings:
    """What is kept of requests, and for how long."""

    texts: Texts = "full"
    """What is stored of questions, answers and passages: all, all but personal data, or nothing."""
    retention_days: float | None = None
    """Requests that are older are deleted, with their scores and thumbs; None keeps them."""


_EXAMPLE = ServedRequest(
    "", "", 0.0, "Who may call (415) 555-2671 or write to a@example.com?", texts="redacted"
)


def redact_requests(requests: Sequence[ServedRequest]) -> list[ServedRequest]:
    """Without personal data, whose score is computed while it is still there."""
    yield_to_others()
    return [
        redact_request(
            replace(r, scores=(*r.scores, *score_served(r, [PERSONAL_DATA]))) if is_scored(r) else r
        )
        for r in requests
    ]


class RequestLog:
    """`add` takes a request whose reply was sent, `add_call` a call to a model: both return at once. `run`
    writes, scores and deletes until it is cancelled; what was added before is still written.

    process: where texts are read; None takes a process of its own.
    say: hears when logging stops and when it goes on again.
    hear: hears of each request, with as much of its texts as is stored.
    now: the time in Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        settings: LogSettings = LogSettings(),  # noqa: B008  (frozen)
        *,
        process: BackgroundRunner | None = None,
        say: Callable[[str], None] = to_stderr,
        hear: Callable[[ServedRequest], None] = lambda request: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._settings = settings
        idle = DAY if settings.texts == "redacted" else PROCESS_IDLE_SECONDS
        self._own_process = BackgroundProcess(idle) if process is None else None
        self._process: BackgroundRunner = process or self._own_process  # type: ignore[assignment]
        self._hear = hear
        self._now = now
        self._writes = WriteBehind(store, say=say)
        self._scores = BackgroundScores(store, self._process, self._writes.add, now)
        self._to_redact: BoundedQueue[ServedRequest] = BoundedQueue(characters_of)
        self._trouble: dict[str, str] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the log now, in words; () when all is well."""
        return (*self._writes.problems, *self._scores.problems, *self._trouble.values())

    def add(self, request: ServedRequest) -> None:
        """Log a request soon. Never waits and never raises."""
        request = replace(request, texts=self._settings.texts)
        if request.texts == "redacted":
            if not self._to_redact.put(request):
                self._writes.give_up()
        else:
            self._keep(without_texts(request) if request.texts == "none" else request, to_score=request)

    def _keep(self, stored: ServedRequest, *, to_score: ServedRequest) -> None:
        """Store a request soon, as it may be kept, and score what it was."""
        self._hear(stored)
        if self._writes.add(stored):
            self._scores.add(to_score)

    def add_call(self, call: CallRecord) -> None:
        """Book a call soon. Its reply is stored only where texts are stored as they are."""
        if self._settings.texts != "full":
            outcome = "cleared" if call.outcome == "ok" else call.outcome
            call = replace(
                call, text="", thinking="", passages=(), error=call.error_kind or "", outcome=outcome
            )
        self._writes.add(call)

    async def run(self) -> None:
        writing = begin(self._writes.run())
        try:
            await run_together(
                self._warm_up(),
                self._scores.run(),
                self._repeat("redacting", self._redact, PAUSE_SECONDS),
                self._repeat("deleting", self._delete_old, DAY),
            )
        finally:
            try:
                await asyncio.shield(self._redact())
            finally:
                await end(writing)
                if self._own_process is not None:
                    self._own_process.close()

    async def _warm_up(self) -> None:
        """Begin the process before the first request waits for it: until it is redacted, it is not stored."""
        if self._settings.texts == "redacted":
            with suppress(Exception):  # the first request will say what is wrong
                await self._process(redact_requests, [_EXAMPLE])

    async def _repeat(self, what: str, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Do it again and again; an error is a problem that is shown until it works again."""
        while True:
            try:
                await work()
                self._trouble.pop(what, None)
                await asyncio.sleep(seconds)
            except Exception as error:
                self._trouble[what] = f"{what.capitalize()} requests failed: {error}"
                await asyncio.sleep(min(seconds, 60.0))

    async def _redact(self) -> None:
        while self._to_redact:
            group = self._to_redact.first(REDACTED_AT_ONCE)
            redacted = await self._process(redact_requests, group)
            self._to_redact.remove_first(len(group))
            for request, stored in zip(group, redacted, strict=True):
                self._keep(stored, to_score=replace(request, scores=stored.scores))

    async def _delete_old(self) -> None:
        if self._settings.retention_days is not None:
            before = self._now() - self._settings.retention_days * DAY
            await asyncio.to_thread(delete_old, self._store, before)
