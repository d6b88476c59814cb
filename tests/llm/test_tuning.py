"""A real language model goes through a training by LoRA: trained on this CPU, checked, served, compared.
Knows nothing about how good so few steps make it: docs/tuning.md has figures."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.llm.conftest import model_of
from tests.llm.llama_server import MODEL, PACKAGES, LlamaServer
from tests.tiny_experiment import Runner, experiment
from tests.tuning.conftest import rows_of
from workbench.calls.stop_signal import StopSignal
from workbench.errors import TuningFailed
from workbench.store.answers import find_answers
from workbench.store.learning.tuning_jobs import list_jobs
from workbench.store.trials import get_trials
from workbench.tuning import environment
from workbench.tuning.recipe import find_recipe

KEYWORD = {"splitter": ["sentence"], "chunk_tokens": [32], "retriever": ["keyword"], "top_k": [1]}
STEPS = 3
# A few large steps on short rows: enough that the model answers otherwise than its parent.
SETTINGS = {
    "rank": 4, "max_steps": STEPS, "batch_size": 2, "rows_at_once": 2, "max_length": 128, "learning_rate": 5e-3
}  # fmt: skip


@pytest.fixture
def environments(runner: Runner) -> None:
    """The recipe's environment, made once beside the language model; without one the tests are skipped."""
    shared = PACKAGES / "environments"
    shared.mkdir(exist_ok=True)
    (runner.settings.home / "environments").symlink_to(shared)
    recipe = find_recipe("local-lora", runner.settings)
    try:
        asyncio.run(
            environment.prepare_environment(
                recipe, runner.settings, say=lambda words: print(words), stop_signal=StopSignal()
            )
        )
    except TuningFailed as error:
        pytest.skip(f"the recipe's environment cannot be made: {error.message}")


def trained_and_compared(runner: Runner, server: LlamaServer, data: Path) -> tuple[Any, dict[str, list[str]]]:
    """Run the parent and its variant: (the result, the answers of each by the model's name)."""
    parent = model_of(server, max_tokens=12, weights=str(MODEL))
    tune = {"parent": "real", "data": {"kind": "sft", "folder": str(data)}, **SETTINGS}
    child = {"tune": tune, "with": "local-lora", "name": "child"}
    result = runner.run(
        experiment(models=[parent, child], retrieval=KEYWORD, scores=["correctness"], holdout=0.0)
    )
    name_of = {trial.id: trial.config.model.name for trial in get_trials(runner.store, result.id)}
    texts: dict[str, list[str]] = {}
    for answer in sorted(find_answers(runner.store, result.id, limit=None), key=lambda a: a.question.id):
        texts.setdefault(name_of[answer.trial_id], []).append(answer.text)
    return result, texts


@pytest.mark.timeout(900)  # the environment is installed once, and other work may share the machine
@pytest.mark.usefixtures("environments")
def test_a_variant_is_trained_in_a_run_served_and_asked_beside_its_parent(
    runner: Runner, chat_server: LlamaServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows_of("sft", 8)))
    result, texts = trained_and_compared(runner, chat_server, data)
    assert result.state == "done" and result.status["failed_answers"] == 0
    [job] = list_jobs(runner.store)
    assert (job.state, job.step, job.rows) == ("done", STEPS, 8), job.message
    assert [step for step, _ in job.losses] == [1, 2, 3] and job.losses[-1][1] < job.losses[0][1]
    assert job.metrics["check"]["asked"] == 3 and job.metrics["trained_parameters"] > 100_000
    assert job.result is not None and set(job.result["files"]) == {"peft", "gguf"}
    assert set(texts) == {"real", "child"} and len(texts["child"]) == len(texts["real"]) == 7
    assert texts["child"] != texts["real"]
    again, same = trained_and_compared(runner, chat_server, data)
    assert again.state == "done" and same == texts and list_jobs(runner.store) == [job]
