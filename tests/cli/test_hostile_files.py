"""Winners and experiments of somebody else, who wants keys and documents: nothing is sent, and nothing read.
Knows nothing about how trust is decided (tests/providers/test_trust.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FILE, Folder
from tests.protocol_server import ProtocolServer
from tests.recording_server import RecordingServer
from workbench.space.file_writing import to_yaml
from workbench.space.files import parse_yaml

SECRET = "postgres://user:password@db/prod"  # noqa: S105
EXPERIMENT = """
name: shared
corpus: tiny
prompts: [{{name: p, template: "{{passages}} {{question}}"}}]
models: [{models}]
retrieval: {{chunk_tokens: [64], retriever: [keyword], top_k: [2]}}
scores: [correctness]
holdout: 0.0
"""


@pytest.fixture
def thief() -> Iterator[RecordingServer]:
    with RecordingServer() as server:
        yield server


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def home(folder: Folder, exported: str, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A user's folder; their environment holds secrets. A winner of somebody else lies in it."""
    folder.write("w.yaml", exported)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-users-own-key-0815")
    monkeypatch.setenv("DATABASE_URL", SECRET)
    return folder


def model(base_url: str, variable: str | None = None, **fields: Any) -> dict[str, Any]:
    key = {"api_key_env": variable} if variable else {}
    return {
        "name": "inline",
        "base_url": base_url,
        "model": "test-chat",
        "price": {"free": True},
        **key,
        **fields,
    }


def shared(home: Folder, inline: dict[str, Any], **fields: Any) -> Path:
    """An experiment file of somebody else, outside the user's folder."""
    data = parse_yaml(EXPERIMENT.format(models="embedded/extractive"), "x") | {"models": [inline]} | fields
    path = home.path.parent / "downloads" / "shared.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(to_yaml(data))
    return path


def winner(home: Folder, inline: dict[str, Any] | None = None, **changes: Any) -> Path:
    """A winner of somebody else. changes: `embedding`, or `corpus`, a name or a path."""
    data = parse_yaml((home.path / "w.yaml").read_text(), "w.yaml")
    if inline is not None:
        data["config"]["model"] = inline
    if "embedding" in changes:
        data["config"]["retrieval"] |= {"retriever": "dense", "embedding": changes["embedding"]}
    data["corpus"]["name"] = changes.get("corpus", "tiny")
    path = home.path.parent / "downloads" / "winner.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(to_yaml(data))
    return path


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "DATABASE_URL"])
def test_asking_a_winner_sends_no_key_to_a_host_that_nobody_confirmed_for_it(
    home: Folder, thief: RecordingServer, variable: str
) -> None:
    path = winner(home, model(thief.base_url, variable))
    asked = home.run("ask", str(path), "How much does the tank hold?", code=2)
    assert variable in asked.stderr and thief.host in asked.stderr
    tried = f"python -m workbench ask {path} 'How much does the tank hold?' --trust {thief.host}"
    assert tried in asked.stderr
    assert SECRET not in asked.stderr and not thief.received


def test_asking_a_winner_embeds_no_document_at_a_host_that_nobody_confirmed(
    home: Folder, thief: RecordingServer
) -> None:
    embedding = model(thief.nearby_url, name="vectors", kind="embedding")
    asked = home.run("ask", str(winner(home, embedding=embedding)), "How much?", code=2)
    assert "127.1" in asked.stderr and "--trust" in asked.stderr and not thief.received


def test_a_winners_host_that_was_trusted_once_is_trusted_from_then_on_for_that_variable_alone(
    home: Folder, server: ProtocolServer
) -> None:
    host = server.base_url.removeprefix("http://").removesuffix("/v1")
    path = winner(home, model(server.base_url, "OPENAI_API_KEY"))
    question = "How much does the tank hold?"
    asked = home.json("ask", str(path), question, "--trust", host)
    assert "two litres" in asked["answer"].lower()
    assert [(h["host"], h["api_key_env"], h["confirmed"]) for h in asked["hosts"]] == [
        (f"http://{host}", "OPENAI_API_KEY", True)
    ]
    assert {"questions", "passages"} <= set(asked["hosts"][0]["sends"])
    home.json("ask", str(path), "Who collects heaters?")
    seen = len(server.requests)
    other = winner(home, model(server.base_url, "DATABASE_URL"))
    home.run("ask", str(other), "What does the label cost?", code=2)
    assert len(server.requests) == seen


