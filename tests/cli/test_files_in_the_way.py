"""Commands and files in the way: what is overwritten, damaged databases, broken prompts and models.
Knows nothing about how experiments run."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FILE, Folder
from tests.cli.in_process import call
from workbench.store.database import open_store

BROKEN = "prompts:\n  - name: short\n    template: '{question} {nonsense}'\n"


@pytest.fixture
def here(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The user's folder as this process's working folder."""
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv("WORKBENCH_HOME", str(folder.path / ".workbench"))
    return folder


@pytest.fixture
def finished(here: Folder, ran: dict[str, Any]) -> str:
    return str(ran["experiment"])


@pytest.mark.parametrize("command", ["export", "backup"])
def test_nothing_is_overwritten_without_force(here: Folder, finished: str, command: str) -> None:
    arguments = ["export", finished, "--out", "out.file"] if command == "export" else ["backup", "out.file"]
    here.write("out.file", "mine")
    code, _, errors = call(*arguments)
    assert code == 2 and "already exists" in errors and "--force" in errors
    assert (here.path / "out.file").read_text() == "mine"
    code, _, errors = call(*arguments, "--force")
    assert code == 0, errors
    assert (here.path / "out.file").read_bytes() != b"mine"


@pytest.mark.parametrize("command", ["export", "backup"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p.mkdir(), "is a folder"),
        (lambda p: os.mkfifo(p), "not an ordinary file"),
        (lambda p: p.symlink_to("/dev/null"), "not an ordinary file"),
        (lambda p: p.symlink_to(p.parent / "nowhere"), "which does not exist"),
    ],
)
def test_only_ordinary_files_are_written_even_with_force(
    here: Folder, finished: str, command: str, make: object, words: str
) -> None:
    make(here.path / "out")  # type: ignore[operator]
    arguments = ["export", finished, "--out", "out"] if command == "export" else ["backup", "out"]
    code, _, errors = call(*arguments, "--force")
    assert code == 2 and words in errors
    assert not (here.path / "nowhere").exists()
    assert not [p.name for p in here.path.iterdir() if p.name.endswith(".part")]


def test_doctor_finds_damage_and_missing_rows(here: Folder, finished: str) -> None:
    database = here.path / ".workbench" / "workbench.db"
    open_store(database).dispose()
    assert "integrity checked" in call("doctor")[1]
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM experiment")
    connection.close()
    code, out, _ = call("doctor")
    assert code == 1 and "damaged" in out and "refers to nothing in experiment" in out and "backup" in out


@pytest.mark.parametrize("name", ["prompts", "models"])
def test_a_broken_file_of_prompts_or_models_stops_nothing_else(
    here: Folder, finished: str, name: str
) -> None:
    text = (
        BROKEN if name == "prompts" else "models:\n  - name: m\n    base_url: http://h:abc/v1\n    model: m\n"
    )
    here.write(f"experiments/{name}.yaml", text)
    for command in (["list"], ["status", finished], ["leaderboard", finished], [name, "list"]):
        code, _, errors = call(*command)
        assert code == 0 and "until it is corrected" in errors
        assert {"prompts": "prompts.yaml: prompt 1", "models": "models.yaml: model 1, line 3: "}[
            name
        ] in errors
    assert f"{name}.yaml" in call("doctor")[1]


