"""Handles the requests of pages that train a variant, or go on with a training that was stopped.
Knows nothing about pages, nor about how a variant is trained."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.space.files import validate
from workbench.space.tuning import Tune, Tuning
from workbench.store.catalogue import get_model
from workbench.store.database import Store
from workbench.worker.progress_pieces import Payload, Tell, telling

if TYPE_CHECKING:
    from workbench.training_data.types import Report


async def train_variant(
    store: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal
) -> Payload:
    """The reply to {key} of a training that is to go on, or to {tune, with, name, seed, experiment}, an entry
    as files have it and the experiment that its data are made from, is {model, key}, after pieces of its
    progress."""
    from workbench.run.progress import TrainingProgress
    from workbench.store.learning.tuning_jobs import TuningJob
    from workbench.tuning.train import train

    async with telling(tell) as tell_progress:

        def report(words: str) -> None:
            stop_signal.raise_if_set()
            tell_progress({"doing": words})

        name, tuning = await asyncio.to_thread(_read, store, settings, payload, report)
        shown = TrainingProgress(key=tuning.key)

        def note(job: TuningJob) -> None:
            shown.take(job)
            tell_progress({"model": name, "training": asdict(shown)})

        model = await train(
            store, settings, name, tuning, stop_signal=stop_signal, on_progress=note, budget_usd=None
        )
    return {"model": model.name, "key": tuning.key}


def _read(store: Store, settings: Settings, payload: Payload, report: Report) -> tuple[str, Tuning]:
    """(name of the model, training with the folder of its data)."""
    from workbench.store.learning.tuning_jobs import get_job

    if "key" in payload:
        job = get_job(store, payload["key"])
        return job.name, Tuning.model_validate(job.tuning)
    return _new(store, settings, payload, report)


def _new(store: Store, settings: Settings, payload: Payload, report: Report) -> tuple[str, Tuning]:
    from workbench.planning.training_plan import check_training
    from workbench.space.tuned_models import expand_tunes
    from workbench.store.catalogue import StoreCatalogue
    from workbench.tuning.names import find_free_name
    from workbench.tuning.train import complete_tuning

    entry = {name: payload[name] for name in ("tune", "with", "name", "seed") if payload.get(name)}
    tune = validate(Tune, entry, "the training")

    def complete(tuning: Tuning) -> Tuning:
        filled = complete_tuning(tuning, settings)
        check_training(store, settings, filled)
        return filled

    [model] = expand_tunes(
        [tune],
        find=lambda name: name if not isinstance(name, str) else get_model(store, name),
        registered=StoreCatalogue(store).find_model,
        complete=complete,
    )
    assert model.tuned is not None
    tuning = model.tuned
    if tune.data.folder is None:
        folder = _make_data(store, settings, payload["experiment"], tune, report)
        data = tune.data.model_copy(update={"folder": str(folder)})
        tuning = complete_tuning(tuning.model_copy(update={"data": data}), settings)
    if tune.name is not None:
        return tune.name, tuning
    return find_free_name(store, model.name, tuning.key), tuning


def _make_data(store: Store, settings: Settings, experiment_id: str, tune: Tune, report: Report) -> Path:
    from workbench.training_data.build import build_training_data
    from workbench.training_data.types import OfExperiment
    from workbench.training_data.write import write_training_data

    data = build_training_data(store, settings, OfExperiment(experiment_id), tune.data.kind, report=report)
    folder = settings.training_data / data.sha256[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_training_data(data, "trl", folder, overwrite=True)
    return folder
