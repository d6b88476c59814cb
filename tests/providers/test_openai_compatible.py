"""Chat and embedding models behind a server, over real HTTP.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import numpy as np
import pytest

from tests.protocol_server import Body, Cut, ProtocolServer, Refuse, Reply, Stall
from workbench.errors import ProviderError
from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.openai_embeddings import OpenAIEmbeddings
from workbench.providers.trust import Trust
from workbench.providers.types import ChatReply, ChatRequest, Message
from workbench.space.model import Model

ASKED = ChatRequest(
    messages=(Message("user", "Question: When does it open?"),), temperature=0.0, max_tokens=50
)
KEY = "sk-a-very-secret-key-123"


def model_at(base_url: str, **fields: Any) -> Model:
    return Model(name="local", base_url=base_url, model=fields.pop("model", "test-chat"), **fields)


def complete(model: Model, request: ChatRequest = ASKED) -> ChatReply:
    async def work() -> ChatReply:
        chat = OpenAIChat(model, Trust.of([model]))
        try:
            return await chat.complete(request)
        finally:
            await chat.close()

    return asyncio.run(work())


def failure(server: ProtocolServer, **fields: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        complete(model_at(server.base_url, **fields))
    return caught.value


def test_a_reply_brings_text_tokens_and_the_served_name() -> None:
    with ProtocolServer(reply=lambda messages: "It opens at nine.") as server:
        reply = complete(model_at(server.base_url))
    assert (reply.text, reply.usage.output, reply.served_model) == ("It opens at nine.", 4, "test-chat")
    assert not reply.usage.estimated


def test_parameters_that_are_none_are_left_out() -> None:
    with ProtocolServer(reply=lambda messages: "Yes.") as server:
        complete(model_at(server.base_url), ChatRequest(messages=ASKED.messages))
    assert set(server.posts[0]) == {"model", "messages"}


def test_a_server_that_wants_max_completion_tokens_gets_it_and_is_asked_right_from_then_on() -> None:
    async def twice(model: Model) -> None:
        chat = OpenAIChat(model, Trust.of([model]))
        await chat.complete(ASKED)
        await chat.complete(ASKED)
        await chat.close()

    with ProtocolServer(reply=lambda messages: "Yes.", wants_max_completion_tokens=True) as server:
        asyncio.run(twice(model_at(server.base_url)))
    limits = ["max_tokens" in body for body in server.posts]
    assert limits == [True, False, False]


def test_extra_body_reaches_the_server() -> None:
    with ProtocolServer(reply=lambda messages: "Yes.") as server:
        request = ChatRequest(messages=ASKED.messages, extra_body=(("n", "1"),))
        complete(model_at(server.base_url), request)
    assert server.posts[0]["n"] == 1


def test_the_key_travels_in_the_header_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    with ProtocolServer(reply=lambda messages: "Yes.", api_key=KEY) as server:
        complete(model_at(server.base_url, api_key_env="TEST_KEY"))
    assert KEY not in str(server.posts)


def test_a_wrong_key_is_said_in_words_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    with ProtocolServer(api_key="another") as server:
        error = failure(server, api_key_env="TEST_KEY")
    assert error.kind == "key" and not error.retryable
    assert "TEST_KEY" in error.message and KEY not in f"{error!r} {error.message} {error.hint}"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Blocked by the content filter.", "rejected"),
        ("Country, region, or territory not supported", "rejected"),
        ("Not authorised.", "key"),
        ("You have no access to this project.", "key"),
    ],
)
def test_a_403_is_about_the_key_unless_its_words_are_about_content_or_place(message: str, kind: str) -> None:
    with ProtocolServer(plan=lambda number, path, body: Refuse(403, message=message)) as server:
        error = failure(server)
    assert error.kind == kind and message in error.message and not error.retryable


def test_a_missing_key_names_its_variable() -> None:
    with pytest.raises(ProviderError, match="TEST_KEY_UNSET is not set"):
        complete(model_at("http://127.0.0.1:9/v1", api_key_env="TEST_KEY_UNSET"))


def test_a_model_the_server_does_not_know_is_no_model() -> None:
    with ProtocolServer() as server:
        error = failure(server, model="absent")
    assert error.kind == "no_model" and "absent" in error.message


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ProviderError) as caught:
        complete(model_at(f"http://127.0.0.1:{port}/v1"))
    assert caught.value.kind == "refused" and caught.value.retryable


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        (Refuse(500), "server"),
        (Refuse(503), "server"),
        (Refuse(429, "1.5"), "rate_limit"),
        (Cut(), "cut"),
        (Body("<html>nginx</html>"), "nonsense"),
        (Body('{"object": "list"}'), "nonsense"),
        (Body('{"choices": []}'), "nonsense"),
        (Body('{"choices": null}'), "nonsense"),
        (Body('{"error": "out of memory"}'), "nonsense"),
        (Body('{"error": {"message": "Insufficient credits", "code": 402}}'), "payment"),
        (Body('{"error": {"message": "Overloaded", "type": "overloaded_error"}}'), "server"),
        (Body('{"error": {"message": "unknown model test-chat"}}'), "no_model"),
        (Body('{"choices": [{"error": {"message": "Provider down", "code": 502}}]}'), "server"),
        (Reply(""), "empty"),
        (Reply(None), "empty"),
        (Refuse(400, message="temperature is not supported"), "rejected"),
        (Refuse(402, message="Insufficient balance"), "payment"),
        (Refuse(429, message="You exceeded your current quota", code="insufficient_quota"), "payment"),
        (Refuse(400, message="Invalid model name passed in model=test-chat"), "no_model"),
        (Refuse(400, message="test-chat is not a valid model ID"), "no_model"),
        (Refuse(400, code="model_not_found"), "no_model"),
        (Refuse(400, message="'max_tokens' is not supported with this model. Lower it."), "rejected"),
        (Refuse(500, message="input is longer than the context size"), "context"),
        (Refuse(400, message="This model's maximum context length is 5 tokens"), "context"),
    ],
)  # fmt: skip
def test_each_misbehaviour_has_its_kind(odd: Any, kind: str) -> None:
    with ProtocolServer(plan=lambda number, path, body: odd) as server:
        assert failure(server).kind == kind


@pytest.mark.parametrize(
    "body",
    ['{"error": {"message": "no slots left"}}', '{"error": "no slots left", "usage": {"prompt_tokens": 9}}'],
)
def test_an_error_in_a_reply_with_status_200_is_told_in_the_servers_words(body: str) -> None:
    with ProtocolServer(plan=lambda number, path, asked: Body(body)) as server:
        error = failure(server)
    assert "no slots left" in error.message and error.retryable
    assert (error.billed is not None) == ("usage" in body)


@pytest.mark.parametrize(
    "sent",
    ['data: {"error": {"message": "no slots left", "code": 503}}\n\n', '{"error": {"message": "no slots left", "code": 503}}'],
)  # fmt: skip
def test_an_error_instead_of_a_stream_is_told_in_the_servers_words(sent: str) -> None:
    async def stream(model: Model) -> None:
        chat = OpenAIChat(model, Trust.of([model]))
        try:
            await chat.complete(ASKED, on_text=lambda text: None)
        finally:
            await chat.close()

    with (
        ProtocolServer(plan=lambda number, path, body: Body(sent)) as server,
        pytest.raises(ProviderError, match="no slots left") as caught,
    ):
        asyncio.run(stream(model_at(server.base_url)))
    assert caught.value.kind == "server"


@pytest.mark.parametrize(
    ("refused", "hint"),
    [("temperature", "temperature: null"), ("seed", "seed: null"), ("system", "template")],
)
def test_a_parameter_that_a_model_refuses_is_named_with_its_remedy(refused: str, hint: str) -> None:
    asked = ChatRequest(
        messages=(Message("system", "Be brief."), *ASKED.messages), temperature=0.0, seed=7
    )  # fmt: skip
    with ProtocolServer(refuses=(refused,)) as server:
        with pytest.raises(ProviderError) as caught:
            complete(model_at(server.base_url), asked)
        assert len(server.posts) == 1  # what an answer was made with must be what its model says
    assert caught.value.kind == "rejected" and hint in (caught.value.hint or "")


def test_an_answer_that_comes_in_parts_is_their_text() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Within "},
        {"type": "text", "text": "30 days."},
    ]
    with ProtocolServer(plan=lambda number, path, body: Reply(parts)) as server:
        assert complete(model_at(server.base_url)).text == "Within 30 days."


def test_a_stalling_server_times_out() -> None:
    with ProtocolServer(plan=lambda number, path, body: Stall(1.0)) as server:
        error = failure(server, limits={"timeout_seconds": 0.2})
    assert error.kind == "timeout" and error.retryable


def test_the_servers_own_wait_is_read() -> None:
    with ProtocolServer(plan=lambda number, path, body: Refuse(429, "7")) as server:
        assert failure(server).retry_after == 7


def test_missing_usage_is_counted_here_and_flagged() -> None:
    with ProtocolServer(plan=lambda number, path, body: Reply("Four words of text.", usage={})) as server:
        reply = complete(model_at(server.base_url))
    assert reply.usage.estimated and reply.usage.output >= 4 and "usage_estimated" in reply.flags


def test_cached_and_reasoning_tokens_are_read() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 80},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    with ProtocolServer(plan=lambda number, path, body: Reply("Yes.", usage=usage)) as server:
        found = complete(model_at(server.base_url)).usage
    assert (found.input, found.cached, found.output, found.reasoning) == (100, 80, 30, 20)


def test_a_prompt_that_the_server_cut_in_silence_is_flagged() -> None:
    long = ChatRequest(messages=(Message("user", "word " * 400),))
    usage = {"prompt_tokens": 100, "completion_tokens": 1}
    with ProtocolServer(plan=lambda number, path, body: Reply("Yes.", usage=usage)) as server:
        assert "usage_disagrees" in complete(model_at(server.base_url), long).flags


def test_an_answer_cut_at_max_tokens_is_flagged() -> None:
    with ProtocolServer(
        plan=lambda number, path, body: Reply("It opens at", finish_reason="length")
    ) as server:
        assert "cut_at_max_tokens" in complete(model_at(server.base_url)).flags


def test_vectors_come_in_the_order_of_the_texts_and_of_unit_length() -> None:
    async def work(model: Model) -> Any:
        embedding = OpenAIEmbeddings(model, Trust.of([model]))
        try:
            return await embedding.embed(["red apples", "a blue sky", "red apples"])
        finally:
            await embedding.close()

    with ProtocolServer() as server:
        reply = asyncio.run(work(model_at(server.base_url, model="test-embed", kind="embedding")))
    assert np.allclose(np.linalg.norm(reply.vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(reply.vectors[0], reply.vectors[2]) and not np.allclose(
        reply.vectors[0], reply.vectors[1]
    )
    assert reply.usage.input == 7


def test_a_response_format_is_sent_as_json_and_stands_against_extra_body() -> None:
    wanted = '{"type":"json_object"}'
    asked = ChatRequest(
        messages=(Message("user", "Reply in JSON."),),
        response_format=wanted,
        extra_body=(("response_format", '{"type":"text"}'),),
    )
    with ProtocolServer() as server:
        complete(model_at(server.base_url), asked)
        complete(model_at(server.base_url))
        first, second = server.posts
    assert first["response_format"] == {"type": "json_object"} and "response_format" not in second
