"""Fuzzing: whatever a file or a command line holds, a command says what is wrong and exits 2; no traceback.
Each example is a command in this process. FUZZ_EXAMPLES=5000 tries more; add --timeout 0."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.in_process import call
from tests.conftest import PROJECT
from tests.odd_input import ODD_VALUES, as_yaml, changed, fuzzing, torn
from tests.tiny_experiment import QUESTIONS, write_corpus

MODEL = {
    "name": "served", "base_url": "http://127.0.0.1:9/v1", "model": "m", "revision": "1", "parent": "p", "kind": "chat",
    "api_key_env": "KEY", "temperature": 0.0, "max_tokens": 60, "top_p": 0.9, "seed": 1, "context_window": 4096,
    "extra_body": {"logit_bias": {"5": 1.5}, "stop_at": ["x"]}, "notes": "n",
    "price": {"input_per_million": 1.0, "output_per_million": 2.0, "cached_per_million": 0.5},
    "limits": {"concurrency": 2, "requests_per_minute": 60, "tokens_per_minute": 1000, "timeout_seconds": 5},
}  # fmt: skip
PROMPT = {"name": "own", "system": "Be brief.", "template": "{passages} {question} {today}", "notes": "n"}
EXPERIMENT = {
    "name": "tiny", "corpus": "tiny", "questions": {"tags": [], "limit": 5}, "prompts": ["concise", PROMPT],
    "retrieval": {
        "splitter": ["markdown", "sentence"], "chunk_tokens": [64, 128], "chunk_overlap": [8], "embedding": ["embedded/minilm"],
        "retriever": ["keyword"], "top_k": [2, 3], "rerank": ["none", {"mmr": {"balance": 0.5}}], "query": ["plain"],
        "query_model": None, "rerank_model": None,
    },
    "models": ["embedded/extractive", MODEL], "repeats": 1, "search": {"strategy": "halving", "first": 4, "keep": 0.5},
    "scores": ["grounding", "correctness", "retrieval", "refusal"], "judge": None,
    "objective": {"maximize": ["correctness"], "at_least": {"grounding": 0.1}, "at_most": {"seconds_p50": 9.0}},
    "exclude": [{"top_k": [3], "prompt": "own"}], "conditions": [{"axis": "chunk_tokens", "when": {"splitter": "markdown"}}],
    "configs": None, "budget_usd": 1.0, "holdout": 0.3, "seed": 7,
}  # fmt: skip
JUDGED = {
    "name": "judged", "corpus": "tiny", "prompts": ["concise"], "models": ["embedded/extractive"], "judge": MODEL,
    "scores": [
        "correctness", {"name": "tone", "rubric": "1 is polite, 0 is rude", "judge": MODEL},
        {"grounding": {"ladder": ["embedded", "model"], "escalate_between": [0.2, 0.8]}},
    ],
    "retrieval": {"query": ["hyde"], "query_model": MODEL, "rerank": ["llm"], "rerank_model": MODEL, "retriever": ["keyword"]},
    "configs": [{"prompt": "concise", "top_k": 4, "rerank": {"mmr": {"balance": 0.5}}}, {"embedding": "embedded/minilm"}],
    "search": {"strategy": "tpe", "trials": 3},
}  # fmt: skip
RULES = {
    "name": "rules", "corpus": "tiny", "prompts": ["concise"], "models": ["embedded/extractive"],
    "retrieval": {"retriever": ["keyword"], "top_k": [2, 3], "rerank": ["none", "mmr"], "chunk_tokens": [64, 128]},
    "exclude": [{"top_k": [3], "rerank": {"mmr": {"balance": 0.5}}}, {"prompt": ["x"], "model": "y", "embedding": None}],
    "conditions": [{"axis": "chunk_tokens", "when": {"rerank": ["mmr", "none"], "top_k": 2}}],
}  # fmt: skip
WINNER = {
    "format": 1, "name": "w", "exported_at": "2026-11-01T10:00:00+00:00",
    "config": {
        "prompt": PROMPT, "model": {"name": "embedded/extractive"},
        "retrieval": {"splitter": "markdown", "chunk_tokens": 64, "chunk_overlap": 8, "retriever": "keyword", "top_k": 2},
    },
    "corpus": {"name": "tiny", "hash": "x"},
    "evidence": {
        "experiment": "e", "experiment_name": "n", "trial": "t", "rank": 1, "configs": 2, "objective": {"maximize": "correctness"},
        "search": {"correctness": {"mean": 0.5}}, "holdout": None, "cost_per_1k_questions": 0.1, "tokens_per_answer": 10.0,
        "seconds_p50": 0.1, "seconds_p95": 0.2, "ratings": {"up": 1},
    },
    "libraries": {"openai": "2"},
}  # fmt: skip
QUESTION = {
    "id": "q9", "question": "How long can goods be returned?", "answer": "30 days", "answerable": True, "tags": ["t"],
    "evidence": [{"document": QUESTIONS[0][2], "quote": QUESTIONS[0][3]}, {"document": "water.md", "start": 1, "end": 5}],
}  # fmt: skip
LABELLED = {"answer": "a", "passages": ["p"], "label": True, "question": "q"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's folder with a corpus, in which the commands run."""
    path = tmp_path_factory.mktemp("fuzzing")
    (path / "experiments").mkdir()
    write_corpus(path / "corpora" / "tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        yield path


@pytest.fixture(autouse=True)
def fresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WORKBENCH_HOME", str(folder / "home"))
    shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments" / "prompts.yaml")
    (folder / "experiments" / "models.yaml").unlink(missing_ok=True)
    shutil.rmtree(folder / "corpora")
    write_corpus(folder / "corpora" / "tiny")


def check(*arguments: str, place: str = "") -> None:
    """Run a command, which works, or exits 2 with a message.

    place: what the message must name, such as the file.
    """
    code, _, errors = call(*arguments)
    assert code in (0, 2), errors
    assert "Traceback" not in errors
    if code == 2:
        assert errors.strip() and len(errors) < 20_000, errors[:300]
        if place and "Usage:" not in errors:
            assert place in errors, errors


def write(file: Path, text: str) -> None:
    file.write_bytes(text.encode(errors="surrogatepass"))


@fuzzing
@given(st.one_of(changed(EXPERIMENT), changed(JUDGED), changed(RULES)).map(as_yaml))
def test_an_experiment_file(folder: Path, text: str) -> None:
    write(folder / "e.yaml", text)
    check("plan", "e.yaml", "--json", place="e.yaml")


@fuzzing
@given(
    torn((PROJECT / "experiments" / "support-first-look.yaml").read_text().replace("harbor-support", "tiny"))
)
def test_a_torn_experiment_file(folder: Path, text: str) -> None:
    write(folder / "e.yaml", text)
    check("plan", "e.yaml", place="e.yaml")


@fuzzing
@given(changed(MODEL).map(as_yaml))
def test_a_model_file(folder: Path, text: str) -> None:
    write(folder / "m.yaml", text)
    check("models", "add", "--file", "m.yaml", "--replace", "--trust", "127.0.0.1")
    check("models", "list")


@fuzzing
@given(changed({"models": [MODEL]}).map(as_yaml), changed({"prompts": [PROMPT]}).map(as_yaml))
def test_broken_files_of_models_and_prompts_stop_nothing_else(
    folder: Path, models: str, prompts: str
) -> None:
    write(folder / "experiments" / "models.yaml", models)
    write(folder / "experiments" / "prompts.yaml", prompts)
    for command in (["list"], ["models", "list"], ["prompts", "list", "--json"]):
        code, _, errors = call(*command)
        assert code == 0, errors
    inline = {"name": "t", "corpus": "tiny", "prompts": [PROMPT], "models": ["embedded/extractive"]}
    write(folder / "e.yaml", as_yaml(inline))
    assert call("plan", "e.yaml")[0] == 0


@fuzzing
@given(changed(WINNER).map(as_yaml))
def test_a_winner(folder: Path, text: str) -> None:
    write(folder / "w.yaml", text)
    check("ask", "w.yaml", "How long can goods be returned?", "--json")


@fuzzing
@given(st.lists(changed(QUESTION), min_size=1, max_size=3))
def test_a_question_file(folder: Path, rows: list[Any]) -> None:
    file = folder / "corpora" / "tiny" / "questions.jsonl"
    write_corpus_file = "\n".join(json.dumps(row) for row in rows)
    write(file, write_corpus_file)
    write(folder / "e.yaml", as_yaml(EXPERIMENT | {"models": ["embedded/extractive"]}))
    check("plan", "e.yaml")


@fuzzing
@given(torn("id,question,answer,document,quote,answerable,tags\nq1,Who?,Me,water.md,The tank,true,a||b\n"))
def test_a_question_table(folder: Path, text: str) -> None:
    corpus = folder / "corpora" / "tiny"
    (corpus / "questions.jsonl").unlink(missing_ok=True)
    write(corpus / "questions.csv", text)
    write(folder / "e.yaml", as_yaml(EXPERIMENT | {"models": ["embedded/extractive"]}))
    check("plan", "e.yaml")


@fuzzing
@given(changed(LABELLED))
def test_a_file_of_labelled_answers(folder: Path, row: Any) -> None:
    write(folder / "l.jsonl", json.dumps(row))
    check("judge-check", "l.jsonl", "--json", place="l.jsonl")


COMMANDS = [
    ["plan"], ["run"], ["resume"], ["budget"], ["status"], ["stop"], ["leaderboard"], ["compare"], ["effects"], ["ledger"],
    ["answers"], ["export"], ["ask"], ["rate"], ["prompts", "show"], ["prompts", "add"], ["models", "show"], ["models", "add"],
    ["parts"], ["tune"], ["judge-check"], ["list"],
]  # fmt: skip
OPTIONS = [
    "--json", "--csv", "--trial", "--limit", "--budget", "--out", "--corpus", "--file", "--name", "--base-url", "--model",
    "--kind", "--score", "--baseline", "--tag", "--worst", "--system", "--notes", "--threshold", "--rubric", "--judge",
    "--parent", "--trust", "--api-key-env", "--comment", "--rater",
]  # fmt: skip
words = st.one_of(
    st.sampled_from([value for value in ODD_VALUES if isinstance(value, str)]),
    st.sampled_from(OPTIONS),
    st.sampled_from(
        [
            "e.yaml",
            "w.yaml",
            "tiny",
            "concise",
            "up",
            "none",
            "correctness",
            "embedded/extractive",
            "out",
            ".",
        ]
    ),
    st.text(max_size=8),
)


@fuzzing
@given(st.sampled_from(COMMANDS), st.lists(words, max_size=5))
def test_a_command_line(folder: Path, command: list[str], arguments: list[str]) -> None:
    write(folder / "e.yaml", "name: x\n")
    write(folder / "w.yaml", as_yaml(WINNER))
    check(*command, *arguments)