def test_a_host_of_no_model_in_the_file_cannot_be_trusted(home: Folder, thief: RecordingServer) -> None:
    path = winner(home, model(thief.base_url, "OPENAI_API_KEY"))
    refused = home.run("ask", str(path), "How much?", "--trust", "example.com", code=2)
    assert thief.host in refused.stderr and not thief.received
    assert "not a host" in home.run("ask", str(path), "How much?", "--trust", "a b", code=2).stderr


def test_a_plan_lists_each_host_with_its_variable_and_what_it_gets_and_sends_nothing(
    home: Folder, thief: RecordingServer
) -> None:
    path = shared(home, model(thief.base_url, "OPENAI_API_KEY"))
    text = home.run("plan", str(path)).stdout
    assert f"http://{thief.host}" in text and "OPENAI_API_KEY" in text and "not confirmed" in text
    assert home.json("plan", str(path))["hosts"] == [
        {
            "host": f"http://{thief.host}", "api_key_env": "OPENAI_API_KEY", "models": ["inline"],
            "sends": ["questions", "passages"], "this_machine": True, "confirmed": False,
        }
    ]  # fmt: skip
    assert not thief.received


def test_running_an_experiment_file_sends_nothing_to_a_host_that_nobody_confirmed(
    home: Folder, thief: RecordingServer
) -> None:
    path = shared(home, model(thief.base_url, "DATABASE_URL"))
    refused = home.run("run", str(path), code=2)
    assert "DATABASE_URL" in refused.stderr and f"--trust {thief.host}" in refused.stderr
    assert home.json("list")["experiments"] == [] and not thief.received
    keyless = shared(home, model(thief.nearby_url))
    assert "--trust 'http://127.1" in home.run("run", str(keyless), code=2).stderr.replace(
        "--trust http", "--trust 'http"
    )
    assert not thief.received


def test_judges_query_models_and_embeddings_of_a_file_are_held_to_the_same(
    home: Folder, thief: RecordingServer
) -> None:
    good, bad = "embedded/extractive", model(thief.base_url, "OPENAI_API_KEY")
    retrieval = {"chunk_tokens": [64], "top_k": [2], "retriever": ["dense"]}
    for fields in (
        {"judge": bad, "scores": ["faithfulness"], "objective": {"maximize": "faithfulness"}},
        {"retrieval": retrieval | {"embedding": [bad | {"kind": "embedding"}]}},
        {"retrieval": retrieval | {"query": ["hyde"], "query_model": bad}},
        {"retrieval": retrieval | {"rerank": ["llm"], "rerank_model": bad}},
    ):
        refused = home.run("run", str(shared(home, good, **fields)), code=2)  # type: ignore[arg-type]
        assert f"--trust {thief.host}" in refused.stderr, refused.stderr
    assert not thief.received


def test_a_run_with_trust_goes_on_without_asking_again(home: Folder, server: ProtocolServer) -> None:
    path = shared(home, model(server.base_url, "OPENAI_API_KEY"))
    done = home.run("run", str(path), "--trust", "127.0.0.1", "--json")
    status = json.loads(done.stdout)
    assert status["state"] == "done" and status["hosts"][0]["confirmed"]
    assert "with the key in OPENAI_API_KEY" in done.stderr
    assert home.json("run", str(path))["state"] == "done"


def test_a_key_bound_to_another_host_or_registered_elsewhere_does_not_help_a_file(
    home: Folder, thief: RecordingServer, server: ProtocolServer
) -> None:
    home.register(server, "api_key_env: OPENAI_API_KEY, price: {free: true}")
    (home.path / ".env").write_text("GATEWAY_KEY@api.example.com=secret-of-the-gateway\n")
    for variable in ("OPENAI_API_KEY", "GATEWAY_KEY"):
        home.run("run", str(shared(home, model(thief.base_url, variable))), code=2)
    assert not thief.received


def test_a_key_bound_to_a_host_in_the_environment_file_is_sent_there(
    home: Folder, server: ProtocolServer
) -> None:
    (home.path / ".env").write_text("GATEWAY_KEY@127.0.0.1=secret-of-the-gateway\n")
    status = home.json("run", str(shared(home, model(server.base_url, "GATEWAY_KEY"))))
    assert status["state"] == "done"
    sent = [headers for path, headers, _ in server.requests if "chat" in path]
    assert {h.get("Authorization") or h.get("authorization") for h in sent} == {
        "Bearer secret-of-the-gateway"
    }


