"""Deletes a training: its entry, its files, and the models that it made, unless something still needs them.
Knows nothing about pages and commands, which ask for confirmation."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.calls.destinations import uses_of_config
from workbench.errors import TuningError
from workbench.formatting import listed
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import Tuning
from workbench.store.catalogue import list_models, remove_model
from workbench.store.database import Store
from workbench.store.experiments import list_experiments
from workbench.store.learning.tuning_jobs import TuningJob, delete_job, get_job, list_jobs, require_ended
from workbench.store.serving.records import Service
from workbench.store.serving.servers import list_servers
from workbench.store.serving.services import config_of_service, get_service
from workbench.tuning.types import FOLDER

ENDED = ("done", "failed")
"""States of experiments that ask nothing more."""


@dataclass(frozen=True)
class Deletion:
    """What goes with a training."""

    job: TuningJob
    folder: Path
    """Where its files are."""
    bytes: int
    """How much they take."""
    models: tuple[str, ...]
    """The models that are registered as made by it."""

    def in_words(self, *, is_done: bool = False) -> str:
        """What goes, or went, as a sentence."""
        some = "models" if len(self.models) > 1 else "model"
        parts = [
            f"The training {self.job.key[:8]} of {self.job.name}",
            f"its files ({self.bytes / 1e6:.1f} MB)",
            *([f"the registered {some} {listed(list(self.models))}"] if self.models else []),
        ]
        verb = "have been" if is_done else "will be"
        return f"{listed(parts)} {verb} deleted. Finished experiments keep their answers."


def plan_deletion(store: Store, settings: Settings, name_or_key: str) -> Deletion:
    """What deleting a training deletes. Raises InputError where there is none, and TuningError where it waits
    or runs, or where an unfinished experiment, a winner that is served now or another training needs what it
    made."""
    job = get_job(store, name_or_key)
    require_ended(job)
    users = [
        f"{record.name} ({record.id})"
        for record in list_experiments(store, archived=True)
        if record.state not in ENDED and _any_rests_on(record.experiment.models_asked, job.key)
    ]
    if users:
        raise TuningError(
            f"{job.name} is used by {'an experiment that is' if len(users) == 1 else 'experiments that are'} "
            f"not finished: {listed(users)}.",
            hint="Let it finish, or delete it first.",
        )
    served = [service.name for service in _served_now(store) if _any_rests_on(_models_of(service), job.key)]
    if served:
        raise TuningError(
            f"{job.name} is used by {listed(served)}, served now.", hint="Stop serving it first."
        )
    children = [
        other.name
        for other in list_jobs(store)
        if other.key != job.key and _rests_on(Tuning.model_validate(other.tuning).parent, job.key)
    ]
    if children:
        raise TuningError(
            f"{listed(list(dict.fromkeys(children)))} {'was' if len(children) == 1 else 'were'} trained from "
            f"{job.name}, and cannot be served without its files.",
            hint="Delete what was trained from it first.",
        )
    folder = settings.home / job.folder
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    made = [stored.model for stored in list_models(store)]
    models = tuple(m.name for m in made if m.tuned is not None and m.tuned.key == job.key)
    return Deletion(job, folder, size, models)


def _served_now(store: Store) -> list[Service]:
    """The winners that some process serves."""
    ids = dict.fromkeys(id_ for server in list_servers(store) for id_ in server.services)
    return [service for id_ in ids if (service := get_service(store, id_)) is not None]


def _models_of(service: Service) -> list[Model]:
    config = config_of_service(service)
    return [] if config is None else [model for model, _ in uses_of_config(config)]


def _any_rests_on(models: Iterable[Model], key: str) -> bool:
    return any(_rests_on(model, key) for model in models)


def _rests_on(model: Model, key: str) -> bool:
    """Whether a model is what a training made, or was trained from that."""
    return model.tuned is not None and (model.tuned.key == key or _rests_on(model.tuned.parent, key))


def delete_training(store: Store, settings: Settings, name_or_key: str) -> Deletion:
    """Delete a training with its files and models. Raises as `plan_deletion` does, and LeaseLost where it has
    just been begun again.

    The entry goes first: of one that is killed in between, `clean` frees the folder.
    """
    planned = plan_deletion(store, settings, name_or_key)
    delete_job(store, planned.job.key)
    for model in planned.models:
        remove_model(store, model)
    if planned.folder.is_dir() and planned.folder.parent == settings.home / FOLDER:
        shutil.rmtree(planned.folder)
    return planned
