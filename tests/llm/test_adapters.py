"""A base model and its LoRA adapter on one real server, side by side in one experiment.
Knows nothing about training."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.llm.conftest import model_of
from tests.llm.llama_server import ALIAS, LlamaServer
from tests.tiny_experiment import Runner, experiment
from workbench.planning.advice.servers import advise_on_servers
from workbench.providers.server_facts import ask_server
from workbench.space.model import Model
from workbench.store.answers import find_answers
from workbench.store.trials import get_trials

KEYWORD = {"splitter": ["sentence"], "chunk_tokens": [32], "retriever": ["keyword"], "top_k": [1]}
BASE = {"name": "base", "extra_body": {"lora": [{"id": 0, "scale": 0.0}]}}
ADAPTED = {"name": "adapted", "parent": "base", "extra_body": {"lora": [{"id": 0, "scale": 1.0}]}}


@pytest.fixture(scope="module")
def server(adapter: Path) -> Iterator[LlamaServer]:
    with LlamaServer(
        "--alias", ALIAS, "--parallel", "2", "--ctx-size", "2048", "--lora", str(adapter)
    ) as running:
        yield running


def advice_on(server: LlamaServer, *entries: dict[str, Any]) -> list[str]:
    models = [Model.model_validate(model_of(server, **entry)) for entry in entries]
    facts = asyncio.run(ask_server(models[0]))
    return [advice.text for advice in advise_on_servers(models, models, {server.base_url: facts})]


def test_a_base_model_and_its_adapter_are_two_models_of_one_experiment(
    runner: Runner, server: LlamaServer
) -> None:
    models = [model_of(server, max_tokens=12, **entry) for entry in (BASE, ADAPTED)]
    result = runner.run(experiment(models=models, retrieval=KEYWORD, scores=["correctness"], holdout=0.0))
    assert result.state == "done" and result.status["failed_answers"] == 0
    name_of = {trial.id: trial.config.model.name for trial in get_trials(runner.store, result.id)}
    texts: dict[str, dict[str, str]] = {"base": {}, "adapted": {}}
    for answer in find_answers(runner.store, result.id, limit=None):
        texts[name_of[answer.trial_id]][answer.question.id] = answer.text
    assert len(texts["base"]) == len(texts["adapted"]) == 7
    assert all(texts["base"][question] != texts["adapted"][question] for question in texts["base"])


def test_two_entries_that_name_the_adapter_apart_are_not_warned_about(server: LlamaServer) -> None:
    assert advice_on(server, BASE, ADAPTED) == []


def test_a_base_entry_without_the_field_is_said_to_get_the_adapter_too(server: LlamaServer) -> None:
    [words] = advice_on(server, {"name": "base"})
    assert "odd.gguf" in words and "scale" in words


def test_an_entry_without_the_field_and_the_adapter_are_one_model(server: LlamaServer) -> None:
    assert any(
        "compare one model with itself" in words for words in advice_on(server, {"name": "base"}, ADAPTED)
    )


def test_an_adapter_that_is_not_loaded_is_said_to_be_left_out(server: LlamaServer) -> None:
    missing = {"name": "adapted", "extra_body": {"lora": [{"id": 7, "scale": 1.0}]}}
    words = advice_on(server, BASE, missing)
    assert any("adapter 7" in said and "odd.gguf" in said for said in words)
    assert any("compare one model with itself" in said for said in words)
