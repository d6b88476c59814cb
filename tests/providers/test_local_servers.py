"""Finding the model servers of this machine, over real HTTP, and telling what they serve.
Knows nothing about the pages and commands that show it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from workbench.errors import InputError
from workbench.providers import local_servers
from workbench.providers.local_servers import PAGE_SECONDS, USUAL_PORTS, LocalServer, find_local_servers
from workbench.providers.served_kind import kind_of_row
from workbench.providers.server_facts import ServerFacts, read_model_list
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.settings import load_settings
from workbench.space.known_servers import HOSTED_SERVERS, KNOWN_SERVERS, LOCAL_SERVERS
from workbench.space.model import Model

OLLAMA = [{"id": "llama3.1:8b", "owned_by": "library"}, {"id": "nomic-embed-text", "owned_by": "library"}]


def found(*servers: ProtocolServer, also: tuple[int, ...] = ()) -> list[LocalServer]:
    ports = [int(server.base_url.split(":")[2].split("/")[0]) for server in servers]
    return asyncio.run(find_local_servers([*ports, *also]))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests answer, however busy the machine is."""
    monkeypatch.setattr(local_servers, "PAGE_SECONDS", 30.0)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port at which something listens that never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_servers_are_found_with_their_software_and_the_kind_of_each_model() -> None:
    lm_studio = {
        "/api/v0/models": {"data": [{"id": "odd-name", "type": "embeddings"}, {"id": "q", "type": "llm"}]}
    }
    rows = [{"id": "odd-name", "owned_by": "organization_owner"}, {"id": "q"}]
    with (
        ProtocolServer(model_rows=OLLAMA) as first,
        ProtocolServer(model_rows=rows, pages=lm_studio) as other,
    ):
        ollama, studio = found(first, other)
        sent = [headers for _, headers, _ in (*first.requests, *other.requests)]
    assert (ollama.name, ollama.base_url) == ("Ollama", first.base_url)
    assert [(m.name, m.kind) for m in ollama.models] == [
        ("llama3.1:8b", "chat"),
        ("nomic-embed-text", "embedding"),
    ]
    assert studio.name == "LM Studio"
    assert [(m.name, m.kind) for m in studio.models] == [("odd-name", "embedding"), ("q", "chat")]
    assert {h.get("Authorization", "Bearer none") for h in sent} == {"Bearer none"}  # no key, whatever is set


def test_a_port_that_is_closed_silent_or_no_model_server_is_passed_over(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_servers, "PAGE_SECONDS", PAGE_SECONDS)
    with ProtocolServer(pages={"/v1/models": "<html>"}) as other:
        assert found(other, also=(1, silent_port)) == []
    assert PAGE_SECONDS <= 0.5


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"id": "BAAI/bge-m3"}, "embedding"),
        ({"id": "intfloat/e5-mistral-7b"}, "embedding"),
        ({"id": "all-minilm:l6"}, "embedding"),
        ({"id": "gemma-2b"}, "chat"),
        ({"id": "one5-large"}, "chat"),
        ({"id": "x", "mode": "embedding"}, "embedding"),
        ({"id": "x", "capabilities": ["embedding"]}, "embedding"),
        ({"id": "embedding-explainer", "capabilities": ["completion", "tools"]}, "chat"),
        ({"id": "x", "architecture": {"output_modalities": ["embeddings"]}}, "embedding"),
        ({"id": "x", "capabilities": {"completion_chat": True}, "type": 3}, "chat"),
    ],
)
def test_the_kind_is_what_the_row_states_else_what_the_name_suggests(row: dict[str, Any], kind: str) -> None:
    assert kind_of_row(row, row["id"]) == kind
    assert read_model_list({"data": [row]}).models[0].kind == kind


def test_facts_survive_json() -> None:
    facts = read_model_list({"data": [{"id": "a", "aliases": ["b"], "owned_by": "vllm", "max_model_len": 9}]})
    assert ServerFacts.from_json(facts.to_json()) == facts


def test_a_misspelt_name_is_answered_with_the_nearest_that_the_server_lists() -> None:
    facts = read_model_list({"data": OLLAMA})
    assert "Did you mean 'llama3.1:8b'?" in facts.misnamed("lama3.1:8b")
    assert "Is it misspelt?" in facts.misnamed("zzz")


def test_each_known_server_may_be_asked_with_its_usual_key_and_without_a_further_yes() -> None:
    for server in KNOWN_SERVERS:
        model = Model(name="m", base_url=server.base_url, model="m", api_key_env=server.api_key_env)
        assert ONLY_WELL_KNOWN.allows(model), server
    assert all(s.base_url.startswith("http://127.0.0.1:") and s.api_key_env is None for s in LOCAL_SERVERS)
    assert all(s.api_key_env for s in HOSTED_SERVERS)
    assert USUAL_PORTS == (11434, 1234, 8000, 8080)


@pytest.mark.parametrize(
    ("text", "ports"), [("off", ()), ("OFF", ()), ("", None), ("9000", (9000,)), ("1, 2", (1, 2))]
)
def test_ports_are_a_setting(
    monkeypatch: pytest.MonkeyPatch, text: str, ports: tuple[int, ...] | None
) -> None:
    monkeypatch.setenv("WORKBENCH_LOCAL_SERVERS", text)
    assert load_settings().local_server_ports == ports


@pytest.mark.parametrize("text", ["on", "0", "70000", "8000,", "http://127.0.0.1"])
def test_other_ports_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("WORKBENCH_LOCAL_SERVERS", text)
    with pytest.raises(InputError, match="WORKBENCH_LOCAL_SERVERS"):
        load_settings()
