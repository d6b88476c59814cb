"""The command line as programs use it: what it prints, where, and how it exits.
Knows nothing about how commands work inside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import write_corpus
from tests.protocol_server import ProtocolServer, Stall

PROJECT = Path(__file__).parent.parent.parent
FILE = """
name: tiny
corpus: tiny
prompts: [concise]
models: [embedded/extractive]
retrieval: {chunk_tokens: [64], retriever: [keyword, dense], top_k: [2]}
scores: [grounding, correctness, refusal]
"""


class Folder:
    """A user's folder with a corpus and an experiment; commands run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "experiments").mkdir(parents=True)
        (path / "experiments" / "prompts.yaml").write_bytes(
            (PROJECT / "experiments" / "prompts.yaml").read_bytes()
        )
        write_corpus(path / "corpora" / "tiny")
        self.file = self.write("experiments/tiny.yaml", FILE)

    def write(self, name: str, text: str) -> Path:
        (self.path / name).write_text(text)
        return self.path / name

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKBENCH_")}
        return kept | {"PYTHONPATH": str(PROJECT)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "workbench", *arguments], cwd=self.path, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(arguments, code, out, err)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "mine")


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


def test_what_differs_for_real_is_shown_as_text_json_and_csv(folder: Folder) -> None:
    experiment = folder.json("run", str(folder.file))["experiment"]
    board = folder.json("leaderboard", experiment)
    first, second = board["trials"][:2]
    assert set(second["difference"]) >= {
        "to", "mean", "low", "high", "p", "p_holm", "questions", "questions_needed", "verdict",
    }  # fmt: skip
    assert second["difference"]["to"] == first["trial"] and second["tied_with_leader"] is True
    text = folder.run("leaderboard", experiment).stdout
    assert "leads" in text and "tied" in text and "Against the baseline" in text
    csv = folder.run("leaderboard", experiment, "--csv").stdout.splitlines()
    nobody = {
        "won": 0,
        "lost": 0,
        "both_good": 0,
        "both_bad": 0,
        "win_share": None,
        "low": None,
        "high": None,
    }
    assert first["preferences"] == nobody and csv[0].endswith("preferences_low,preferences_high")
    assert "difference_p_holm" in csv[0] and "the same as the leader on all 5 questions" in csv[2]
    again = folder.json("leaderboard", experiment, "--baseline", second["trial"])
    assert again["baseline"] == second["trial"]
    compared = folder.json("compare", experiment, first["trial"], second["trial"])
    assert compared["trial"] == first["trial"] and compared["to"] == second["trial"]
    assert "paired permutation" in folder.run("compare", experiment, first["trial"], second["trial"]).stdout
    assert "is no configuration" in folder.run("compare", experiment, first["trial"], "nope", code=2).stderr
    effects = folder.json("effects", experiment)
    assert effects["axes"] and effects["sentences"]
    assert "share of the differences" in folder.run("effects", experiment).stdout


def test_a_winner_answers_on_another_machine_and_says_when_the_corpus_changed(
    folder: Folder, tmp_path: Path
) -> None:
    run = folder.json("run", str(folder.file))
    winner = folder.path / "winner.yaml"
    folder.run("export", run["experiment"], "--out", str(winner))
    other = Folder(tmp_path / "other")
    (other.path / "corpora" / "tiny" / "documents" / "new.md").write_text("# Bikes\n\nBikes cost 90 euros.")
    moved = other.write("winner.yaml", winner.read_text())
    asked = other.run(
        "ask", str(moved), "What do bikes cost?", "--corpus", str(other.path / "corpora" / "tiny"), "--json"
    )
    assert "90 euros" in json.loads(asked.stdout)["answer"] and "changed" in asked.stderr


def test_leaderboard_and_answers_as_csv_are_safe_for_spreadsheets(folder: Folder) -> None:
    experiment = folder.json("run", str(folder.file))["experiment"]
    for command in ("leaderboard", "answers"):
        lines = folder.run(command, experiment, "--csv").stdout.splitlines()
        assert len(lines) > 2 and not any(line.startswith(("=", "@")) for line in lines)


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


def test_a_trial_that_is_not_there_exits_2_whatever_is_asked_of_it(folder: Folder) -> None:
    experiment = folder.json("run", str(folder.file))["experiment"]
    for command in (["answers", experiment], ["export", experiment, "--out", "w.yaml"]):
        assert "'nope'" in folder.run(*command, "--trial", "nope", code=2).stderr


