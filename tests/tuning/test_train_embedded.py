"""Tests that an embedded answerer is trained as a job: on every kind of data, once for equal inputs.
Knows nothing about how its weights are fitted."""

from __future__ import annotations

import asyncio

import pytest

from tests.tuning.conftest import Rows
from workbench.errors import TuningError
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import TuneData, Tuning
from workbench.store.catalogue import get_model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import TuningJob, get_job, list_jobs
from workbench.tuning.made import find_made
from workbench.tuning.train import complete_tuning, train

PARENT = Model(name="embedded/extractive")


def tuning(folder: object, kind: str = "sft", **fields: object) -> Tuning:
    data = TuneData.model_validate({"kind": kind, "folder": str(folder)})
    return Tuning.model_validate({"parent": PARENT, "recipe": "embedded", "data": data, **fields})


@pytest.mark.parametrize("kind", ["sft", "dpo", "kto"])
def test_it_learns_from_every_kind_of_data(store: Store, settings: Settings, data: Rows, kind: str) -> None:
    seen: list[TuningJob] = []
    made = asyncio.run(train(store, settings, "mine", tuning(data(kind), kind), on_progress=seen.append))
    assert made.variant is not None and made.is_made and made.embedded and made.parent == PARENT.name
    job = get_job(store, "mine")
    assert (job.state, job.rows, job.question_ids) == ("done", 6, ["q1", "q2"])
    assert job.metrics["after"] and seen[-1].state == "done"
    assert job.cost_usd == pytest.approx(0.36 * job.seconds / 3600)
    assert get_model(store, "mine") == made


def test_equal_trainings_are_done_once_under_any_name(store: Store, settings: Settings, data: Rows) -> None:
    first = asyncio.run(train(store, settings, "one", tuning(data())))
    second = asyncio.run(train(store, settings, "two", tuning(data(name="elsewhere"))))
    assert [job.name for job in list_jobs(store)] == ["one"]
    assert first.content == second.content and {first.name, second.name} == {"one", "two"}


def test_its_identity_is_the_same_before_and_after(store: Store, settings: Settings, data: Rows) -> None:
    asked = complete_tuning(tuning(data()), settings)
    planned = Model(name="later", tuned=asked)
    assert not planned.is_made and find_made(store, planned) == planned
    asyncio.run(train(store, settings, "later", asked))
    made = find_made(store, planned)
    assert made.is_made and made.content == planned.content


def test_another_model_is_not_trained_by_it(store: Store, settings: Settings, data: Rows) -> None:
    other = Model(name="smol", base_url="http://127.0.0.1:1/v1", model="smol")
    with pytest.raises(TuningError, match="embedded answerers alone"):
        asyncio.run(train(store, settings, "mine", tuning(data(), parent=other)))
    with pytest.raises(TuningError, match="embedded answerers alone"):
        asyncio.run(train(store, settings, "mine", tuning(data(), recipe="local-lora")))


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        (1, "sft", "one row"),
        (0, "sft", "no row"),
        (6, "kto", "of kind sft"),
        ([{"text": "x"}] * 3, "sft", "TRL"),
    ],
)
def test_data_that_teach_nothing_are_refused(
    store: Store, settings: Settings, data: Rows, rows: object, kind: str, words: str
) -> None:
    folder = data("sft", rows)
    with pytest.raises(TuningError, match=words):
        asyncio.run(train(store, settings, "mine", tuning(folder, kind)))
    assert list_jobs(store) == []