def test_a_model_out_of_a_file_is_registered_with_its_host_only_by_a_yes(
    home: Folder, thief: RecordingServer
) -> None:
    path = home.write("model.yaml", to_yaml(model(thief.base_url, "DATABASE_URL")))
    refused = home.run("models", "add", "--file", str(path), code=2)
    assert f"--trust {thief.host}" in refused.stderr and "DATABASE_URL" in refused.stderr
    assert "inline" not in home.run("models", "list").stdout
    home.run("models", "add", "--file", str(path), "--trust", thief.host)
    home.run("models", "add", "--name", "typed", "--base-url", thief.base_url, "--model", "m",
             "--api-key-env", "OPENAI_API_KEY")  # fmt: skip
    assert {"inline", "typed"} <= {m["name"] for m in home.json("models", "list")["models"]}
    assert not thief.received


@pytest.mark.parametrize("named", ["~/Documents", "/etc", "../..", "~", "documents", "../downloads"])
def test_a_folder_that_a_file_names_is_read_only_when_the_user_names_it(
    home: Folder, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("HOME", str(home.path.parent))
    for folder in (home.path.parent / "Documents", home.path / "documents"):
        folder.mkdir()
        (folder / "diary.md").write_text("# Diary\n\nA secret diary.\n")
    for arguments in (
        ("ask", str(winner(home, corpus=named)), "What is secret?"),
        ("plan", str(shared(home, "embedded/extractive", corpus=named))),  # type: ignore[arg-type]
        ("run", str(shared(home, "embedded/extractive", corpus=named))),  # type: ignore[arg-type]
    ):
        refused = home.run(*arguments, code=2)
        assert "--corpus" in refused.stderr and "diary" not in refused.stderr.lower()


def test_a_folder_that_the_user_names_or_that_came_with_the_file_is_read(home: Folder) -> None:
    elsewhere = home.path.parent / "elsewhere"
    (home.path / "corpora" / "tiny").rename(elsewhere)
    path = shared(home, "embedded/extractive", corpus=str(elsewhere))  # type: ignore[arg-type]
    home.run("run", str(path), code=2)
    assert home.json("run", str(path), "--corpus", str(elsewhere))["state"] == "done"
    assert home.json("run", str(path))["state"] == "done"  # it was named before
    beside = path.parent / "with-it"
    elsewhere.rename(beside)
    for named in (str(beside), "../downloads/with-it"):
        path = shared(home, "embedded/extractive", corpus=named)  # type: ignore[arg-type]
        assert home.json("run", str(path))["state"] == "done"


def test_a_model_that_calls_itself_embedded_has_no_address(home: Folder, thief: RecordingServer) -> None:
    path = shared(home, model(thief.base_url, name="embedded/minilm"))
    refused = home.run("run", str(path), code=2)
    assert "embedded/minilm" in refused.stderr and "base_url" in refused.stderr and not thief.received


@pytest.mark.parametrize(
    "fields",
    [
        {"api_key_env": "gsk_0123456789abcdefABCDEF"},
        {"api_key_env": "sk_live_0123456789abcdef"},
        {"api_key_env": "AIzaSyA0123456789abcdefghijklmnopqrs"},
        {"api_key_env": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdef123456"},
        {"api_key_env": "a3f9c27d81b04e5690aa77cc12de34f5"},
        {"base_url": "https://host/v1?api_key=a3f9c27d81b04e56"},
        {"base_url": "https://host/v1?code=a3f9c27d81b04e56"},
        {"base_url": "https://host/gsk_0123456789abcdefABCDEF/v1"},
        {"base_url": "sk-proj-0123456789abcdef"},
        {"base_url": "https://user:gsk_0123456789abcdefABCDEF@host/v1"},
        {"extra_body": {"api_key": "a3f9c27d81b04e56"}},
        {"extra_body": {"options": [{"auth": {"token": "a3f9c27d81b04e56"}}]}},
        {"extra_body": {"note": "Bearer a3f9c27d81b04e56"}},
        {"temperature": "gsk_0123456789abcdefABCDEF"},
        {"api_key": "gsk_0123456789abcdefABCDEF"},
    ],
)
def test_a_key_pasted_into_a_model_is_refused_and_never_shown_or_stored(
    home: Folder, fields: dict[str, Any]
) -> None:
    inline = {"name": "inline", "base_url": "http://127.0.0.1:9/v1", "model": "m"} | fields
    model_file = home.write("model.yaml", to_yaml(inline))
    shown = ""
    for arguments in (
        ("run", str(shared(home, inline))),
        ("plan", str(shared(home, inline)), "--json"),
        ("models", "add", "--file", str(model_file)),
    ):
        done = home.run(*arguments, code=2)
        shown += done.stdout + done.stderr
    kept = b"".join(file.read_bytes() for file in (home.path / ".workbench").rglob("*") if file.is_file())
    for part in ("0123456789abcdef", "a3f9c27d81b04e56", "eyJhbGci", "AIzaSy"):
        assert part not in shown and part.encode() not in kept
    assert "Traceback" not in shown


def test_the_same_file_runs_for_its_writer_without_a_key(home: Folder, server: ProtocolServer) -> None:
    path = home.write("experiments/mine.yaml", FILE.replace("embedded/extractive", "local"))
    home.register(server, "price: {free: true}")
    assert home.json("run", str(path))["state"] == "done"


def test_a_folder_that_came_with_a_file_leads_nowhere_else(home: Folder) -> None:
    diary = home.path.parent / "Documents"
    diary.mkdir()
    (diary / "diary.md").write_text("# Diary\n\nA secret diary.\n")
    downloads = home.path.parent / "downloads"
    (downloads / "handbook").mkdir(parents=True)
    (downloads / "handbook" / "documents").symlink_to(diary, target_is_directory=True)
    (downloads / "linked").symlink_to(diary, target_is_directory=True)
    for named in ("../downloads/handbook", "../downloads/linked"):
        path = shared(home, "embedded/extractive", corpus=named)  # type: ignore[arg-type]
        assert "--corpus" in home.run("plan", str(path), code=2).stderr


@pytest.mark.parametrize("named", ["tiny/../../../Documents", "tiny/..", "tiny/../../corpora", "./."])
def test_a_path_through_a_corpus_leads_nowhere_else(home: Folder, named: str) -> None:
    diary = home.path.parent / "Documents"
    diary.mkdir()
    (diary / "diary.md").write_text("# Diary\n\nA secret diary.\n")
    refused = home.run("ask", str(winner(home, corpus=named)), "What is secret?", code=2)
    assert "--corpus" in refused.stderr and "A secret diary" not in refused.stdout
    assert home.run("ask", str(winner(home, corpus="./tiny")), "How much does the tank hold?").stdout


def test_keys_pasted_into_other_fields_of_a_model_are_refused(home: Folder) -> None:
    for name in ("organization", "project", "revision", "notes"):
        path = shared(home, model("http://127.0.0.1:9/v1", **{name: "use sk-a3f9c27d81b04e56"}))
        refused = home.run("plan", str(path), code=2)
        assert f"{name} contains a key" in refused.stderr and "a3f9c27d81b04e56" not in refused.stderr
    path = shared(home, model("http://127.0.0.1:9/v1/sk-a3f9c27d81b04e56"))
    assert "contains a key" in home.run("plan", str(path), code=2).stderr


def test_a_host_may_be_called_like_the_beginning_of_a_key(home: Folder) -> None:
    path = shared(home, model("http://sk-gateway.example.com/v1"))
    assert home.json("plan", str(path))["hosts"][0]["host"] == "http://sk-gateway.example.com"


def test_a_key_is_sent_in_no_header_that_says_where_a_request_goes(home: Folder) -> None:
    path = shared(home, model("http://127.0.0.1:9/v1", "OPENAI_API_KEY", key_header="Host"))
    assert "key_header" in home.run("plan", str(path), code=2).stderr


def test_a_file_of_hundreds_of_errors_names_the_first(home: Folder) -> None:
    path = shared(home, model("http://127.0.0.1:9/v1"), prompts=list(range(500)))
    refused = home.run("plan", str(path), code=2)
    assert "prompts.0 is 0" in refused.stderr and "more." in refused.stderr and len(refused.stderr) < 5000


def test_keys_in_headers_and_in_the_query_are_refused_like_those_in_the_body(home: Folder) -> None:
    for fields in (
        {"extra_headers": {"X-Gateway-Key": "a3f9c27d81b04e56"}},
        {"extra_headers": {"Authorization": "Basic a3f9c27d81b04e56"}},
        {"extra_query": {"subscription-key": "a3f9c27d81b04e56"}},
        {"extra_query": {"key": "a3f9c27d81b04e56"}},
    ):
        refused = home.run("run", str(shared(home, model("http://127.0.0.1:9/v1", **fields))), code=2)
        assert "contains a key" in refused.stderr and "a3f9c27d81b04e56" not in refused.stderr