def test_an_experiment_file_is_no_winner_and_a_missing_corpus_asks_for_its_path(
    folder: Folder, tmp_path: Path
) -> None:
    assert "it is an experiment file" in folder.run("ask", str(folder.file), "Q?", code=2).stderr
    experiment = folder.json("run", str(folder.file))["experiment"]
    folder.run("export", experiment, "--out", "w.yaml")
    elsewhere = Folder(tmp_path / "elsewhere")
    shutil.rmtree(elsewhere.path / "corpora" / "tiny")
    asked = elsewhere.run("ask", str(folder.path / "w.yaml"), "Q?", code=2)
    assert "--corpus PATH" in asked.stderr


def test_json_is_utf_8_whatever_the_locale_and_odd_bytes_of_a_terminal_are_asked_as_text(
    folder: Folder,
) -> None:
    documents = folder.path / "corpora" / "tiny" / "documents"
    (documents / "größe.md").write_text("# Größe\n\nDie Größe des Koffers ist 40 cm.\n", encoding="utf-8")
    experiment = folder.json("run", str(folder.file))["experiment"]
    folder.run("export", experiment, "--out", "w.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "ask", "w.yaml", b"Gr\xc3\xb6\xc3\x9fe des Koffers \xff?", "--json"],
        cwd=folder.path, env=folder.environment | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=True,
    )  # fmt: skip
    assert "Größe" in json.loads(done.stdout.decode("utf-8"))["answer"]


def test_a_full_disk_under_the_output_is_said_in_words(folder: Folder) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "workbench", "prompts", "show", "concise", "--json"],
            cwd=folder.path, env=folder.environment | {"PYTHONUNBUFFERED": "1"}, stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1 and "full" in done.stderr and "Traceback" not in done.stderr


def test_a_question_file_with_a_bad_quote_is_an_error_that_names_the_line(folder: Folder) -> None:
    path = folder.path / "corpora" / "tiny" / "questions.jsonl"
    path.write_text(
        path.read_text()
        + '{"question": "New?", "evidence": [{"document": "water.md", "quote": "no such words"}]}\n'
    )
    assert "questions.jsonl:9" in folder.run("run", str(folder.file), code=2).stderr


@pytest.mark.parametrize(
    "command",
    [
        ["status", "nope"],
        ["leaderboard", "nope"],
        ["rate", "999", "up"],
        ["ask", "nope.yaml", "Q?"],
        ["run", "nope.yaml"],
        ["plan", "experiments"],
        ["resume", "nope"],
        ["stop", "nope"],
        ["answers", "nope"],
        ["export", "nope", "--out", "w.yaml"],
        ["prompts", "show", "nope"],
        ["prompts", "show", "concise@9"],
        ["models", "show", "nope"],
        ["tune", "--name", "embedded/x", "--corpus", "nope"],
    ],
)
def test_what_is_not_there_exits_2(folder: Folder, command: list[str]) -> None:
    done = folder.run(*command, code=2)
    assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr and done.stdout == ""


def test_an_infeasible_experiment_names_the_nearest_and_can_be_overridden(folder: Folder) -> None:
    path = folder.write(
        "experiments/hard.yaml", FILE + "objective: {maximize: correctness, at_least: {grounding: 1.1}}\n"
    )
    run = folder.json("run", str(path))
    refused = folder.run("export", run["experiment"], "--out", "w.yaml", code=2)
    trial = folder.json("leaderboard", run["experiment"])["trials"][0]
    assert trial["name"].split(" · ")[0] in refused.stderr and not (folder.path / "w.yaml").exists()
    folder.run("export", run["experiment"], "--trial", trial["trial"], "--out", "w.yaml")
    assert (folder.path / "w.yaml").exists()


def test_ctrl_c_stops_cleanly_with_exit_3_and_resume_finishes(folder: Folder) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.15)) as server:
        path = folder.write("experiments/slow.yaml", FILE.replace("[embedded/extractive]", "[local]"))
        folder.write(
            "experiments/models.yaml",
            f"models:\n  - {{name: local, base_url: {server.base_url}, model: test-chat, price: {{free: true}}, limits: {{concurrency: 1}}}}\n",
        )
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
        folder.write(
            "experiments/models.yaml",
            f"models:\n  - {{name: local, base_url: {server.base_url}, model: test-chat, price: {{free: true}}, limits: {{concurrency: 2}}}}\n",
        )
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


