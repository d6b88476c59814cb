"""Tests that trainings of one name are told apart, renamed and deleted, and found again in a moved home.
Knows nothing about how anything is trained."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tuning.conftest import Rows
from tests.tuning.test_train_embedded import PARENT, tuning
from workbench.errors import InputError, ModelError, TuningError
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.model import Model, Price
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval
from workbench.space.tuning import TuneData, Tuning
from workbench.store.catalogue import get_model, save_model
from workbench.store.database import Store, open_store
from workbench.store.experiments import create_experiment, delete_experiment
from workbench.store.learning.tuning_jobs import (
    DONE,
    STOPPED,
    TuningJob,
    add_job,
    claim_job,
    end_job,
    get_job,
    list_jobs,
)
from workbench.store.processes import owner_name, this_host
from workbench.store.serving.records import Server, Service
from workbench.store.serving.servers import beat, remove_server
from workbench.store.serving.services import put_service
from workbench.tuning.deletion import delete_training, plan_deletion
from workbench.tuning.moved_home import read_result
from workbench.tuning.names import find_free_name, find_shared_names, rename_training
from workbench.tuning.served import ServedModels
from workbench.tuning.train import train
from workbench.tuning.types import OUT, TuningResult


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
        first: f"The name mine now belongs to the model of another training ({second[:8]})."
    }
    save_model(store, Model(name="mine-2", base_url="http://127.0.0.1:1/v1", model="t"))
    failed = tuning(data(), seed=9)
    add_job(store, failed.key, "mine-3", failed.model_dump(mode="json"), "trainings/x")
    assert (
        find_free_name(store, "mine", first) == "mine-4" and find_free_name(store, "mine", second) == "mine"
    )
    with pytest.raises(TuningError, match="waits to be carried out"):
        rename_training(store, failed.key[:8], "other")
    with pytest.raises(TuningError, match="belongs to the model of another training"):
        rename_training(store, first[:8], "mine")
    save_model(store, Model(name="taken", base_url="http://127.0.0.1:1/v1", model="t"))
    with pytest.raises(TuningError, match="registered already"):
        rename_training(store, first[:8], "taken")
    assert rename_training(store, first[:8], "ours").name == "ours"
    both = [get_model(store, name).tuned for name in ("ours", "mine")]
    assert [one.key for one in both if one is not None] == [first, second] and not find_shared_names(store)
    changed = {"notes": "Kept.", "price": Price(input_per_million=1, output_per_million=2)}
    save_model(store, get_model(store, "ours").model_copy(update=changed))
    rename_training(store, "ours", "yours")
    renamed = get_model(store, "yours")
    assert {name: getattr(renamed, name) for name in changed} == changed, "what was changed of it is kept"
    with pytest.raises(ModelError):
        get_model(store, "ours")


def test_deleting_takes_files_entry_and_models_and_leaves_the_other_of_its_name(
    store: Store, settings: Settings, data: Rows
) -> None:
    first, second = two_of_one_name(store, settings, data)
    planned = plan_deletion(store, settings, first[:8])
    assert planned.models == () and "Finished experiments keep their answers" in planned.in_words()
    named = plan_deletion(store, settings, second[:8]).in_words()
    assert "MB) and the registered model mine will be deleted" in named
    folder = delete_training(store, settings, second[:8]).folder
    assert not folder.exists() and [job.key for job in list_jobs(store)] == [first]
    with pytest.raises(ModelError):
        get_model(store, "mine")
    with pytest.raises(InputError, match="no training"):
        delete_training(store, settings, second[:8])
    assert (settings.home / get_job(store, first[:8]).folder).exists()


def experiment_with(store: Store, model: Model, **fields: Any) -> str:
    asked = Experiment.model_validate(
        {
            "name": "asking", "corpus": "tiny", "prompts": [{"name": "p", "template": "{question}"}],
            "models": [model], "retrieval": {"embedding": [{"name": "embedded/minilm", "kind": "embedding"}]},
            **fields,
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


def serve(store: Store, model: Model) -> None:
    """Say that this process serves a winner with a model."""
    config = Config(Prompt(name="p", template="{question}"), Retrieval(retriever="keyword"), model)
    winner = {"config": config.to_json()}
    put_service(store, Service("s1", "support: concise", "winner", winner))
    now = time.time()
    beat(store, Server("here", this_host(), os.getpid(), "http://127.0.0.1:1", ("s1",), now, now))


def test_what_something_needs_is_not_deleted(store: Store, settings: Settings, data: Rows) -> None:
    made = asyncio.run(train(store, settings, "mine", tuning(data())))
    child = tuning(data(name="more"), parent=made)
    add_job(store, child.key, "grandchild", child.model_dump(mode="json"), "trainings/x")
    with pytest.raises(TuningError, match="grandchild was trained from mine"):
        delete_training(store, settings, "mine")
    with pytest.raises(TuningError, match="waits to be carried out"):
        delete_training(store, settings, "grandchild")
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
    judge = Model(name="judge", base_url="http://127.0.0.1:1/v1", model="t", parent="p", tuned=made.tuned)
    judging = experiment_with(store, PARENT, judge=judge, scores=["faithfulness"])
    with pytest.raises(TuningError, match=r"used by an experiment that is not finished: asking"):
        delete_training(store, settings, "mine")
    delete_experiment(store, judging)
    serve(store, made)
    with pytest.raises(TuningError, match="mine is used by support: concise, served now"):
        delete_training(store, settings, "mine")
    remove_server(store, "here")
    delete_training(store, settings, "mine")
    assert not list_jobs(store)


@pytest.mark.xdist_group("served model")  # of one address with those of test_served.py
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


def test_only_paths_that_moved_with_the_home_are_read_there(tmp_path: Path) -> None:
    home = tmp_path / "new" / "rag"
    (home / "environments").mkdir(parents=True)
    script = tmp_path / "rag" / "serve.py"
    script.parent.mkdir()
    script.write_text("")
    before = str(tmp_path / "rag")
    words = (
        f"{before}/environments/python",
        f"--lora={before}/trainings/x/out",
        str(script),
        f"/mnt{before}/y",
    )
    result = TuningResult("adapter", folder=f"{before}/trainings/x/{OUT}", serve=words)
    job = TuningJob(**dict.fromkeys((f.name for f in fields(TuningJob)), None)
                    | {"state": DONE, "folder": "trainings/x", "result": result.to_json()})  # type: ignore[arg-type]  # fmt: skip
    found = read_result(job, home)
    assert found is not None
    assert found.serve == (
        f"{home}/environments/python", f"--lora={home}/trainings/x/out", str(script), f"/mnt{before}/y",
    )  # fmt: skip
