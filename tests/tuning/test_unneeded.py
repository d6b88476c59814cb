"""Tests that cleaning takes what trainings left behind, and nothing that is needed.
Knows nothing about how cleaning deletes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.tuning.conftest import Rows
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import TuneData, Tuning
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import STOPPED, TuningJobRow, get_job
from workbench.tuning.environment import FOLDER, environment_folder
from workbench.tuning.recipe import find_recipe
from workbench.tuning.train import train
from workbench.tuning.unneeded import unneeded_environments, unneeded_trainings


def test_unknown_folders_and_checkpoints_of_what_is_done_are_unneeded(
    store: Store, settings: Settings, parent: Model, data: Rows, recipe: Callable[..., str]
) -> None:
    tuning = Tuning(parent=parent, recipe=recipe(serve=[]), data=TuneData(folder=str(data())))
    asyncio.run(train(store, settings, "child", tuning))
    folder = settings.home / get_job(store, "child").folder
    checkpoint, unknown = folder / "out" / "checkpoint-8", folder.parent / "0123456789abcdef"
    checkpoint.mkdir(), unknown.mkdir()
    assert unneeded_trainings(store, settings) == [unknown, checkpoint]
    with store.write() as session:
        row = session.get(TuningJobRow, get_job(store, "child").key)
        assert row is not None
        row.state = STOPPED
    assert unneeded_trainings(store, settings) == [unknown]


def test_environments_that_a_recipe_or_a_server_needs_stay(
    store: Store, settings: Settings, parent: Model, data: Rows, recipe: Callable[..., str]
) -> None:
    old, served = (settings.home / FOLDER / name for name in ("0" * 16, "1" * 16))
    shipped = environment_folder(find_recipe("local-lora", settings), settings)
    assert shipped is not None
    for folder in (old, served, shipped):
        folder.mkdir(parents=True)
    tuning = Tuning(parent=parent, recipe=recipe(), data=TuneData(folder=str(data())))
    asyncio.run(train(store, settings, "child", tuning))
    with store.write() as session:
        row = session.get(TuningJobRow, get_job(store, "child").key)
        assert row is not None and row.result is not None
        row.result = {**row.result, "serve": [f"{served}/bin/python", "serve.py"]}
    assert unneeded_environments(store, settings) == [old]
    broken = settings.experiments / "recipes" / "broken"
    broken.mkdir()
    (Path(broken) / "recipe.yaml").write_text(yaml.safe_dump({"command": 3}))
    assert unneeded_environments(store, settings) == []