def test_a_prompt_that_a_broken_file_may_define_is_not_taken_from_before(here: Folder) -> None:
    assert call("plan", str(here.file))[0] == 0
    here.write("experiments/prompts.yaml", BROKEN)
    code, _, errors = call("plan", str(here.file))
    assert code == 2 and "prompts.yaml: prompt 1" in errors.split("Error: ")[1]
    here.write("experiments/prompts.yaml", "prompts: [")
    code, _, errors = call("plan", str(here.file))
    assert code == 2 and "prompts.yaml:1" in errors.split("Error: ")[1]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ("[grounding, refusal]", "grounding is maximized"),
        ("[toxicity, token_f1]", "token_f1 is maximized"),
        ("[toxicity]", "toxicity is minimized"),
    ],
)
def test_without_correctness_another_score_is_the_objective_and_plan_says_so(
    here: Folder, scores: str, words: str
) -> None:
    here.write("e.yaml", FILE.replace("[grounding, correctness, refusal]", scores))
    code, out, errors = call("plan", "e.yaml")
    assert code == 0, errors
    assert words in out and "correctness is not among the scores" in out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("conditions: []", ""),
        ("conditions: [[]]", "conditions.0 is []"),
        (
            "conditions: [{axis: top_k, when: {retriever: []}}]",
            "conditions, rule 1: retriever is an empty list",
        ),
        ("conditions: [{axis: top_k, when: {}}]", "`when` is empty"),
        ("configs: [{top_k: [2]}]", "configs, number 1: top_k is a list"),
        ("configs: [{prompt: [a]}]", "configs, number 1"),
        ("exclude: [{top_k: {a: 1}}]", "exclude, rule 1: top_k"),
        ("exclude: [{top_k: []}]", "top_k is an empty list"),
        ("exclude: [{top_k: [[2]]}]", "top_k is [2]"),
        ("configs: [{rerank: {mmr: {balance: .nan}}}]", "configs.0.rerank.mmr.balance"),
        ("questions: {limit: true}", "questions.limit is true"),
        ("seed: true", "seed is true"),
        ("repeats: 100000000000000000000000000000", "repeats is too large"),
        ("repeats: '100000000000000000000000000000'", "repeats"),
        ("budget_usd: .nan", "budget_usd is not a number"),
        ("holdout: .inf", "holdout is infinite"),
        ("objective: {maximize: correctness, at_least: {grounding: true}}", "objective.at_least"),
        ("search: {strategy: random, trials: true}", "trials"),
        ("search: {strategy: halving, keep: .nan}", "keep"),
        ("corpus: " + "x" * 5000, "There is no corpus"),
        ("corpus: ''", "corpus is empty"),
        ("corpus: ~", "corpus is empty"),
        ("corpus: {name: c}", "corpus is {'name': 'c'}: it must be a text"),
        ("models: [{name: {a: b}, model: m}]", "models.0.name is {'a': 'b'}: it must be a text"),
        ("corpus: '~nobody-here/x'", "corpus"),
        ('corpus: "a\\0b"', "NUL"),
        ('name: "\\ud800"', "half a character"),
        ("null: 1", "the key null"),
        ("'T[x': 1", "'T[x' is not a known key"),
        ("str: 1", "'str' is not a known key"),
        ("? [a]\n: 1", "a key must be a text"),
        ("judge: 2026-11-01", "2026-11-01"),
    ],
)
def test_odd_values_in_an_experiment_are_said_with_their_place(here: Folder, more: str, words: str) -> None:
    key = more.split(":")[0]
    kept = [line for line in FILE.splitlines() if not line.startswith(f"{key}:")]
    here.write("e.yaml", "\n".join([*kept, more, ""]))
    code, _, errors = call("plan", "e.yaml")
    assert code in ((0, 2) if not words else (2,)), errors
    if code:
        assert words in errors and "e.yaml" in errors


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("extra_body: {x: .nan}", "extra_body.x is not a number"),
        ("extra_body: {x: [1, .inf]}", "extra_body.x.1 is infinite"),
        ("extra_body: {x: 1000000000000000000000000000000}", "too large"),
        ("price: {per_hour: .nan}", "price.per_hour"),
        ("price: {input_per_million: .inf, output_per_million: 1}", "price.input_per_million"),
        ("price: {per_hour: true}", "price.per_hour is true"),
        ("max_tokens: true", "max_tokens is true"),
        ("temperature: .nan", "temperature"),
        ("limits: {concurrency: true}", "limits.concurrency is true"),
        ("base_url: http://h:abc/v1", "base_url"),
        ("base_url: http://h:99999/v1", "base_url"),
        ("base_url: 'http://[::1'", "base_url"),
        ("base_url: 'http://a b/v1'", "base_url"),
        ("base_url: ''", "base_url"),
        ("name: 12", "name is 12: it must be a text"),
        ("notes: null", "notes is empty"),
    ],
)
def test_odd_values_in_a_model_are_said_with_their_place(here: Folder, more: str, words: str) -> None:
    fields = {"name": "m", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    fields.pop(more.split(":")[0], None)
    here.write("m.yaml", "\n".join([*(f"{k}: {v}" for k, v in fields.items()), more, ""]))
    code, _, errors = call("models", "add", "--file", "m.yaml")
    assert code == 2 and words in errors and "m.yaml" in errors


def test_a_path_of_odd_bytes_or_characters_is_an_error_in_words(here: Folder) -> None:
    for name in ("a\0b.yaml", "x" * 300, "\udce9.yaml", str(Path("/dev/zero"))):
        for command in (["plan", name], ["ask", name, "Q?"], ["models", "add", "--file", name]):
            code, _, errors = call(*command)
            assert code == 2 and len(errors) < 2_000, errors[:200]


@pytest.mark.parametrize("variable", ["WORKBENCH_HOME", "WORKBENCH_CORPORA", "WORKBENCH_EXPERIMENTS"])
@pytest.mark.parametrize("path", ["~nobody-here/x", "x" * 5000])
def test_a_folder_that_cannot_be_is_said_with_its_variable(
    here: Folder, monkeypatch: pytest.MonkeyPatch, variable: str, path: str
) -> None:
    monkeypatch.setenv(variable, path)
    code, _, errors = call("list")
    assert code == 2 and variable in errors and len(errors) < 400


def test_settings_of_a_part_that_are_nested_too_deeply_are_an_error(here: Folder) -> None:
    here.write("e.yaml", FILE.replace("top_k", "rerank: ['mmr(balance=" + "[" * 20_000 + ")'], top_k"))
    code, _, errors = call("plan", "e.yaml")
    assert code == 2 and "cannot be read" in errors and "e.yaml" in errors and len(errors) < 400
