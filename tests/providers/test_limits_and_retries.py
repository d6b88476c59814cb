"""Retries, adaptive limits, the circuit breaker, prices, and the connection test.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import suppress
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from workbench.errors import ProviderError, Stopped
from workbench.providers.connection_test import ConnectionReport
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.prices import describe_price, find_price
from workbench.providers.rate_limits import ProviderLimits
from workbench.providers.retries import call_with_retries, wait_before
from workbench.providers.token_counts import VOCABULARY, count
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.providers.types import ChatReply, Usage
from workbench.space.model import Limits, Model

REPLY = ChatReply("Yes.", Usage(1, 1), 0.1)


class Script:
    """Raises what it is given, one a call, then replies."""

    def __init__(self, *failures: ProviderError) -> None:
        self.left = list(failures)
        self.waits: list[float] = []
        self.calls = 0

    async def send(self) -> ChatReply:
        self.calls += 1
        if self.left:
            raise self.left.pop(0)
        return REPLY

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def passing(kind: str = "server", retry_after: float | None = None) -> ProviderError:
    return ProviderError("It failed.", kind=kind, retryable=True, retry_after=retry_after)


def retry(script: Script, **options: Any) -> ChatReply:
    given = {"attempts": 4, "deadline_seconds": 60.0, "jitter": lambda: 1.0, "sleep": script.sleep} | options
    return asyncio.run(call_with_retries(script.send, **given))


def test_what_may_pass_is_tried_again_and_the_attempts_are_counted() -> None:
    script = Script(passing(), passing())
    assert retry(script).attempts == 3
    assert script.waits == sorted(script.waits)


def test_the_servers_own_wait_is_obeyed() -> None:
    script = Script(passing("rate_limit", retry_after=3.0))
    retry(script)
    assert 3.0 <= script.waits[0] < 3.5


def test_what_cannot_pass_is_not_tried_again() -> None:
    script = Script(ProviderError("No.", kind="key"))
    with pytest.raises(ProviderError):
        retry(script)
    assert script.calls == 1


def test_a_wait_beyond_the_deadline_ends_it() -> None:
    script = Script(passing(retry_after=100.0))
    with pytest.raises(ProviderError):
        retry(script)
    assert script.waits == []


def test_a_stop_ends_the_wait_and_no_further_attempt_is_sent() -> None:
    async def stopped(seconds: float) -> None:
        raise Stopped("Stopped by you.")

    script = Script(passing())
    with pytest.raises(Stopped):
        retry(script, sleep=stopped)
    assert script.calls == 1


def test_a_useless_reply_that_was_billed_is_bought_three_times_at_most_and_each_is_booked() -> None:
    booked: list[int] = []

    async def book(error: ProviderError) -> None:
        booked.append(error.attempts)

    script = Script(*[passing("empty") for _ in range(9)])
    with pytest.raises(ProviderError):
        retry(script, attempts=6, on_failure=book)
    assert booked == [1, 2, 3] and script.calls == 3


def test_one_useless_reply_after_refusals_does_not_end_it() -> None:
    script = Script(*[passing("rate_limit") for _ in range(3)], passing("nonsense"))
    assert retry(script, attempts=6).attempts == 5


def test_a_cap_that_is_reached_while_a_failure_is_booked_ends_the_retries() -> None:
    async def book(error: ProviderError) -> None:
        raise Stopped("The budget is spent.")

    script = Script(passing("empty"), passing("empty"))
    with pytest.raises(Stopped):
        retry(script, on_failure=book)
    assert script.calls == 1 and script.waits == []


def test_the_limits_hear_of_every_outcome() -> None:
    class Listening(ProviderLimits):
        def note_failure(self, error: ProviderError) -> None:
            heard.append(error.kind)

        def note_success(self) -> None:
            heard.append("ok")

        def note_given_up(self, error: ProviderError, succeeded_before: int) -> None:
            heard.append("given up")

    heard: list[str] = []
    retry(Script(passing("timeout"), passing("cut")), limits=Listening(Limits()))
    assert heard == ["timeout", "cut", "ok"]
    heard.clear()
    with pytest.raises(ProviderError):
        retry(Script(*[passing("server") for _ in range(9)]), attempts=2, limits=Listening(Limits()))
    assert heard == ["server", "server", "given up"]


def test_waits_grow_and_are_bounded() -> None:
    waits = [wait_before(n, None, 1.0) for n in range(1, 12)]
    assert waits == sorted(waits) and waits[-1] <= 30


def test_a_429_lowers_the_calls_at_a_time_and_successes_raise_it_again() -> None:
    async def work() -> tuple[int, int]:
        limits = ProviderLimits(Limits(concurrency=10))
        async with limits.slot() as slot:
            slot.note_failure(passing("rate_limit"))
            lowered = limits.allowed
            for _ in range(200):
                slot.note_reply()
        return lowered, limits.allowed

    lowered, raised = asyncio.run(work())
    assert lowered < 10 and raised == 10


def test_a_call_that_waits_to_be_asked_again_leaves_its_place_to_others() -> None:
    async def work() -> list[str]:
        limits, order = ProviderLimits(Limits(concurrency=1)), []

        async def again() -> None:
            async with limits.slot() as slot:
                order.append("refused")
                slot.release()
                await asyncio.sleep(0)
                await slot.acquire()
                order.append("asked again")

        async def other(name: str) -> None:
            async with limits.slot():
                order.append(name)
                await asyncio.sleep(0.01)

        await asyncio.gather(again(), other("second"), other("third"))
        return order

    # It comes before those who have not been asked at all.
    assert asyncio.run(work()) == ["refused", "second", "asked again", "third"]


def test_a_cancelled_wait_keeps_no_place() -> None:
    async def work() -> int:
        limits = ProviderLimits(Limits(concurrency=1))

        async def hold(seconds: float) -> None:
            async with limits.slot():
                await asyncio.sleep(seconds)

        holding = asyncio.create_task(hold(0.01))
        waiting = [asyncio.create_task(hold(9)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await holding
        waiting[0].cancel()  # it may have been let in already, or not yet
        waiting[2].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return limits.in_flight

    assert asyncio.run(work()) == 0


def test_a_server_that_sends_everybody_away_is_left_alone_for_as_long_as_it_asks() -> None:
    async def work() -> tuple[bool, float]:
        limits, now = ProviderLimits(Limits(concurrency=4)), time.monotonic()
        for _ in range(20):
            if limits.is_open:
                break
            async with limits.slot() as slot:
                error = passing("rate_limit", retry_after=40.0)
                slot.note_failure(error)
                limits.note_failure(error)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05), limits.slot():
                return False, 0.0
        return limits.is_open, time.monotonic() - now

    left_alone, seconds = asyncio.run(work())
    assert left_alone and seconds < 1


def test_a_dead_provider_opens_the_circuit_and_a_success_closes_it() -> None:
    async def work() -> tuple[str, str]:
        limits = ProviderLimits(Limits(concurrency=4))
        for _ in range(5):
            limits.note_failure(passing("refused"))
        unavailable = limits.state_in_words
        limits.note_success()
        return unavailable, limits.state_in_words

    unavailable, after = asyncio.run(work())
    assert "Unavailable" in unavailable and after == ""


def test_no_more_calls_run_at_a_time_than_allowed() -> None:
    async def work() -> int:
        limits, most = ProviderLimits(Limits(concurrency=3)), 0

        async def call() -> None:
            nonlocal most
            async with limits.slot():
                most = max(most, limits.in_flight)
                await asyncio.sleep(0)

        await asyncio.gather(*(call() for _ in range(30)))
        return most

    assert asyncio.run(work()) == 3


def server_model(**fields: Any) -> Model:
    given = {"name": "m", "base_url": "http://127.0.0.1:1/v1", "model": "x"} | fields
    return Model.model_validate(given)


def test_a_models_own_price_counts_cached_tokens_apart() -> None:
    price = {"input_per_million": 2.0, "output_per_million": 10.0, "cached_per_million": 0.5}
    found = find_price(server_model(price=price), 0.1)
    assert found is not None
    assert found.cost(Usage(1_000_000, 100_000, cached=500_000), None) == pytest.approx(1.0 + 0.25 + 1.0)


def test_an_hourly_price_is_charged_on_seconds() -> None:
    found = find_price(server_model(price={"per_hour": 3.6}), 0.1)
    assert found is not None and found.cost(Usage(), 10.0) == pytest.approx(0.01)


def test_free_is_free_only_when_the_user_says_so() -> None:
    free = find_price(server_model(price={"free": True}), 0.1)
    assert free is not None and free.cost(Usage(1000, 1000), 1.0) == 0
    assert find_price(server_model(), 0.1) is None
    assert describe_price(None) == "unpriced"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "192.168.1.20:8000", "vllm:8000", "gpu.local"])
def test_a_server_nearby_does_not_cost_what_a_vendor_asks_for_a_model_of_that_name(host: str) -> None:
    assert find_price(server_model(base_url=f"http://{host}/v1", model="gpt-4o-mini"), 0.1) is None


def test_a_public_models_price_is_found_offline() -> None:
    found = find_price(server_model(base_url="https://api.openai.com/v1", model="gpt-4o-mini"), 0.1)
    assert found is not None and found.source.startswith("genai-prices")
    assert 0 < found.input_per_million < found.output_per_million


def test_machine_time_prices_an_embedded_model() -> None:
    found = find_price(Model(name="embedded/extractive"), 0.36)
    assert found is not None and found.cost(Usage(), 1.0) == pytest.approx(0.0001)


def test_tokens_are_counted_offline() -> None:
    assert count("") == 0 and 3 <= count("The quick brown fox.") <= 8


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The quick brown fox.", 5),
        ("I'll pay 1234567 €, won't  you?\r\n\n  def f(x):\n\treturn x", 22),
        ("Größe: 東京タワーは333メートル", 15),
        ("  \t trailing   ", 3),
        ("<|endoftext|>", 7),
    ],
)
def test_tokens_are_those_of_tiktokens_cl100k_base(text: str, tokens: int) -> None:
    """tiktoken 0.14.0: encode_ordinary, with the file that it downloads, known by its hash."""
    assert count(text) == tokens
    expected = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
    assert hashlib.sha256(VOCABULARY.read_bytes()).hexdigest() == expected


def check(model: Model) -> ConnectionReport:
    return asyncio.run(check_connection(model, ONLY_WELL_KNOWN))


def test_a_connection_that_works_says_so_with_the_price() -> None:
    with ProtocolServer(reply=lambda messages: "yes") as server:
        report = check(server_model(base_url=server.base_url, model="test-chat"))
    assert report.ok and "answers" in report.messages[0] and any("unpriced" in m for m in report.messages)


def test_an_unknown_model_brings_the_servers_list() -> None:
    with ProtocolServer() as server:
        report = check(server_model(base_url=server.base_url, model="test-chta"))
    assert not report.ok and report.kind == "no_model"
    assert "test-chat" in " ".join(report.messages)


def test_an_address_where_nobody_answers_is_said_in_words() -> None:
    report = check(server_model())
    assert not report.ok and "Nothing answers" in report.messages[0]


def test_an_embedding_model_is_tested_by_embedding() -> None:
    with ProtocolServer() as server:
        report = check(server_model(base_url=server.base_url, model="test-embed", kind="embedding"))
    assert report.ok and "dimensions" in report.messages[0]


def test_a_shipped_model_is_always_reachable() -> None:
    assert check(Model(name="embedded/extractive")).ok
