"""Says which trainings share a name, gives a made model another one, and finds a name that is free.
Knows nothing about how anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.errors import TuningError
from workbench.space.file_errors import NAMING
from workbench.space.model import Model
from workbench.space.model_names import is_name
from workbench.space.tuning import Tuning
from workbench.store.catalogue import StoreCatalogue, list_models, remove_model, save_model
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import (
    DONE,
    TuningJob,
    get_job,
    list_jobs,
    rename_job,
    require_ended,
)
from workbench.tuning.made import made_model
from workbench.tuning.types import TuningResult

SHORT = 8
"""Letters of a key that people are shown."""


def describe_shared_name(name: str, key: str, registered: Model | None) -> str:
    """That the model of this name is another training's, in words; "" where it is not.

    key: of the training that makes a model of this name.
    registered: the model that has the name now.
    """
    other = registered.tuned if registered is not None else None
    if other is None or other.key == key:
        return ""
    return f"The name {name} now belongs to the model of another training ({other.key[:SHORT]})."


def find_shared_names(store: Store, jobs: Sequence[TuningJob] | None = None) -> dict[str, str]:
    """Training's key → that its model's name belongs to another training, in words.

    jobs: None for all.
    """
    registered: Mapping[str, Model] = {stored.model.name: stored.model for stored in list_models(store)}
    found = {
        job.key: describe_shared_name(job.name, job.key, registered.get(job.name))
        for job in (list_jobs(store) if jobs is None else jobs)
    }
    return {key: words for key, words in found.items() if words}


def find_free_name(store: Store, name: str, key: str) -> str:
    """The name, with a number behind it where another training has it, done or not, or a model that was not
    trained here.

    key: of the training that is to have it.
    """
    owners = {job.name: "" for job in list_jobs(store) if job.key != key}
    for model in (stored.model for stored in list_models(store)):
        owners[model.name] = model.tuned.key if model.tuned is not None else ""
    number, free = 2, name
    while owners.get(free, key) != key:
        free, number = f"{name}-{number}", number + 1
    return free


def check_name(store: Store, name: str, key: str) -> None:
    """Raise TuningError for what cannot be a name, and for that of a model which was not trained here: it
    would be lost.

    key: of the training that is to have it.
    """
    if not is_name(name):
        raise TuningError(f"{name[:80]!r} cannot be a model's name: {NAMING}.", about="models")
    find = StoreCatalogue(store).find_model
    registered = find(name)
    if registered is not None and registered.tuned is None:
        raise TuningError(
            f"A model named {name!r} is registered already.",
            hint=f"Choose another name, such as {find_free_name(store, name, key)}.",
            about="models",
        )


def register(store: Store, name: str, tuning: Tuning, job: TuningJob) -> Model:
    """Register what a finished training made under a name. One that is there already stays as it was
    changed."""
    assert job.result is not None
    registered = StoreCatalogue(store).find_model(name)
    if registered is not None and registered.tuned is not None and registered.tuned.key == tuning.key:
        return registered
    notes = (
        f"Trained from {tuning.parent.name} on {job.rows} rows by the recipe {tuning.recipe}, "
        f"seed {tuning.seed}."
    )
    model = made_model(name, tuning, TuningResult.from_json(job.result), notes)
    save_model(store, model)
    return model


def rename_training(store: Store, name_or_key: str, name: str) -> TuningJob:
    """Give what a training makes another name. The model is registered under it, where it is made already,
    with what was changed of it, and no longer under the old one; experiments keep the names that they have.

    Raises InputError where there is no such training, and TuningError for a name that is not free, and while
    the training waits or runs: what it makes is registered under the name with which it began.
    """
    job = get_job(store, name_or_key)
    require_ended(job)
    check_name(store, name, job.key)
    find = StoreCatalogue(store).find_model
    taken = describe_shared_name(name, job.key, find(name))
    if taken:
        raise TuningError(
            taken,
            hint=f"Choose another name, such as {find_free_name(store, name, job.key)}.",
            about="models",
        )
    renamed = rename_job(store, job.key, name)
    old = find(job.name)
    if old is None or old.tuned is None or old.tuned.key != job.key:
        if job.state == DONE:
            register(store, name, Tuning.model_validate(job.tuning), renamed)
    elif job.name != name:
        save_model(store, old.model_copy(update={"name": name}))
        remove_model(store, job.name)
    return renamed
