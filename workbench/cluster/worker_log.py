"""The end of workers' logs, as it may be shown: without keys and passwords.
Knows nothing about how a worker is reached."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.calls.destinations import uses_of_experiment
from workbench.cluster.local_cluster import FOLDER, WORKERS_LOG
from workbench.files.log_end import last_lines
from workbench.input.key_shapes import hide_keys
from workbench.settings import all_variables
from workbench.store.catalogue import list_models
from workbench.store.database import Store
from workbench.store.experiments import list_active_experiments
from workbench.tuning.hidden_secrets import find_secrets, hide_secrets

LOG_LINES = 200
"""How many lines of a log are shown at most."""


def find_key_variables(store: Store) -> tuple[str, ...]:
    """The variables that hold the keys of registered models and of those that experiments ask at present."""
    models = [stored.model for stored in list_models(store)]
    for record in list_active_experiments(store):
        models.extend(model for model, _ in uses_of_experiment(record.experiment))
    return tuple(sorted({variable for model in models for variable in model.key_variables}))


def without_secrets(lines: Iterable[str], key_variables: Iterable[str] = ()) -> list[str]:
    """Lines without the secrets of this process's environment, and without anything of the shape of a key.

    key_variables: those that hold a secret whatever their names say.
    """
    text = "\n".join(lines).encode(errors="surrogateescape")
    shown = hide_secrets(text, find_secrets(all_variables(), *key_variables))
    return hide_keys(shown.decode(errors="replace")).splitlines()


def read_own_log(home: Path, key_variables: Iterable[str] = ()) -> list[str]:
    """The end of the log that all workers of this machine write, also those that have died; oldest first.

    key_variables: see `without_secrets`.
    """
    return without_secrets(last_lines(home / FOLDER / WORKERS_LOG, LOG_LINES), key_variables)
