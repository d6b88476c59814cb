"""Sends an alarm to a webhook: one JSON document, whose `text` Slack and programs like it show.
Knows nothing about when an alarm is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tenacity import RetryCallState

TIMEOUT_SECONDS = 10.0
ATTEMPTS = 3
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


class NotDelivered(Exception):
    """An alarm did not arrive; the message says why and holds no secret."""

    def __init__(self, reason: str, *, retryable: bool, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retryable = retryable
        self.wait_seconds = wait_seconds
        """How long the server asks to wait; None when it does not say."""


def name_of(url: str) -> str:
    """What a delivery calls the address: its host alone, because the rest may be a secret."""
    return f"webhook {urlsplit(url).hostname}"


def post_alarm(
    url: str, document: dict[str, Any], *, key: str, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Post a document; again after failures that may pass. Raises NotDelivered.

    key: the same for each attempt, so that a receiver may tell that it has it already.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, NotDelivered) and error.retryable),
        wait=_wait,
        stop=stop_after_attempt(ATTEMPTS),
        sleep=sleep,
        reraise=True,
    )
    retrying(_post, url, document, key)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_seconds if isinstance(error, NotDelivered) else None
    return min(LONGEST_WAIT_SECONDS, asked or FIRST_WAIT_SECONDS * 2.0 ** (state.attempt_number - 1))


def _post(url: str, document: dict[str, Any], key: str) -> None:
    import httpx

    try:
        # A redirect could lead to a host that nobody chose.
        reply = httpx.post(
            url,
            json=document,
            headers={"Idempotency-Key": key},
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
        )
    except httpx.TimeoutException:
        raise NotDelivered(f"no reply within {TIMEOUT_SECONDS:g} s", retryable=True) from None
    except httpx.HTTPError as error:
        raise NotDelivered(f"no connection ({type(error).__name__})", retryable=True) from None
    except (httpx.InvalidURL, ValueError):
        raise NotDelivered("the address is not valid", retryable=False) from None
    if not reply.is_success:
        asked = reply.headers.get("retry-after", "")
        raise NotDelivered(
            f"HTTP {reply.status_code}",
            retryable=reply.status_code in _AGAIN,
            wait_seconds=float(asked) if asked.isdigit() else None,
        )
