"""The command `check`: its JSON, its text and its exit codes.
Knows nothing about how verdicts are reached."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Folder
from tests.protocol_server import ProtocolServer


def test_check_says_what_it_will_ask_and_what_it_found(folder: Folder, exported: str) -> None:
    folder.write("w.yaml", exported)
    said = folder.run("check", "w.yaml", "--json")
    assert "Asks 2 canaries, each twice" in said.stderr
    found: dict[str, Any] = folder.json("check", "w.yaml")
    assert set(found) >= {"winner", "day", "canaries", "verdicts", "why", "scores"}
    assert found["verdicts"] == {"model": "unchanged", "corpus": "unchanged", "answers": "cannot be told"}
    assert found["scores"]["refusal"]["then"] == found["scores"]["refusal"]["mean"]
    text = folder.run("check", "w.yaml").stdout
    assert "Model: unchanged" in text and "are too few" in text


def test_what_is_wrong_with_a_winner_is_said_before_anything_is_asked(folder: Folder, exported: str) -> None:
    folder.write("w.yaml", exported.replace("  name: tiny\n", "  name: nowhere\n"))
    said = folder.run("check", "w.yaml", code=2).stderr
    assert "nowhere" in said and "--corpus PATH" in said
    path = folder.path / "corpora" / "tiny"
    assert folder.json("check", "w.yaml", "--corpus", str(path))["verdicts"]["corpus"] == "unchanged"
    folder.write("older.yaml", exported.split("\ncanaries:")[0] + "\n")
    said = folder.run("check", "older.yaml")
    assert "Export it again" in said.stdout and "Export it again" in said.stderr
    folder.write("broken.yaml", exported.replace('{"question": {"id"', '{"question": {"id'))
    said = folder.run("check", "broken.yaml", code=2).stderr
    assert "canaries.questions" in said and "line 1" in said


def test_a_server_that_is_down_a_key_that_is_not_set_and_a_fall(folder: Folder) -> None:
    from tests.facts_corpus import write_facts

    write_facts(folder.path / "corpora" / "facts")
    with ProtocolServer() as server:
        folder.register(server, "price: {free: true}, max_tokens: 60, limits: {timeout_seconds: 2}")
        folder.write(
            "experiments/facts.yaml",
            "{name: facts, corpus: facts, prompts: [concise], models: [local], holdout: 0.0, "
            "retrieval: {chunk_tokens: [64], retriever: [keyword], top_k: [1]}, scores: [grounding, correctness]}",
        )
        done = folder.json("run", "experiments/facts.yaml")
        folder.run("export", done["experiment"], "--out", "w.yaml")
        keyed = (
            (folder.path / "w.yaml")
            .read_text()
            .replace(
                f"    base_url: {server.base_url}\n",
                f"    base_url: {server.base_url}\n    api_key_env: NO_SUCH_KEY\n",
            )
        )
        folder.write("keyed.yaml", keyed)
        server.reply = lambda messages: "It is nine thousand, as the newest guideline of the board says."
        assert "Correctness fell from" in folder.run("check", "w.yaml", code=4).stdout
        said = folder.run("check", "keyed.yaml", "--trust", server.base_url.split("/")[2], code=3).stderr
        assert "NO_SUCH_KEY is not set" in said
