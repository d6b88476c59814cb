"""Which setting an error is about: for what a file, the catalogue, the corpus and the space refuse.
Knows nothing about how a page shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tiny_experiment import Runner, experiment
from workbench.errors import InputError, StoreError
from workbench.planning.preparation import prepare
from workbench.planning.setting_of_error import setting_of_error
from workbench.space.files import parse_experiment
from workbench.store.catalogue import StoreCatalogue

FILE = "name: y\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\n"

REFUSED: dict[str, dict[str, Any]] = {
    "corpus": {"corpus": "nowhere"},
    "prompts": {"prompts": ["nobody"]},
    "models": {"models": ["nobody"]},
    "embedding": {"retrieval": {"embedding": ["nobody"]}},
    "query_model": {"retrieval": {"query": ["hyde"], "query_model": "nobody"}},
    "questions": {"questions": {"tags": ["nowhere"]}},
    "objective": {"objective": {"maximize": "nothing"}},
    "judge": {"judge": "nobody"},
    "exclude": {"exclude": [{"corpus": "x"}]},
    "conditions": {"conditions": [{"axis": "top_k", "when": {"top_k": 1}}]},
    "configs": {"configs": [{"prompt": "nobody"}]},
    "baseline": {"baseline": {"model": "nobody"}},
}


@pytest.mark.parametrize("about", REFUSED)
def test_an_error_of_the_plan_names_its_setting(runner: Runner, about: str) -> None:
    with pytest.raises(InputError) as caught:
        prepare(experiment(**REFUSED[about]), runner.settings, StoreCatalogue(runner.store, None))
    assert setting_of_error(caught.value) == about


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("retrieval: {top_k: [0]}", "top_k"),
        ("retrieval: {chunk_tokens: [many]}", "chunk_tokens"),
        ("retrieval: {retriever: [magic]}", "retriever"),
        ("budget_usd: -1", "budget_usd"),
        ("search: {strategy: nothing}", "search"),
        ("repeats: 0", "repeats"),
    ],
)
def test_an_error_of_the_file_names_its_setting(line: str, about: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_experiment(f"{FILE}{line}\n", "the experiment")
    assert setting_of_error(caught.value) == about


def test_an_error_of_something_else_names_none() -> None:
    assert setting_of_error(StoreError("The database is locked.")) is None