def test_three_runs_at_once_on_one_home_all_finish_and_every_paid_call_is_booked(folder: Folder) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.05)) as server:
        folder.write(
            "experiments/models.yaml",
            f"models:\n  - {{name: local, base_url: {server.base_url}, model: test-chat, price: {{input_per_million: 1, output_per_million: 1}}}}\n",
        )
        started = []
        for name in ("a", "b", "c"):
            text = FILE.replace("name: tiny", f"name: {name}").replace("[embedded/extractive]", "[local]")
            started.append(folder.start("run", str(folder.write(f"experiments/{name}.yaml", text)), "--json"))
        replies = []
        for process in started:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            replies.append(json.loads(out))
        posts = len(server.posts)
    assert {r["state"] for r in replies} == {"done"}
    with sqlite3.connect(folder.path / ".workbench" / "workbench.db") as database:
        rows = database.execute("select key, outcome from call where kind = 'generate'").fetchall()
    assert len(rows) == posts
    succeeded = [key for key, outcome in rows if outcome == "ok"]
    assert len(succeeded) == len(set(succeeded))


def test_the_ledger_clean_and_backup_as_commands(folder: Folder) -> None:
    run = folder.json("run", str(folder.file))
    experiment, spent = run["experiment"], run["spent_usd"]
    found = folder.json("ledger", experiment, "--rows")
    assert found["spent_usd"] == spent == folder.json("list")["experiments"][0]["spent_usd"]
    assert found["calls"] == len(found["rows"]) == run["calls"]["made"]
    sums = folder.run("ledger", "--csv").stdout.splitlines()
    assert sums[0].startswith("kind,model,calls") and len(sums) == 1 + len(found["sums"])
    assert len(folder.run("ledger", experiment, "--rows", "--csv").stdout.splitlines()) == 1 + found["calls"]
    assert "spent $" in folder.run("ledger", experiment).stdout
    folder.run("ledger", "nope", code=2)
    made = folder.json("backup", "copy.db")
    assert made["rows"]["experiment"] == 1 and (folder.path / "copy.db").stat().st_size == made["bytes"]
    assert "--force" in folder.run("backup", "copy.db", code=2).stderr
    (folder.path / ".workbench" / "indexes" / "0123").mkdir()
    planned = folder.json("clean", "--dry-run")
    assert planned["freed"]["indexes"]["count"] == 1 and planned["freed"]["generations"]["count"] == 0
    assert "freed" in folder.run("clean").stdout
    assert not (folder.path / ".workbench" / "indexes" / "0123").exists()
    assert folder.json("status", experiment)["spent_usd"] == spent


def test_a_backup_can_be_put_back(folder: Folder) -> None:
    experiment = folder.json("run", str(folder.file))["experiment"]
    board = folder.json("leaderboard", experiment)
    folder.run("backup", "copy.db")
    shutil.rmtree(folder.path / ".workbench")
    (folder.path / ".workbench").mkdir()
    shutil.copy(folder.path / "copy.db", folder.path / ".workbench" / "workbench.db")
    assert folder.json("leaderboard", experiment) == board
    again = folder.json("run", str(folder.write("experiments/b.yaml", FILE.replace("name: tiny", "name: b"))))
    assert again["state"] == "done" and again["calls"]["reused"] == again["answers"]


