"""Tests that trainings of one name are told apart, renamed and deleted, and found again in a moved home.
Knows nothing about how anything is trained."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.tuning.conftest import Rows
from tests.tuning.test_train_embedded import PARENT, tuning
from workbench.errors import InputError, ModelError, TuningError
from workbench.settings import Settings
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.tuning import TuneData, Tuning
from workbench.store.catalogue import get_model, save_model
from workbench.store.database import Store, open_store
from workbench.store.experiments import create_experiment, delete_experiment
from workbench.store.learning.tuning_jobs import STOPPED, add_job, claim_job, end_job, get_job, list_jobs
from workbench.store.processes import owner_name
from workbench.tuning.deletion import delete_training, plan_deletion
from workbench.tuning.names import find_free_name, find_shared_names, rename_training
from workbench.tuning.served import ServedModels
from workbench.tuning.train import train


def two_of_one_name(store: Store, settings: Settings, data: Rows) -> tuple[str, str]:
    """The keys of two trainings that both make "mine"; the second has the name."""
    folder = data()
    keys = []
    for seed in (7, 8):
        made = asyncio.run(train(store, settings, "mine", tuning(folder, seed=seed)))
        assert made.tuned is not None
        keys.append(made.tuned.key)
    return keys[0], keys[1]


def test_a_training_whose_name_was_taken_says_so_and_gets_another(
    store: Store, settings: Settings, data: Rows
) -> None:
    first, second = two_of_one_name(store, settings, data)
    assert find_shared_names(store) == {
        first: f"The model mine is made by another training now, {second[:8]}."
    }

    def find(name: str) -> Model | None:
        return {"mine": get_model(store, "mine"), "mine-2": PARENT}.get(name)

    assert find_free_name("mine", first, find) == "mine-3" and find_free_name("mine", second, find) == "mine"
    with pytest.raises(TuningError, match="made by another training now"):
        rename_training(store, first[:8], "mine")
    save_model(store, Model(name="taken", base_url="http://127.0.0.1:1/v1", model="t"))
    with pytest.raises(TuningError, match="registered already"):
        rename_training(store, first[:8], "taken")
    assert rename_training(store, first[:8], "ours").name == "ours"
    both = [get_model(store, name).tuned for name in ("ours", "mine")]
    assert [one.key for one in both if one is not None] == [first, second] and not find_shared_names(store)
    rename_training(store, "ours", "yours")
    with pytest.raises(ModelError):
        get_model(store, "ours")


def test_deleting_takes_files_entry_and_models_and_leaves_the_other_of_its_name(
    store: Store, settings: Settings, data: Rows
) -> None:
    first, second = two_of_one_name(store, settings, data)
    planned = plan_deletion(store, settings, first[:8])
    assert planned.models == () and "finished experiments keep their answers" in planned.in_words
    folder = delete_training(store, settings, second[:8]).folder
    assert not folder.exists() and [job.key for job in list_jobs(store)] == [first]
    with pytest.raises(ModelError):
        get_model(store, "mine")
    with pytest.raises(InputError, match="no training"):
        delete_training(store, settings, second[:8])
    assert (settings.home / get_job(store, first[:8]).folder).exists()


def experiment_with(store: Store, model: Model) -> str:
    asked = Experiment.model_validate(
        {
            "name": "asking", "corpus": "tiny", "prompts": [{"name": "p", "template": "{question}"}],
            "models": [model], "retrieval": {"embedding": [{"name": "embedded/minilm", "kind": "embedding"}]},
        }
    )  # fmt: skip
    return create_experiment(
        store,
        asked,
        configs=(),
        questions=(),
        corpus_path="c",
        corpus_version="v",
        today="2026-01-01",
        prices={},
    )


def test_what_something_needs_is_not_deleted(store: Store, settings: Settings, data: Rows) -> None:
    made = asyncio.run(train(store, settings, "mine", tuning(data())))
    child = tuning(data(name="more"), parent=made)
    add_job(store, child.key, "grandchild", child.model_dump(mode="json"), "trainings/x")
    with pytest.raises(TuningError, match="grandchild was trained from mine"):
        delete_training(store, settings, "mine")
    owner = owner_name()
    assert claim_job(store, child.key, owner) is not None
    with pytest.raises(TuningError, match="is running"):
        delete_training(store, settings, "grandchild")
    end_job(store, child.key, owner, STOPPED, "")
    delete_training(store, settings, "grandchild")
    asking = experiment_with(store, made)
    with pytest.raises(TuningError, match=r"used by an experiment that is not finished: asking"):
        delete_training(store, settings, "mine")
    assert get_model(store, "mine") == made and list_jobs(store)
    delete_experiment(store, asking)
    delete_training(store, settings, "mine")
    assert not list_jobs(store)


def test_what_was_trained_is_served_from_where_the_home_lies_now(
    store: Store, settings: Settings, parent: Model, data: Rows, recipe: Callable[..., str], tmp_path: Path
) -> None:
    asked = Tuning(parent=parent, recipe=recipe(), data=TuneData(folder=str(data())))
    made = asyncio.run(train(store, settings, "child", asked))
    store.dispose()
    moved = replace(settings, home=tmp_path / "elsewhere" / "home")
    shutil.move(settings.home, moved.home)
    there = open_store(moved.database)

    async def ask() -> bool:
        async with ServedModels(there, moved) as served:
            url = (await served.ready(made)).base_url
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{url}/models")).is_success

    assert asyncio.run(ask())
