"""The one retry layer (tenacity): again after what may pass, with jitter, a deadline, the server's own wait.
Knows nothing about what is sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_before_delay

from workbench.errors import ProviderError
from workbench.providers.rate_limits import ProviderLimits
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


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and error.retryable


def _error_of(state: RetryCallState) -> ProviderError:
    """What the last attempt raised; tenacity asks for waits and stops only after a failure that may pass."""
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, ProviderError)
    return error


async def call_with_retries(
    send: Callable[[], Awaitable[Reply]],
    *,
    attempts: int,
    deadline_seconds: float,
    limits: ProviderLimits | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
    before: Callable[[], None] = lambda: None,
    on_failure: Callable[[ProviderError], Awaitable[None]] | None = None,
) -> Reply:
    """The reply with the number of attempts it took. The provider's limits hear of every outcome.

    before: raises when no further attempt may be sent.  on_failure: hears of each attempt that failed, so
    that what it cost is booked.  sleep: waits, or raises when the wait is not worth it any more.  Raises the
    last ProviderError when it is not worth repeating, the attempts are used up, or the next wait would pass
    the deadline (on the monotonic clock).
    """
    succeeded_before = limits.succeeded if limits is not None else 0
    made = useless = 0

    async def attempt() -> Reply:
        nonlocal made, useless
        before()
        made += 1
        try:
            reply = await send()
        except ProviderError as error:
            error.attempts = made
            useless += error.kind in BILLED_KINDS
            if limits is not None:
                limits.note_failure(error)
            if on_failure is not None:
                await on_failure(error)
            raise
        if limits is not None:
            limits.note_success()
        return replace(reply, attempts=made)

    too_late = stop_before_delay(deadline_seconds)
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        wait=lambda state: wait_before(state.attempt_number, _error_of(state).retry_after, jitter()),
        stop=lambda state: made >= attempts or useless >= BILLED_ATTEMPTS or too_late(state),
        sleep=sleep,
        reraise=True,
    )
    try:
        return await retrying(attempt)
    except ProviderError as error:
        if limits is not None:
            limits.note_given_up(error, succeeded_before)
        raise
