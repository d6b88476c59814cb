"""Experiments with a real language model: a silent queue, the context's end, a killed server, a judge, a winner.
Knows nothing about how the engine copes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Folder
from tests.llm.conftest import SLOTS, WINDOW, model_of
from tests.llm.llama_server import ALIAS, LlamaServer
from tests.tiny_experiment import Runner, experiment
from workbench.run import executor
from workbench.store.answers import find_answers
from workbench.store.ledger import list_calls

KEYWORD = {"splitter": ["sentence"], "chunk_tokens": [32], "retriever": ["keyword"], "top_k": [2]}


@pytest.fixture
def own_server() -> Iterator[LlamaServer]:
    """One that a test may kill and start again."""
    with LlamaServer("--alias", ALIAS, "--parallel", "1", "--ctx-size", "1024") as running:
        yield running


def plan(server: LlamaServer, *, retrieval: dict[str, Any] = KEYWORD, **fields: Any) -> Any:
    return experiment(
        models=[model_of(server, **fields)], retrieval=retrieval, scores=["correctness"], holdout=0.0
    )


def answers_of(runner: Runner, experiment_id: str) -> list[Any]:
    return find_answers(runner.store, experiment_id, limit=None)


def served_names(runner: Runner) -> set[str | None]:
    return {call.served_model for _, call in list_calls(runner.store) if call.kind == "generate"}


def test_eight_calls_at_a_time_over_two_slots_fail_no_answer(
    runner: Runner, chat_server: LlamaServer
) -> None:
    limits = {"concurrency": 8, "timeout_seconds": 30}
    result = runner.run(plan(chat_server, retrieval=KEYWORD | {"top_k": [1, 2, 3]}, limits=limits))
    assert SLOTS < 8 and result.state == "done" and result.status["failed_answers"] == 0


def test_what_served_a_wrong_name_is_stored(runner: Runner, chat_server: LlamaServer) -> None:
    result = runner.run(plan(chat_server, model="gpt-9"))
    assert result.state == "done" and served_names(runner) == {ALIAS}


def test_a_prompt_over_the_context_is_asked_again_with_fewer_passages(
    runner: Runner, chat_server: LlamaServer
) -> None:
    for number in range(8):
        text = (
            f"# Note {number}\n\n"
            + "On goods, heaters, the label, the tank and the probe it says more. " * 12
        )
        (runner.settings.corpora / "tiny" / "documents" / f"note-{number}.md").write_text(text)
    many = KEYWORD | {"chunk_tokens": [128], "top_k": [10]}
    # Declared too large, so that the server has to refuse.
    result = runner.run(plan(chat_server, retrieval=many, context_window=8 * WINDOW))
    answers = answers_of(runner, result.id)
    assert result.state == "done" and result.status["failed_answers"] == 0
    shorter = [a for a in answers if "asked_again_shorter" in a.flags]
    assert shorter and all("passages_dropped" in a.flags and len(a.passages) < 10 for a in shorter)


def test_a_server_killed_in_the_middle_fails_no_answer_of_the_model_and_nothing_is_paid_twice(
    runner: Runner, own_server: LlamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "GIVE_UP_SECONDS", 2.0)
    written = plan(own_server, max_tokens=60, limits={"concurrency": 2, "timeout_seconds": 20})
    experiment_id = runner.create(written)

    def kill_after_two_answers() -> None:
        while len([c for _, c in list_calls(runner.store) if c.kind == "generate" and c.outcome == "ok"]) < 2:
            time.sleep(0.05)
        own_server.kill()

    killer = threading.Thread(target=kill_after_two_answers)
    killer.start()
    first = runner.run(experiment_id)
    killer.join()
    assert first.state == "paused"
    before = {c.key for _, c in list_calls(runner.store) if c.kind == "generate" and c.outcome == "ok"}
    assert 2 <= len(before) < 7
    own_server.start()
    second = runner.run(experiment_id)
    assert second.state == "done" and second.status["failed_answers"] == 0
    ok = [c.key for _, c in list_calls(runner.store) if c.kind == "generate" and c.outcome == "ok"]
    assert len(ok) == len(set(ok)) == 7 and before < set(ok)


def test_a_judge_is_held_to_its_schema(runner: Runner, chat_server: LlamaServer) -> None:
    rubric = {"name": "heat", "rubric": "1 when it speaks of heaters, 0 when not."}
    judge = model_of(chat_server, name="judge", max_tokens=200)
    written = experiment(scores=[rubric], judge=judge, retrieval=KEYWORD, holdout=0.0)
    result = runner.run(written)
    scores = [s for a in answers_of(runner, result.id) for s in a.scores if s.name == "heat"]
    assert result.state == "done" and len(scores) == 7
    made = [s for s in scores if s.status == "ok"]
    assert made and all(s.value is not None and 0 <= s.value <= 1 for s in made)


def test_a_whole_experiment_by_command_and_a_question_to_its_winner(
    tmp_path: Path, chat_server: LlamaServer
) -> None:
    folder = Folder(tmp_path / "mine")
    content = {
        "name": "tiny", "corpus": "tiny", "prompts": ["concise"], "models": [model_of(chat_server)],
        "retrieval": KEYWORD, "scores": ["grounding", "correctness", "refusal"],
    }  # fmt: skip
    file = folder.write("experiments/tiny.yaml", yaml.safe_dump(content))
    done = folder.run("run", str(file))
    [row] = folder.json("list")["experiments"]
    assert row["state"] == "done", done.stdout + done.stderr
    folder.run("export", row["experiment"], "--out", "winner.yaml")
    asked = folder.json("ask", "winner.yaml", "How much does the tank hold?")
    assert asked["answer"] and asked["cost_usd"] > 0
