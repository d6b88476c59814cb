"""Opens a home: its store, with what the program ships and what the experiments' folder holds taken in.
Knows nothing about experiments; every page opens one, so it imports nothing that is slow."""

from __future__ import annotations

from workbench.providers.embedded.shipped import shipped_models
from workbench.settings import Settings
from workbench.space.files import load_models_file, load_prompts_file
from workbench.store.catalogue import import_entries
from workbench.store.database import Store, open_store


def open_workbench(settings: Settings) -> Store:
    """The store, with the shipped models and what experiments/prompts.yaml and models.yaml hold taken in."""
    store = open_store(settings.database)
    import_entries(
        store,
        load_prompts_file(settings.experiments / "prompts.yaml"),
        [*shipped_models(), *load_models_file(settings.experiments / "models.yaml")],
    )
    return store
