"""Tests that the command line lists, shows and adds prompts and models.
Knows nothing about how they are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Folder
from tests.onnx_cross_encoder import write_cross_encoder
from tests.protocol_server import ProtocolServer


def test_prompts_and_models_are_listed_shown_and_added(folder: Folder) -> None:
    template = folder.write("mine.txt", "{passages}\nQuestion: {question}")
    folder.run("prompts", "add", "mine", "--file", str(template))
    assert "mine" in {p["name"] for p in folder.json("prompts", "list")["prompts"]}
    assert folder.json("prompts", "show", "mine@1")["version"] == 1
    folder.run("models", "add", "--name", "local", "--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    folder.run(
        "models", "add", "--name", "own", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--free"
    )
    assert folder.json("models", "show", "own")["price"] == {"free": True}
    assert "local" in {m["name"] for m in folder.json("models", "list")["models"]}
    assert "Nothing answers" in folder.run("models", "show", "local", "--test", code=1).stdout
    bad = folder.write("bad.txt", "{documents}")
    assert "not a variable" in folder.run("prompts", "add", "bad", "--file", str(bad), code=2).stderr


@pytest.mark.parametrize(("name", "key"), [("models", "model"), ("prompts", "prompt")])
def test_a_file_whose_first_key_is_misspelt_is_named_and_not_taken_for_empty(
    folder: Folder, name: str, key: str
) -> None:
    folder.write(f"experiments/{name}.yaml", f"{key}: []\n")
    listed = folder.run(name, "list")
    assert f"expected a list under `{name}:`, found '{key}'" in listed.stderr


def test_servers_of_this_machine_are_found_with_what_they_serve_and_what_is_registered(
    folder: Folder,
) -> None:
    with ProtocolServer() as server:
        port = server.base_url.split(":")[2].removesuffix("/v1")
        folder.write(".env", f"WORKBENCH_LOCAL_SERVERS={port}\n")
        folder.register(server, "max_tokens: 60")
        found = folder.json("models", "find")
        said = folder.run("models", "find").stdout
    [row] = found["servers"]
    assert row["base_url"] == server.base_url and found["ports"] == [int(port)]
    kinds = {m["name"]: (m["kind"], m["registered"]) for m in row["models"]}
    assert kinds == {"test-chat": ("chat", "local"), "test-embed": ("embedding", None)}
    assert "2 models" in said and "test-embed  (embedding)" in said and "registered as local" in said
    assert "No model server answers" in folder.run("models", "find").stdout
    folder.write(".env", "WORKBENCH_LOCAL_SERVERS=off\n")
    assert "switched off" in folder.run("models", "find").stdout


def test_rerankers_are_registered_by_address_and_by_folder_and_tested(folder: Folder, tmp_path: Path) -> None:
    with ProtocolServer(reranks="llama.cpp") as server:
        address = ["--base-url", server.base_url, "--model", "test-rerank"]
        folder.run("models", "add", "--name", "ranker", "--kind", "reranker", *address)
        shown = folder.json("models", "show", "ranker", "--test")
    assert shown["kind"] == "reranker" and "reranks" in shown["connection"]["messages"][0]
    path = str(write_cross_encoder(tmp_path / "model"))
    folder.run("models", "add", "--name", "here", "--kind", "reranker", "--path", path)
    assert folder.json("models", "show", "here", "--test")["connection"]["ok"]
    assert f"here  (reranker, {path}; " in folder.run("models", "list").stdout
    without = folder.run("models", "add", "--name", "none", "--kind", "reranker", code=2)
    assert "of kind reranker has no base_url" in without.stderr
