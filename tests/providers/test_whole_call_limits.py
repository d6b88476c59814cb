"""Limits of one whole call: a server that sends a little now and then, and one that never ends.
Knows nothing about what replies say."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.providers.oddities import END, completion, events, pieces
from tests.providers.test_openai_compatible import ASKED, model_at
from tests.raw_reply import Raw
from workbench.errors import ProviderError
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.openai_embeddings import OpenAIEmbeddings
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.space.model import Model

LIMIT_SECONDS = 0.5


async def chat(model: Model) -> None:
    client = OpenAIChat(model)
    try:
        await client.complete(ASKED)
    finally:
        await client.close()


async def stream(model: Model) -> None:
    client = OpenAIChat(model)
    try:
        await client.complete(ASKED, on_text=lambda text: None)
    finally:
        await client.close()


async def embed(model: Model) -> None:
    client = OpenAIEmbeddings(model)
    try:
        await client.embed(["a text"])
    finally:
        await client.close()


def slowly(data: bytes) -> Raw:
    """A byte every tenth of a second: no silence is long."""
    return Raw(tuple(part for n in range(200) for part in (data[n : n + 1], 0.1)))


KINDS = [(chat, "chat"), (stream, "chat"), (embed, "embedding")]


@pytest.mark.parametrize(("ask", "kind"), KINDS, ids=["whole", "streamed", "vectors"])
@pytest.mark.parametrize("data", [json.dumps(completion()).encode(), events(*pieces()), b" " * 40])
def test_a_server_that_trickles_is_left_when_the_time_is_up(
    ask: Callable[[Model], Awaitable[None]], kind: Any, data: bytes
) -> None:
    started = time.monotonic()
    with (
        ProtocolServer(plan=lambda number, path, body: slowly(data)) as server,
        pytest.raises(ProviderError, match=r"within 0\.5 s") as caught,
    ):
        model = model_at(server.base_url, kind=kind, limits={"timeout_seconds": LIMIT_SECONDS})
        asyncio.run(ask(model))  # type: ignore[arg-type]
    assert time.monotonic() - started < 10
    assert (caught.value.kind, caught.value.retryable) == ("timeout", True)


def test_a_connection_test_ends_as_well() -> None:
    with ProtocolServer(plan=lambda number, path, body: slowly(b" " * 40)) as server:
        model = model_at(server.base_url, limits={"timeout_seconds": LIMIT_SECONDS})
        report = asyncio.run(check_connection(model, ONLY_WELL_KNOWN))
    assert not report.ok and report.kind == "timeout"


def test_a_stream_whose_answer_had_come_before_the_time_was_up_is_an_answer() -> None:
    late = Raw((events(*pieces("It is."), END), *[b": ping\n\n", 0.1] * 20), "text/event-stream")

    async def work(base_url: str) -> str:
        client = OpenAIChat(model_at(base_url, limits={"timeout_seconds": LIMIT_SECONDS}))
        try:
            return (await client.complete(ASKED, on_text=lambda text: None)).text
        finally:
            await client.close()

    with ProtocolServer(plan=lambda number, path, body: late) as server:
        assert asyncio.run(work(server.base_url)) == "It is."


@pytest.mark.parametrize(("ask", "kind"), KINDS, ids=["whole", "streamed", "vectors"])
def test_a_reply_without_end_is_left_at_its_largest_size(
    ask: Callable[[Model], Awaitable[None]], kind: Any
) -> None:
    endless = Raw((b'{"a": "',) + (b"x" * 1_000_000,) * 200)
    with (
        ProtocolServer(plan=lambda number, path, body: endless) as server,
        pytest.raises(ProviderError, match="its reply is larger than") as caught,
    ):
        asyncio.run(ask(model_at(server.base_url, kind=kind)))  # type: ignore[arg-type]
    assert (caught.value.kind, caught.value.retryable) == ("nonsense", False)
