"""A training at a provider as a job of the home: its model, its cost in the ledger, resumed without a second
job. Over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.protocol_server import ProtocolServer
from tests.protocol_server.training import Training
from tests.tuning.conftest import Rows
from workbench.calls.stop_signal import StopSignal
from workbench.errors import Stopped, TuningError, TuningFailed
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.catalogue import get_model, save_model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import list_jobs
from workbench.store.ledger import list_calls
from workbench.tuning.recipe import SHIPPED
from workbench.tuning.train import new_tuning, train
from workbench.user_code.permission import allow, use_settings


@pytest.fixture
def recipe(settings: Settings) -> str:
    """The shipped recipe with a price, as users copy it."""
    written = yaml.safe_load((SHIPPED / "openai" / "recipe.yaml").read_text("utf-8"))
    folder = settings.experiments / "recipes" / "priced"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(
        yaml.safe_dump(
            written | {"name": "priced", "price": {"per_million_tokens": 3.0}, "poll_seconds": 0.001}
        )
    )
    from workbench.tuning.recipe import read_recipe

    use_settings(settings)
    allow(read_recipe(folder).code)
    return "priced"


def run(store: Store, settings: Settings, parent: Model, folder: Path, recipe: str, **options: Any) -> Model:
    save_model(store, parent)
    tuning = new_tuning(parent, folder, options.pop("kind", "sft"), recipe, {"n_epochs": 2}, 7)
    return asyncio.run(train(store, settings, "smol-tuned", tuning, **options))


def test_the_provider_s_model_is_registered_with_its_parent_and_its_curve(
    store: Store,
    settings: Settings,
    data: Rows,
    parent: Model,
    recipe: str,
) -> None:
    made = run(store, settings, parent, data("sft", 12), recipe)
    assert made == get_model(store, "smol-tuned")
    assert (made.base_url, made.model) == (parent.base_url, "ft:test-chat:tests:smol-tuned:1")
    assert made.parent == "smol"
    [job] = list_jobs(store)
    assert job.state == "done" and job.losses == [[1.0, 2.0], [2.0, 1.0], [3.0, 2.0 / 3]]


def test_what_it_cost_stands_in_the_ledger_and_with_the_job(
    store: Store,
    settings: Settings,
    data: Rows,
    parent: Model,
    recipe: str,
) -> None:
    run(store, settings, parent, data("sft", 12), recipe)
    [call] = [c for _, c in list_calls(store) if c.kind == "tune"]
    [job] = list_jobs(store)
    assert call.cost_usd == job.cost_usd == 0.036


@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_rows_are_sent_as_the_protocol_has_them(
    store: Store,
    settings: Settings,
    data: Rows,
    parent: Model,
    recipe: str,
    kind: str,
) -> None:
    assert run(store, settings, parent, data(kind, 12), recipe, kind=kind).model


def test_equal_trainings_are_paid_once(
    server: ProtocolServer,
    store: Store,
    settings: Settings,
    data: Rows,
    parent: Model,
    recipe: str,
) -> None:
    for _ in range(2):
        run(store, settings, parent, data("sft", 12), recipe)
    assert server.training is not None and len(server.training.created) == 1


def test_a_training_whose_process_ended_follows_the_same_job_again(
    server: ProtocolServer, store: Store, settings: Settings, data: Rows, parent: Model, recipe: str
) -> None:
    assert server.training is not None
    server.training.steps = 10_000

    async def ended_soon() -> None:
        save_model(store, parent)
        tuning = new_tuning(parent, data("sft", 12), "sft", recipe, {"n_epochs": 2}, 7)
        training = asyncio.create_task(train(store, settings, "smol-tuned", tuning))
        while not server.training or not server.training.jobs:
            await asyncio.sleep(0.01)
        training.cancel()
        await training

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ended_soon())
    server.training.steps = 3
    assert run(store, settings, parent, data("sft", 12), recipe).model
    assert len(server.training.created) == 1


def test_a_stop_cancels_it_and_no_model_is_registered(
    server: ProtocolServer,
    store: Store,
    settings: Settings,
    data: Rows,
    parent: Model,
    recipe: str,
) -> None:
    assert server.training is not None
    server.training.steps = 10_000
    stop = StopSignal()

    async def stopped_soon() -> None:
        save_model(store, parent)
        tuning = new_tuning(parent, data("sft", 12), "sft", recipe, {"n_epochs": 2}, 7)
        training = asyncio.create_task(train(store, settings, "smol-tuned", tuning, stop_signal=stop))
        while not server.training or not server.training.jobs:
            await asyncio.sleep(0.01)
        stop.set("stopped", "Stopped by you.")
        await training

    with pytest.raises(Stopped):
        asyncio.run(stopped_soon())
    assert server.training.jobs["ftjob-1"]["status"] == "cancelled"
    assert [job.state for job in list_jobs(store)] == ["stopped"]


def test_a_budget_without_room_sends_nothing(
    server: ProtocolServer,
    store: Store,
    settings: Settings,
    data: Rows,
    parent: Model,
    recipe: str,
) -> None:
    with pytest.raises(TuningError, match="would cost about"):
        run(store, settings, parent, data("sft", 12), recipe, budget_usd=1e-6)
    assert not server.requests


def test_a_job_that_fails_at_the_provider_is_a_failed_job_with_its_words(
    store: Store,
    settings: Settings,
    data: Rows,
    recipe: str,
) -> None:
    with ProtocolServer(training=Training(fails_at=2)) as failing:
        parent = Model(name="smol", base_url=failing.base_url, model="test-chat")
        with pytest.raises(TuningFailed, match="The GPU fell off the bus"):
            run(store, settings, parent, data("sft", 12), recipe)
    [job] = list_jobs(store)
    assert job.state == "failed" and "The GPU fell off the bus" in job.message
