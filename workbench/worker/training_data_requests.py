"""Makes training data for the page: a folder in the home for each experiment, kind and format.
Knows nothing about pages."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.settings import Settings
from workbench.store.database import Store


async def make_training_data(store: Store, settings: Settings, payload: dict[str, Any]) -> dict[str, Any]:
    """Make the data that a page asks for and write them; returns the name of their folder.

    payload: "experiment" ("" for the whole home), "kind", "format", "limit" and "drop_personal_data".
    """
    return await asyncio.to_thread(_make, store, settings, payload)


def _make(store: Store, settings: Settings, payload: dict[str, Any]) -> dict[str, Any]:
    from workbench.training_data.build import build_training_data
    from workbench.training_data.formats import get_shape
    from workbench.training_data.types import OfExperiment, OfHome, Options
    from workbench.training_data.write import write_training_data

    kind, format, experiment = payload["kind"], payload["format"], payload["experiment"]
    get_shape(format, kind)
    source = OfExperiment(experiment) if experiment else OfHome()
    options = Options(limit=payload["limit"], drop_personal_data=payload["drop_personal_data"])
    data = build_training_data(store, settings, source, kind, options)
    name = f"{experiment or 'home'}-{kind}-{format}"
    write_training_data(data, format, settings.training_data / name, overwrite=True)
    return {"folder": name, "rows": len(data.rows)}
