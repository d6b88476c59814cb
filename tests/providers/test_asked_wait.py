"""How long servers ask to wait, in headers and in words, and when waiting is no use.
Knows nothing about waiting."""

from __future__ import annotations

import asyncio

import pytest

from tests.protocol_server import ProtocolServer
from tests.raw_reply import Raw
from workbench.errors import ProviderError
from workbench.providers.asked_wait import read_wait
from workbench.providers.open_model import open_chat_model
from workbench.providers.types import ChatRequest, Message
from workbench.space.model import Model

DATE = {"date": "Tue, 24 Nov 2026 10:00:00 GMT"}
AT = 1795514400  # that date

HEADERS = [
    ({"retry-after": "20"}, 20.0),
    ({"retry-after": "1.5"}, 1.5),
    ({"retry-after": "-3"}, 0.0),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "20s"}, 20.0),
    ({"retry-after": "Tue, 24 Nov 2026 10:00:07 GMT"}, 7.0),
    ({"retry-after": str(AT + 9)}, 9.0),
    ({"retry-after-ms": "350", "retry-after": "1"}, 0.35),
    ({"x-ratelimit-reset": "12"}, 12.0),
    ({"x-ratelimit-reset": "1m30s"}, 90.0),
    ({"x-ratelimit-reset": "1h2m3.5s"}, 3723.5),
    ({"x-ratelimit-reset": "120ms"}, 0.12),
    ({"x-ratelimit-reset": str(AT + 30)}, 30.0),
    ({"x-ratelimit-reset": str((AT + 30) * 1000)}, 30.0),
    ({"x-ratelimit-reset": str(AT - 30)}, 0.0),
    ({"anthropic-ratelimit-requests-reset": "2026-11-24T10:00:45Z", "anthropic-ratelimit-requests-remaining": "0"}, 45.0),
    # The limit that is used up counts; where none says so, the one that is renewed first.
    ({"x-ratelimit-reset-requests": "1h", "x-ratelimit-remaining-requests": "99",
      "x-ratelimit-reset-tokens": "8s", "x-ratelimit-remaining-tokens": "0"}, 8.0),
    ({"x-ratelimit-reset-requests": "6s", "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-tokens": "1s", "x-ratelimit-remaining-tokens": "500"}, 6.0),
    ({"x-ratelimit-reset-requests": "1h", "x-ratelimit-reset-tokens": "8s"}, 8.0),
    ({"x-ratelimit-limit-requests": "60"}, None),
]  # fmt: skip
WORDS = [
    ("Rate limit reached for gpt-4o. Please try again in 20s.", 20.0),
    ("Please try again in 1m30s. Visit the page", 90.0),
    ("Please try again in 843ms.", 0.843),
    ("Please retry in 36.123s.", 36.123),
    ("Please retry after 26 seconds.", 26.0),
    ("Try again in 2 minutes and 5 seconds", 125.0),
    ("Requests to the API have exceeded the rate limit. Please wait 10 seconds before retrying", 10.0),
    ('{"retryDelay": "36s"}', 36.0),
    ("Limit 30 requests per minute: resets in 1 hour.", 3600.0),
    ("Rate limit reached: 30 per minute. Please slow down", None),
    ("Too many requests, try again later.", None),
]


@pytest.mark.parametrize(("headers", "seconds"), HEADERS)
def test_a_wait_is_read_from_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert read_wait(headers | DATE, "", limits=True) == seconds


@pytest.mark.parametrize(("words", "seconds"), WORDS)
def test_a_wait_is_read_from_words(words: str, seconds: float | None) -> None:
    assert read_wait({}, words, limits=True) == pytest.approx(seconds) if seconds else seconds is None


def test_words_are_more_exact_than_the_headers_of_all_limits() -> None:
    assert read_wait({"x-ratelimit-reset-requests": "1h"}, "Try again in 20s.", limits=True) == 20.0


def test_a_fault_of_the_server_does_not_wait_for_limits() -> None:
    headers = {"x-ratelimit-reset-tokens": "1h", "x-ratelimit-remaining-tokens": "0"}
    assert read_wait(headers, "", limits=False) is None
    assert read_wait(headers | {"retry-after": "2"}, "", limits=False) == 2.0


def refusal(status: int, body: str, **headers: str) -> ProviderError:
    async def call(model: Model) -> None:
        chat = open_chat_model(model)
        try:
            await chat.complete(ChatRequest((Message("user", "Hello"),)))
        finally:
            await chat.close()

    reply = Raw((body.encode(),), status=status, headers=tuple(headers.items()))
    with ProtocolServer(plan=lambda n, path, sent: reply) as server, pytest.raises(ProviderError) as raised:
        model = {"name": "m", "base_url": server.base_url, "model": "test-chat"}
        asyncio.run(call(Model.model_validate(model)))
    return raised.value


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, '{"error": {"message": "You exceeded your current quota, please check your plan and billing details.", "type": "insufficient_quota", "code": "insufficient_quota"}}'),
        (429, '{"error": {"message": "You exceeded your current quota, please check your plan and billing details."}}'),
        (400, '{"error": {"message": "Billing hard limit has been reached", "code": "billing_hard_limit_reached", "type": "invalid_request_error"}}'),
        (400, '{"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}}'),
        (429, '{"error": {"message": "Your account is not active, please check your billing details on our website.", "code": "billing_not_active"}}'),
        (400, '{"error": {"message": "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", "type": "budget_exceeded", "code": "400"}}'),
        (402, '{"error": {"message": "Insufficient Balance"}}'),
        (403, '{"error": {"message": "Your team has either used all available credits or reached its monthly spending limit. The monthly spending limit is reached."}}'),
        (429, '{"error": {"message": "Your prepayment credits are depleted."}}'),
    ],
)  # fmt: skip
def test_money_that_is_spent_is_not_waited_for(status: int, body: str) -> None:
    error = refusal(status, body)
    assert (error.kind, error.retryable) == ("payment", False) and "Add credit" in str(error)


@pytest.mark.parametrize(
    "words",
    [
        "You exceeded your current quota, please check your plan and billing details. Please retry in 36s.",
        "Rate limit reached for requests",
        "Token usage limit per minute: slow down",
    ],
)
def test_a_limit_that_is_renewed_is_waited_for(words: str) -> None:
    error = refusal(429, f'{{"error": {{"message": "{words}"}}}}')
    assert (error.kind, error.retryable) == ("rate_limit", True)


def test_a_wait_in_milliseconds_reaches_the_retry_layer() -> None:
    assert refusal(429, "{}", **{"retry-after-ms": "250"}).retry_after == 0.25


def test_money_that_is_spent_is_said_whatever_the_limits_say() -> None:
    body = '{"error": {"message": "Your credit balance is too low."}}'
    assert refusal(429, body, **{"x-ratelimit-reset-requests": "6s"}).kind == "payment"
