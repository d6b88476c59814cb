"""Tests planning, running, stopping, killing and resuming from the command line, and wrong experiment files.
Knows nothing about how an experiment is run."""

from __future__ import annotations

import json
import signal
import time

import pytest

from tests.cli.conftest import FILE, Folder
from tests.protocol_server import ProtocolServer, Stall


def test_the_way_from_plan_to_an_answer(folder: Folder) -> None:
    plan = folder.json("plan", str(folder.file))
    assert plan["configs"] == 2 and set(plan["stages"]) == {
        "chunk",
        "embed",
        "index",
        "retrieve",
        "rerank",
        "generate",
        "score",
    }
    assert plan["vector_index"] == ["exact"] and plan["stages"]["index"]["left"] == 0
    assert "Vector search: exact, nothing to build" in folder.run("plan", str(folder.file)).stdout
    run = folder.json("run", str(folder.file))
    assert run["state"] == "done" and set(run) >= {
        "experiment",
        "trials",
        "answers",
        "failed_answers",
        "calls",
        "spent_usd",
        "saved_usd",
        "seconds",
    }
    experiment = run["experiment"]
    assert folder.json("status", experiment)["answers"] == run["answers"]
    assert folder.json("list")["experiments"][0]["experiment"] == experiment
    board = folder.json("leaderboard", experiment)
    row = board["trials"][0]
    assert set(row) >= {
        "trial",
        "name",
        "rank",
        "feasible",
        "config",
        "scores",
        "holdout",
        "cost_per_1k_questions",
        "tokens_per_answer",
        "seconds_p50",
        "seconds_p95",
        "ratings",
    }
    assert set(row["scores"]["correctness"]) >= {"mean", "low", "high", "count", "failed", "not_applicable"}
    answers = folder.json("answers", experiment, "--trial", row["trial"])["answers"]
    folder.run("rate", str(answers[0]["id"]), "up", "--rater", "ann")
    assert sum(t["ratings"]["up"] for t in folder.json("leaderboard", experiment)["trials"]) >= 1
    winner = folder.path / "winner.yaml"
    folder.run("export", experiment, "--out", str(winner))
    text = winner.read_text()
    assert "{question}" in text and "correctness" in text and "hash" in text
    reply = folder.json("ask", str(winner), "What does the label cost?")
    assert set(reply) >= {"answer", "passages", "scores", "tokens", "cost_usd", "seconds"}
    assert "5 euros" in reply["answer"] and reply["passages"][0]["document"] == "returns.md"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\nretreival: {}\n", "retrieval"),
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: []\n", "models"),
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [gpt-nope]\n", "gpt-nope"),
        ("name: x\ncorpus: tinny\nprompts: [concise]\nmodels: [embedded/extractive]\n", "tiny"),
        ("name: x\ncorpus: tiny\nprompts: [{name: p, template: '{question.__class__}'}]\nmodels: [embedded/extractive]\n", "brace"),
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\nscores: [groundin]\n", "grounding"),
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [{name: embedded/nope}]\n", "embedded/extractive"),
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\nexclude: [{prompt: concise}]\n", "No configuration"),
        ("name: x\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\nretrieval: {chunk_tokens: [99999]}\n", "8192"),
        ("name: [\n", "YAML"),
    ],
)  # fmt: skip
def test_wrong_input_exits_2_with_one_message_and_no_traceback(folder: Folder, text: str, words: str) -> None:
    path = folder.write("experiments/bad.yaml", text)
    done = folder.run("run", str(path), "--json", code=2)
    assert words in done.stderr and "Traceback" not in done.stderr and done.stdout == ""
    assert "bad.yaml" in done.stderr or "corpus" in done.stderr


def test_a_rule_that_excludes_nothing_is_a_note(folder: Folder) -> None:
    path = folder.write("experiments/idle.yaml", FILE + "exclude: [{retriever: keywords}]\n")
    plan = folder.json("plan", str(path))
    assert plan["configs"] == 2 and any("Did you mean 'keyword'?" in w for w in plan["warnings"])


def test_a_question_file_with_a_bad_quote_is_an_error_that_names_the_line(folder: Folder) -> None:
    path = folder.path / "corpora" / "tiny" / "questions.jsonl"
    path.write_text(
        path.read_text()
        + '{"question": "New?", "evidence": [{"document": "water.md", "quote": "no such words"}]}\n'
    )
    assert "questions.jsonl:9" in folder.run("run", str(folder.file), code=2).stderr


def test_ctrl_c_stops_cleanly_with_exit_3_and_resume_finishes(folder: Folder) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.15)) as server:
        path = folder.write("experiments/slow.yaml", FILE.replace("[embedded/extractive]", "[local]"))
        folder.register(server, "price: {free: true}, limits: {concurrency: 1}")
        process = folder.start("run", str(path), "--json")
        while len(server.posts) < 3 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 3, err
        stopped = json.loads(out)
        assert stopped["state"] == "stopped" and stopped["answers"] >= 1
        id_ = stopped["experiment"]
        assert folder.json("budget", id_, "12.5")["budget_usd"] == 12.5
        assert folder.json("budget", id_, "none")["budget_usd"] is None
        for wrong, words in (("much", "'much'"), ("-1", "above 0"), ("nan", "above 0")):
            assert words in folder.run("budget", "--", id_, wrong, code=2).stderr
        done = folder.json("resume", id_)
        assert "is done" in folder.run("budget", id_, "1", code=2).stderr
        bodies = [json.dumps(body) for body in server.posts]
    assert done["state"] == "done" and len(bodies) == len(set(bodies))


def test_after_kill_9_a_run_goes_on_and_pays_no_committed_call_again(folder: Folder) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.1)) as server:
        path = folder.write("experiments/slow.yaml", FILE.replace("[embedded/extractive]", "[local]"))
        folder.register(server, "price: {free: true}, limits: {concurrency: 2}")
        process = folder.start("run", str(path), "--json")
        while len(server.posts) < 5 and process.poll() is None:
            time.sleep(0.02)
        process.kill()
        process.communicate(timeout=20)
        listed = folder.json("list")["experiments"]
        done = folder.json("run", str(path))
        bodies = [json.dumps(body) for body in server.posts]
    assert listed[0]["state"] == "interrupted" and done["experiment"] == listed[0]["experiment"]
    assert done["state"] == "done" and len(bodies) - len(set(bodies)) <= 2


def test_a_key_from_dot_env_is_used_and_written_nowhere(folder: Folder) -> None:
    key = "sk-very-secret-0815"
    with ProtocolServer(api_key=key) as server:
        (folder.path / ".env").write_text(f"MY_KEY={key}\n")
        folder.register(server, "api_key_env: MY_KEY, price: {free: true}")
        path = folder.write("experiments/keyed.yaml", FILE.replace("[embedded/extractive]", "[local]"))
        run = folder.run("run", str(path), "--json")
        folder.run("export", json.loads(run.stdout)["experiment"], "--out", "w.yaml")
    assert json.loads(run.stdout)["failed_answers"] == 0
    for file in folder.path.rglob("*"):
        if file.is_file() and file.name != ".env":
            assert key.encode() not in file.read_bytes(), file.name
    assert key not in run.stdout + run.stderr
