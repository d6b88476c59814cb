"""How requests reach servers of several kinds: addresses, keys' headers, parameters, and what a refusal teaches.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.protocol_server import Misbehaviour, ProtocolServer, Refuse
from workbench.errors import ModelError
from workbench.pipeline.chat_request import build_request, call_key
from workbench.providers.openai_compatible import OpenAIChat
from workbench.providers.trust import Trust
from workbench.providers.types import ChatReply, ChatRequest, Message
from workbench.space.files import validate
from workbench.space.model import Model

AZURE = "https://contoso.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
ASKED = ChatRequest(
    (Message("system", "Be short."), Message("user", "When?")), temperature=0.0, max_tokens=20
)


def model_at(base_url: str, **fields: Any) -> Model:
    given = {"name": "m", "base_url": base_url, "model": "test-chat"} | fields
    return validate(Model, given, "the model", ModelError)


def ask(model: Model, *requests: ChatRequest) -> list[ChatReply]:
    async def work() -> list[ChatReply]:
        chat = OpenAIChat(model, Trust.of([model]))
        try:
            return list(await asyncio.gather(*map(chat.complete, requests)))
        finally:
            await chat.close()

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("given", "base_url"),
    [
        ("http://127.0.0.1:8000/v1/chat/completions", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/embeddings/", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://api.openai.com/v1/models", "https://api.openai.com/v1"),
        ("https://contoso.openai.azure.com/openai/v1/", "https://contoso.openai.azure.com/openai/v1"),
    ],
)
def test_a_page_at_the_end_of_an_address_is_no_part_of_it(given: str, base_url: str) -> None:
    assert model_at(given).base_url == base_url


def test_an_azure_deployments_address_is_taken_as_it_is_copied() -> None:
    model = Model.model_validate({"name": "azure", "base_url": AZURE})
    assert model.base_url == "https://contoso.openai.azure.com/openai/deployments/gpt-4o"
    assert (model.model, model.extra_query) == ("gpt-4o", {"api-version": "2024-10-21"})
    assert model.sends_key_in == "api-key"
    assert Model.model_validate(model.model_dump(mode="json")) == model


def test_an_azure_deployment_without_its_version_is_said_at_once() -> None:
    with pytest.raises(ModelError, match="api-version"):
        model_at("https://contoso.openai.azure.com/openai/deployments/gpt-4o")


def test_azures_version_one_needs_no_version() -> None:
    model = model_at("https://contoso.openai.azure.com/openai/v1")
    assert model.sends_key_in == "api-key" and model.extra_query == {}


def test_a_deployments_address_its_version_and_a_key_in_its_own_header_reach_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATEWAY_KEY", "secret-1")
    with ProtocolServer(
        prefix="/openai/deployments/gpt", api_key="secret-1", key_header="api-key", reply=lambda m: "Nine."
    ) as server:
        model = model_at(
            f"{server.base_url}?api-version=2024-10-21", api_key_env="GATEWAY_KEY", key_header="api-key"
        )
        [reply] = ask(model, ASKED)
    [(path, headers, _)] = server.requests
    assert reply.text == "Nine." and path.endswith("/gpt/chat/completions?api-version=2024-10-21")
    assert headers["api-key"] == "secret-1" and "Authorization" not in headers


def test_headers_organization_and_project_are_sent_only_where_they_are_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
    with ProtocolServer(reply=lambda m: "Nine.") as server:
        ask(model_at(server.base_url), ASKED)
        ask(
            model_at(server.base_url, organization="org-1", project="p-1", extra_headers={"X-Route": "eu"}),
            ASKED,
        )
    names = ("openai-organization", "openai-project", "x-route")
    plain, given = ({k.lower(): v for k, v in headers.items()} for _, headers, _ in server.requests)
    assert not set(names) & set(plain)
    assert [given[name] for name in names] == ["org-1", "p-1", "eu"]


@pytest.mark.parametrize("name", ["Authorization", "host", "api-key", "bad name", "X\r\nY"])
def test_extra_headers_hold_no_key_and_no_header_of_ours(name: str) -> None:
    with pytest.raises(ModelError):
        model_at("http://127.0.0.1:1/v1", extra_headers={name: "x"})


def test_stop_top_p_and_seed_are_sent() -> None:
    with ProtocolServer(reply=lambda m: "Nine.") as server:
        model = model_at(server.base_url, stop=["\n\n", "Question:"], top_p=0.9, seed=7)
        ask(model, build_request(model, ASKED.messages))
    assert {k: server.posts[0][k] for k in ("stop", "top_p", "seed")} == {
        "stop": ["\n\n", "Question:"], "top_p": 0.9, "seed": 7,
    }  # fmt: skip


def test_each_repeat_has_a_seed_of_its_own_and_the_first_has_the_models() -> None:
    model = model_at("http://127.0.0.1:1/v1", seed=7)
    requests = [build_request(model, ASKED.messages, repeat) for repeat in range(3)]
    assert [r.seed for r in requests] == [7, 8, 9]
    assert build_request(model_at("http://127.0.0.1:1/v1"), ASKED.messages, 2).seed is None
    assert len({call_key(model, r, n, "generate") for n, r in enumerate(requests)}) == 3


def test_what_may_decide_a_reply_is_part_of_the_identity_only_where_it_is_used() -> None:
    plain = model_at("http://127.0.0.1:1/v1")
    assert set(plain.content) == {
        "base_url", "model", "revision", "temperature", "max_tokens", "top_p", "seed", "extra_body",
        "context_window",
    }  # fmt: skip
    for decides in ({"stop": ["\n"]}, {"extra_query": {"v": "1"}}, {"extra_headers": {"X-Route": "eu"}}):
        assert model_at("http://127.0.0.1:1/v1", **decides).content != plain.content
    for other in ({"key_header": "api-key"}, {"organization": "o"}, {"project": "p"}):
        assert model_at("http://127.0.0.1:1/v1", **other).content == plain.content


def test_calls_in_flight_when_another_learns_a_parameter_are_asked_again_in_the_learnt_form() -> None:
    many = [ChatRequest((Message("user", f"Question {n}"),), max_tokens=20) for n in range(12)]

    def slowly(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        time.sleep(0.05 * (number % 4))
        return None

    with ProtocolServer(reply=lambda m: "Nine.", wants_max_completion_tokens=True, plan=slowly) as server:
        replies = ask(model_at(server.base_url), *many)
    assert [r.text for r in replies] == ["Nine."] * 12


def test_a_server_that_wants_a_developer_message_gets_one() -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        roles = [m["role"] for m in body["messages"]]
        said = "Unsupported value: 'messages[0].role' does not support 'system'. Use 'developer' instead."
        if "system" in roles:
            return Refuse(400, message=said)
        body["messages"] = [
            m | {"role": "user"} for m in body["messages"]
        ]  # the protocol server knows no other
        return None

    with ProtocolServer(reply=lambda m: "Nine.", plan=plan) as server:
        [reply] = ask(model_at(server.base_url), ASKED)
        assert reply.text == "Nine." and len(server.posts) == 2
