"""Each row of the table of odd replies, over real HTTP: it is an answer, or a failure with its reason.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.protocol_server import ProtocolServer
from tests.providers.odd_vectors import EMBEDDINGS, OddVectors, vector
from tests.providers.oddities import ANSWER, REPLIES, STREAMS, Oddity, whole
from tests.providers.test_openai_compatible import ASKED, model_at
from workbench.errors import ProviderError
from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.openai_embeddings import OpenAIEmbeddings
from workbench.providers.types import ChatReply, EmbeddingReply, OnText
from workbench.replies.thinking import SplitReply


def ask(server: ProtocolServer, on_text: OnText | None) -> ChatReply:
    async def work() -> ChatReply:
        chat = OpenAIChat(model_at(server.base_url, limits={"timeout_seconds": 1.0}))
        try:
            return await chat.complete(ASKED, on_text=on_text)
        finally:
            await chat.close()

    return asyncio.run(work())


def check(oddity: Oddity, on_text: OnText | None) -> None:
    with ProtocolServer(plan=lambda number, path, body: oddity.reply) as server:
        if oddity.text is not None:
            reply = ask(server, on_text)
            assert (reply.text, reply.thinking) == (oddity.text, oddity.thinking)
            assert set(reply.flags) - {"usage_estimated"} == oddity.flags - {"usage_estimated"}
            assert oddity.flags <= set(reply.flags)
            json.dumps([reply.text, reply.thinking, reply.served_model], ensure_ascii=False).encode()
            assert 0 <= reply.usage.reasoning <= reply.usage.output < 10**9 > reply.usage.input
        else:
            with pytest.raises(ProviderError) as caught:
                ask(server, on_text)
            error = caught.value
            assert (error.kind, error.retryable) == (oddity.kind, oddity.again), error.message
            assert oddity.says in error.message
            assert set(error.flags) == oddity.flags
            billed: Any = error.billed
            assert (billed.output if billed else None) == oddity.billed
            f"{error.message}{error.hint}".encode()
    assert len(server.posts) == 1


def named(rows: Sequence[Any]) -> Any:
    assert len({row.name for row in rows}) == len(rows)
    return pytest.mark.parametrize("oddity", rows, ids=[row.name for row in rows])


@named(STREAMS)
def test_an_odd_stream_is_the_answer_or_says_what_it_is(oddity: Oddity) -> None:
    shown: list[SplitReply] = []
    check(oddity, shown.append)
    assert all(s.answer.encode() for s in shown)
    if oddity.text is not None:
        assert shown[-1].answer.strip() == oddity.text


@named(REPLIES)
def test_an_odd_reply_is_the_answer_or_says_what_it_is(oddity: Oddity) -> None:
    check(oddity, None)


# A stream that begins as no object or list does is one without events.
@named([row for row in REPLIES if row.name not in ("a number", "null")])
def test_an_odd_reply_instead_of_a_stream_is_treated_as_without_one(oddity: Oddity) -> None:
    check(oddity, lambda text: None)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Streaming is not supported"),
        (400, "`stream` must be false"),
        (422, "Extra inputs are not permitted: stream_options"),
        (405, "This model has no STREAMING"),
        (501, "streaming is not implemented"),
        (500, "This endpoint does not support Server-Sent Events"),
        (200, "Streaming is disabled"),
    ],
)
def test_a_server_that_cannot_stream_is_asked_in_one_piece_from_then_on(status: int, words: str) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return whole({"error": {"message": words}}, status=status) if body.get("stream") else None

    async def twice(base_url: str) -> list[str]:
        chat = OpenAIChat(model_at(base_url))
        try:
            return [(await chat.complete(ASKED, on_text=lambda text: None)).text for _ in range(2)]
        finally:
            await chat.close()

    with ProtocolServer(plan=plan, reply=lambda messages: ANSWER) as server:
        assert asyncio.run(twice(server.base_url)) == [ANSWER] * 2
    assert [body.get("stream") for body in server.posts] == [True, None, None]


def test_a_fault_that_mentions_a_stream_is_a_fault() -> None:
    failing = whole({"error": {"message": "upstream: the stream was reset"}}, status=500)
    with (
        ProtocolServer(plan=lambda number, path, body: failing) as server,
        pytest.raises(ProviderError, match="was reset"),
    ):
        ask(server, lambda text: None)
    assert len(server.posts) == 1


def embed(server: ProtocolServer, texts: Sequence[str]) -> EmbeddingReply:
    async def work() -> EmbeddingReply:
        embedding = OpenAIEmbeddings(model_at(server.base_url, kind="embedding", model="test-embed"))
        try:
            return await embedding.embed(texts)
        finally:
            await embedding.close()

    return asyncio.run(work())


@named(EMBEDDINGS)
def test_an_odd_reply_has_the_vectors_in_the_order_of_the_texts_or_says_what_it_is(
    oddity: OddVectors,
) -> None:
    reply = whole(oddity.reply, status=oddity.status)
    with ProtocolServer(plan=lambda number, path, body: reply) as server:
        if oddity.kind:
            with pytest.raises(ProviderError) as caught:
                embed(server, ["a", "b", "c"])
            error = caught.value
            assert (error.kind, error.retryable) == (oddity.kind, oddity.again), error.message
            assert oddity.says in error.message
        else:
            vectors = embed(server, ["a", "b", "c"]).vectors
            right = np.array([vector(n) for n in range(3)])
            right /= np.linalg.norm(right, axis=1, keepdims=True)
            for row, unit, usable in zip(vectors, right, oddity.usable, strict=True):
                assert np.allclose(row, unit) if usable else np.isnan(row).all()
    assert len(server.posts) == 1


def test_an_empty_text_among_others_is_not_sent_empty() -> None:
    with ProtocolServer() as server:  # which refuses empty texts, and all others with them
        vectors = embed(server, ["a text", "", " \n", "another"]).vectors
    assert vectors.shape[0] == 4 and np.isfinite(vectors).all()
