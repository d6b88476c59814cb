"""What servers of several kinds say of themselves, and what is made of a model's name with it.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from workbench.planning.advice.servers import advise_on_embedding_limits, advise_on_servers
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.server_facts import LoadedAdapter, ServerFacts, ask_server, read_model_list
from workbench.space.model import Model

FILE = "./models/SmolLM2-135M-Instruct.Q4_1.gguf"
# As llama.cpp replied, shortened.
LLAMA_ROW = {
    "id": FILE, "aliases": [FILE], "object": "model", "owned_by": "llamacpp",
    "meta": {"n_vocab": 49152, "n_ctx": 2048, "n_ctx_train": 8192},
}  # fmt: skip
LLAMA_PROPS = {
    "default_generation_settings": {"params": {}, "n_ctx": 2048},
    "total_slots": 2,
    "model_path": FILE,
}


def llama(**fields: Any) -> ProtocolServer:
    given: dict[str, Any] = {
        "models": (FILE,), "any_name": True, "model_rows": [LLAMA_ROW], "reply": lambda messages: "yes",
        "pages": {"/props": LLAMA_PROPS, "/lora-adapters": [{"id": 0, "path": "lora/support.gguf", "scale": 0.0}]},
    }  # fmt: skip
    return ProtocolServer(**(given | fields))


def model_at(base_url: str, served: str = "test-chat", **fields: Any) -> Model:
    return Model.model_validate({"name": "m", "base_url": base_url, "model": served} | fields)


def facts_at(server: ProtocolServer, served: str = "test-chat", **fields: Any) -> ServerFacts:
    return asyncio.run(ask_server(model_at(server.base_url, served, **fields)))


def test_llama_cpp_says_its_slots_its_context_and_its_adapters() -> None:
    with llama() as server:
        facts = facts_at(server)
    assert (facts.software, facts.slots, facts.window_of("anything")) == ("llama.cpp", 2, 2048)
    assert facts.adapters == (LoadedAdapter(0, "support.gguf", 0.0),)


@pytest.mark.parametrize(
    ("row", "pages", "name", "window"),
    [
        ({"id": "a/b", "owned_by": "vllm", "max_model_len": 4096}, {}, "a/b", 4096),
        ({"id": "a/b", "context_length": 131072, "top_provider": {"context_length": 8192}}, {}, "a/b", 131072),
        ({"id": "llama-3", "context_window": 8192, "owned_by": "Meta"}, {}, "llama-3", 8192),
        ({"id": "mistral-small", "max_context_length": 32768}, {}, "mistral-small", 32768),
        (
            {"id": "llama3:latest", "owned_by": "library"},
            {"/api/ps": {"models": [{"name": "llama3:latest", "context_length": 4096}]}},
            "llama3",
            4096,
        ),
        (
            {"id": "qwen", "owned_by": "organization_owner"},
            {"/api/v0/models": {"data": [{"id": "qwen", "max_context_length": 32768, "loaded_context_length": 4096}]}},
            "qwen",
            4096,
        ),
    ],
    ids=["vllm", "openrouter", "groq", "mistral", "ollama", "lm-studio"],
)  # fmt: skip
def test_the_context_is_read_under_every_name_it_has(
    row: dict[str, Any], pages: dict[str, Any], name: str, window: int
) -> None:
    with ProtocolServer(model_rows=[row], pages=pages) as server:
        assert facts_at(server, name).window_of(name) == window


@pytest.mark.parametrize(
    ("said", "happens"),
    [({"auto_truncate": True}, "cut"), ({"auto_truncate": False}, "refused"), ({}, "refused")],
)
def test_tei_says_the_longest_text_it_embeds_and_what_it_does_with_longer_ones(
    said: dict[str, Any], happens: str
) -> None:
    pages = {
        "/info": {"model_id": "BAAI/bge-small", "max_input_length": 512} | said,
        "/v1/models": {"error": "none"},
    }
    with ProtocolServer(pages=pages) as server:
        facts = facts_at(server, "BAAI/bge-small", kind="embedding")
        model = model_at(server.base_url, "BAAI/bge-small", kind="embedding")
    assert facts.window_of("BAAI/bge-small") == 512
    facts = ServerFacts.from_json(json.loads(json.dumps(facts.to_json())))
    [advice] = advise_on_embedding_limits([model], 600, {str(model.base_url): facts})
    assert f"512 tokens at most, and chunks of 600 will be {happens}." in advice.text


@pytest.mark.parametrize(
    "odd", [None, [], {}, {"data": 3}, {"data": [3, None, {}]}, "text", {"data": [{"id": 5}]}]
)
def test_an_odd_list_of_models_is_no_list(odd: Any) -> None:
    facts = read_model_list(odd)
    assert facts == ServerFacts() and facts.misnamed("anything") == ""


def test_a_server_where_nobody_answers_says_nothing() -> None:
    assert asyncio.run(ask_server(model_at("http://127.0.0.1:1/v1"))) == ServerFacts()


@pytest.mark.parametrize("name", [FILE, "SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2-135m-instruct.q4_1"])
def test_a_model_of_llama_cpp_may_be_named_by_its_file(name: str) -> None:
    assert read_model_list({"data": [LLAMA_ROW]}).misnamed(name) == ""


def test_a_wrong_name_is_no_plain_success_on_a_server_that_answers_to_any() -> None:
    with llama() as server:
        report = asyncio.run(check_connection(model_at(server.base_url, "llama-3-70b")))
        right = asyncio.run(check_connection(model_at(server.base_url, FILE)))
    assert report.ok and "answers to any name" in report.warnings[0] and FILE in report.warnings[0]
    assert report.context_window == 2048
    assert right.ok and right.warnings == ()


def test_a_version_in_the_reply_is_no_other_model() -> None:
    facts = read_model_list({"data": [{"id": "gpt-4o-mini"}]})
    assert facts.misserved("gpt-4o-mini", "gpt-4o-mini-2024-07-18") == ""
    assert ServerFacts().misserved("openai/gpt-4o:nitro", "openai/gpt-4o") == ""
    assert "answered as 'tiny'" in ServerFacts().misserved("huge", "tiny")


def advise(server: ProtocolServer, *models: dict[str, Any]) -> list[str]:
    described = [model_at(server.base_url, **m) for m in models]
    facts = {server.base_url: asyncio.run(ask_server(described[0]))}
    return [a.text for a in advise_on_servers(described, described, facts)]


def test_a_misspelt_adapter_is_said_to_be_the_base_itself() -> None:
    with llama() as server:
        said = advise(server, {"name": "base", "served": FILE}, {"name": "tuned", "served": "suport-lora"})
    assert any("tuned" in s and "answers to any name" in s for s in said)
    assert any("base and tuned" in s and "one model with itself" in s for s in said)


def test_adapters_that_the_body_chooses_are_not_the_same_thing() -> None:
    lora = {"lora": [{"id": 0, "scale": 1.0}]}
    with llama() as server:
        said = advise(
            server, {"name": "base", "served": FILE}, {"name": "tuned", "served": FILE, "extra_body": lora}
        )
    assert said == []


def test_an_adapter_that_is_applied_without_being_named_is_said() -> None:
    applied = {"/props": LLAMA_PROPS, "/lora-adapters": [{"id": 0, "path": "support.gguf", "scale": 1.0}]}
    tuned = {"name": "tuned", "served": FILE, "extra_body": {"lora": [{"id": 0, "scale": 1.0}]}}
    with llama(pages=applied) as server:
        said = advise(server, {"name": "base", "served": FILE}, tuned)
    assert any("base: its requests name no adapter" in s and "support.gguf" in s for s in said)
    assert any("base and tuned" in s and "one model with itself" in s for s in said)


def test_an_adapter_of_a_number_that_is_not_loaded_is_said() -> None:
    with llama() as server:
        wrong = {"name": "tuned", "served": FILE, "extra_body": {"lora": [{"id": 7, "scale": 1.0}]}}
        said = advise(server, {"name": "base", "served": FILE}, wrong)
    assert any("no adapter 7" in s and "0 (support.gguf)" in s for s in said)
    assert any("one model with itself" in s for s in said)


def test_adapters_that_a_server_lists_are_not_the_same_thing() -> None:
    rows = [{"id": "base", "owned_by": "vllm"}, {"id": "support", "owned_by": "vllm", "parent": "base"}]
    with ProtocolServer(model_rows=rows) as server:
        assert advise(server, {"name": "a", "served": "base"}, {"name": "b", "served": "support"}) == []


def test_two_temperatures_of_one_model_are_meant() -> None:
    with llama() as server:
        one = {"served": FILE, "temperature": 0.0}
        assert advise(server, {"name": "cold", **one}, {"name": "warm", **one, "temperature": 1.0}) == []


def test_two_revisions_of_one_name_are_served_by_one_thing() -> None:
    with llama() as server:
        said = advise(
            server, {"name": "old", "served": FILE}, {"name": "new", "served": FILE, "revision": "2"}
        )
    assert any("old and new" in s for s in said)
