"""A second winner beside the main one: it answers a share of the traffic, or shadows it unseen.
Knows nothing about HTTP. A shadow neither delays nor fails the reply that was sent."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from workbench.corpus.types import AskedQuestion
from workbench.service.answering import Answering
from workbench.service.served_winner import Running, ServedWinner
from workbench.service.together import run_together
from workbench.service.users import place_of
from workbench.ship.serving import Unscored
from workbench.store.serving.records import RequestState, ServedRequest

SHADOWS_AT_ONCE = 2
"""So few that models have room for the replies that somebody waits for."""
MOST_WAITING = 100
SKIPPED_SHOWN_SECONDS = 300.0
"""For so long it is said that shadows were left out."""
logger = logging.getLogger("workbench.service")


@dataclass(frozen=True)
class SplitSettings:
    """What the second winner gets of the first one's traffic."""

    share: float = 0.0
    """The share of users, from 0 to 1, whom it answers."""
    shadow: float = 0.0
    """The share of users, from 0 to 1, whose questions it answers, too, without their seeing it."""


def falls_in(share: float, what: str, main: Running, second: Running, who: str) -> bool:
    """Whether somebody belongs to a share. The answer is always the same for the same two services.

    what: "share" or "shadow"; who is in one of them says nothing about who is in the other.
    who: the hash of the user's key, or the request's id where there is none.
    """
    return share > 0 and place_of(what, main.service.id, second.service.id, who) < share


class Shadows:
    """Answers questions of the main winner with a second one, after their replies. `run` never ends.

    answer: answers a question with what it is given.
    write: takes the shadows.
    """

    def __init__(
        self,
        main: ServedWinner,
        second: ServedWinner,
        share: float,
        answer: Callable[[Running, AskedQuestion], Awaitable[Unscored]],
        write: Callable[[ServedRequest], None],
    ) -> None:
        self._main = main
        self._second = second
        self._share = share
        self._answer = answer
        self._write = write
        self._waiting: deque[tuple[AskedQuestion, ServedRequest]] = deque()
        self._arrived = asyncio.Event()
        self._skipped = 0
        self._skipped_at = 0.0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now, in words."""
        if not self._skipped or time.monotonic() - self._skipped_at > SKIPPED_SHOWN_SECONDS:
            return ()
        return (f"{self._skipped:,} requests got no shadow, since the second winner is too slow for them.",)

    def follow(self, asked: AskedQuestion, request: ServedRequest) -> None:
        """Have a question shadowed that the main winner has answered. Never waits and never raises."""
        main, second = self._main.running, self._second.running
        if request.role != "main" or request.service_id != main.service.id or request.state != "ok":
            return
        if not falls_in(self._share, "shadow", main, second, request.user or request.id):
            return
        if len(self._waiting) >= MOST_WAITING or not self._second.is_ready:
            self._skipped, self._skipped_at = self._skipped + 1, time.monotonic()
            return
        self._waiting.append((asked, request))
        self._arrived.set()

    async def run(self) -> None:
        await run_together(*(self._work() for _ in range(SHADOWS_AT_ONCE)))

    async def _work(self) -> None:
        while True:
            while self._waiting:
                await self._shadow(*self._waiting.popleft())
            self._arrived.clear()
            await self._arrived.wait()

    async def _shadow(self, asked: AskedQuestion, request: ServedRequest) -> None:
        running = self._second.running
        answering = Answering(
            running, self._second.model_id, asked, f"shadow-{secrets.token_hex(12)}", request.user
        )
        answering.role = "shadow"
        state: RequestState = "ok"
        failure: Exception | None = None
        try:
            answer = await self._answer(running, asked)
            answering.is_cached = answer.stored
            answering.answer = replace(answer, cost_usd=0.0 if answer.stored else answer.cost_usd)
        except Exception as error:  # the shadow's failure is a figure of its own
            state, failure = "failed", error
            logger.warning("The shadow of %s failed: %s", request.id, error)
        self._write(replace(answering.to_request(state, failure), shadow_of=request.id))
