"""Opens a home: its store, with what the program ships and what the experiments' folder holds taken in.
Knows nothing about experiments; every page opens one, so it imports nothing that is slow."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import InputError
from workbench.files.private import tighten
from workbench.providers.embedded.shipped import shipped_models
from workbench.settings import Settings
from workbench.space.files import MODELS_FILE, PROMPTS_FILE, load_models_file, load_prompts_file
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.store.catalogue import import_entries
from workbench.store.database import Store, open_home_store
from workbench.user_code.permission import use_settings


@dataclass(frozen=True)
class CatalogueFiles:
    """What prompts.yaml and models.yaml hold. Of a broken file nothing is taken."""

    prompts: list[Prompt]
    """Those of prompts.yaml."""
    models: list[Model]
    """Those of models.yaml."""
    broken: list[InputError]
    """What is wrong with the broken ones; each names its file and line."""


def read_catalogue_files(settings: Settings) -> CatalogueFiles:
    """Read experiments/prompts.yaml and models.yaml."""
    files = CatalogueFiles([], [], [])
    try:
        files.prompts.extend(load_prompts_file(settings.experiments / PROMPTS_FILE))
    except InputError as error:
        files.broken.append(error)
    try:
        files.models.extend(load_models_file(settings.experiments / MODELS_FILE))
    except InputError as error:
        files.broken.append(error)
    return files


def open_workbench(settings: Settings) -> Store:
    """The store, with the shipped models and what experiments/prompts.yaml and models.yaml hold taken in.

    A broken file stops nothing that does not need it: what was stored from it before stays.
    """
    use_settings(settings)
    store = open_home_store(settings)
    tighten(settings.cache, settings.indexes, *settings.home.glob("*.log*"))
    files = read_catalogue_files(settings)
    import_entries(store, files.prompts, [*shipped_models(), *files.models])
    return store