def test_prompts_and_models_are_listed_shown_and_added(folder: Folder) -> None:
    template = folder.write("mine.txt", "{passages}\nQuestion: {question}")
    folder.run("prompts", "add", "mine", "--file", str(template))
    assert "mine" in {p["name"] for p in folder.json("prompts", "list")["prompts"]}
    assert folder.json("prompts", "show", "mine@1")["version"] == 1
    folder.run("models", "add", "--name", "local", "--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    assert "local" in {m["name"] for m in folder.json("models", "list")["models"]}
    assert "Nothing answers" in folder.run("models", "show", "local", "--test", code=1).stdout
    bad = folder.write("bad.txt", "{documents}")
    assert "not a variable" in folder.run("prompts", "add", "bad", "--file", str(bad), code=2).stderr


def test_a_variant_is_tuned_on_train_questions_only_and_can_be_used_at_once(folder: Folder) -> None:
    questions = folder.path / "corpora" / "tiny" / "questions.jsonl"
    rows = [json.loads(line) for line in questions.read_text().splitlines()]
    report = folder.json(
        "tune", "--name", "embedded/mine", "--corpus", "tiny", "--out", str(folder.path / "mine.json")
    )
    variant = json.loads((folder.path / "mine.json").read_text())
    assert report["examples"] == 1 and variant["parent"] == "embedded/extractive"
    assert (
        variant["trained_on"]["question_ids"] == [rows[0]["id"]]
        and variant["trained_on"]["data_sha256"]
        and variant["trained_on"]["trained_at"]
    )
    path = folder.write(
        "experiments/tuned.yaml",
        FILE.replace("[embedded/extractive]", "[embedded/extractive, embedded/mine]"),
    )
    assert folder.json("run", str(path))["trials"] == 4


def test_the_doctor_names_what_is_wrong_and_the_command_that_mends_it(folder: Folder) -> None:
    folder.write(
        "experiments/models.yaml",
        "models:\n  - {name: hosted, base_url: http://127.0.0.1:9/v1, model: m, api_key_env: MY_SECRET_KEY}\n",
    )
    done = folder.run("doctor", code=1)
    assert "MY_SECRET_KEY" in done.stdout and ".env" in done.stdout and "Embedded encoder" in done.stdout
    (folder.path / ".env").write_text("MY_SECRET_KEY=sk-quite-secret\n")
    after = folder.run("doctor", code=1)
    assert "sk-quite-secret" not in after.stdout + after.stderr and "Nothing answers" in after.stdout


def test_a_key_from_dot_env_is_used_and_written_nowhere(folder: Folder) -> None:
    key = "sk-very-secret-0815"
    with ProtocolServer(api_key=key) as server:
        (folder.path / ".env").write_text(f"MY_KEY={key}\n")
        folder.write(
            "experiments/models.yaml",
            f"models:\n  - {{name: local, base_url: {server.base_url}, model: test-chat, api_key_env: MY_KEY, price: {{free: true}}}}\n",
        )
        path = folder.write("experiments/keyed.yaml", FILE.replace("[embedded/extractive]", "[local]"))
        run = folder.run("run", str(path), "--json")
        folder.run("export", json.loads(run.stdout)["experiment"], "--out", "w.yaml")
    assert json.loads(run.stdout)["failed_answers"] == 0
    for file in folder.path.rglob("*"):
        if file.is_file() and file.name != ".env":
            assert key.encode() not in file.read_bytes(), file.name
    assert key not in run.stdout + run.stderr


def test_help_names_every_command(folder: Folder) -> None:
    text = folder.run("--help").stdout
    for command in (
        "demo",
        "plan",
        "run",
        "list",
        "status",
        "stop",
        "resume",
        "budget",
        "leaderboard",
        "compare",
        "effects",
        "answers",
        "export",
        "ask",
        "rate",
        "prompts",
        "models",
        "tune",
        "doctor",
        "ledger",
        "clean",
        "backup",
    ):
        assert command in text


def test_judge_check_prints_one_document_and_says_what_is_wrong_with_a_set(folder: Folder) -> None:
    rows = [
        {"answer": "Heaters are free.", "passages": ["Heaters are collected for free."], "label": True},
        {"answer": "Bananas grow on Mars.", "passages": ["The tank holds two litres."], "label": 0},
    ]
    file = folder.write("set.jsonl", "\n".join(json.dumps(r) for r in rows))
    found = json.loads(folder.run("judge-check", str(file), "--json").stdout)
    assert found["answers"] == 2 and found["judges"][0]["judge"] == "embedded"
    assert "length alone" in folder.run("judge-check", str(file), "--judge", "embedded").stdout
    assert "with one class only" in folder.run("judge-check", str(file), "--limit", "1").stdout
    bad = folder.write("bad.jsonl", '{"answer": "x"}')
    for arguments, said in (
        ((str(bad),), "bad.jsonl:1"),
        ((), "--from-ratings"),
        (("--from-ratings",), "Nobody has rated"),
        ((str(file), "--judge", "nobody"), "nobody"),
    ):
        assert said in folder.run("judge-check", *arguments, code=2).stderr
