"""The one retry layer: again after what may pass, with jitter, a deadline, and the server's own wait.
Knows nothing about what is sent."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from workbench.errors import ProviderError
from workbench.providers.limits import ProviderLimits
from workbench.providers.types import ChatReply, EmbeddingReply

Reply = TypeVar("Reply", ChatReply, EmbeddingReply)

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
# Replies that came, were billed and are no use: seldom better the next time, and each is paid for.
BILLED_KINDS = ("empty", "nonsense")
BILLED_ATTEMPTS = 3


def wait_before(attempt: int, retry_after: float | None, jitter: float) -> float:
    """Seconds before the next attempt (attempt: how many were made): what the server asks for, else an
    exponential back-off with full jitter in [0.5, 1] of it (jitter in [0, 1])."""
    if retry_after is not None:
        return min(retry_after, 10 * LONGEST_WAIT_SECONDS) * (1 + 0.1 * jitter)
    whole = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1))
    return float(whole * (0.5 + 0.5 * jitter))


async def call_with_retries(
    send: Callable[[], Awaitable[Reply]],
    *,
    attempts: int,
    deadline_seconds: float,
    limits: ProviderLimits | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
    before: Callable[[], None] = lambda: None,
    on_failure: Callable[[ProviderError], Awaitable[None]] | None = None,
) -> Reply:
    """The reply with the number of attempts it took. The provider's limits hear of every outcome.

    before: raises when no further attempt may be sent.  on_failure: hears of each attempt that failed, so
    that what it cost is booked.  Raises the last ProviderError when it is not worth repeating, the attempts
    are used up, or the next wait would pass the deadline. stamina is not used: it cannot take the wait from
    the reply.
    """
    started = clock()
    succeeded_before = limits.succeeded if limits is not None else 0
    for attempt in range(1, attempts + 1):
        before()
        try:
            reply = await send()
        except ProviderError as error:
            if limits is not None:
                limits.note_failure(error)
            error.attempts = attempt
            if on_failure is not None:
                await on_failure(error)
            wait = wait_before(attempt, error.retry_after, jitter())
            late = clock() - started + wait > deadline_seconds
            enough = BILLED_ATTEMPTS if error.kind in BILLED_KINDS else attempts
            if not error.retryable or attempt >= min(attempts, enough) or late:
                if limits is not None:
                    limits.note_given_up(error, succeeded_before)
                raise
            await sleep(wait)
            continue
        if limits is not None:
            limits.note_success()
        return replace(reply, attempts=attempt)
    raise AssertionError("attempts must be at least 1")
