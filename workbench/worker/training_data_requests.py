"""Makes training data for the page: a folder in the home for each experiment, kind and format.
Knows nothing about pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.worker.progress_pieces import Payload, Tell, telling

if TYPE_CHECKING:
    from workbench.training_data.types import Report


async def make_training_data(
    store: Store, settings: Settings, payload: Payload, tell: Tell, stop_signal: StopSignal
) -> Payload:
    """Make the data that a page asks for and write them; returns the name of their folder, after pieces
    {doing}. Stopped, nothing is written, and what was there stays.

    payload: "experiment" ("" for the whole home), "kind", "format", "limit" and "drop_personal_data".
    """
    async with telling(tell) as tell_progress:

        def report(words: str) -> None:
            stop_signal.raise_if_set()
            tell_progress({"doing": words})

        return await asyncio.to_thread(_make, store, settings, payload, report)


def _make(store: Store, settings: Settings, payload: Payload, report: Report) -> Payload:
    from workbench.training_data.build import build_training_data
    from workbench.training_data.formats import get_shape
    from workbench.training_data.types import OfExperiment, OfHome, Options
    from workbench.training_data.write import write_training_data

    kind, format, experiment = payload["kind"], payload["format"], payload["experiment"]
    get_shape(format, kind)
    source = OfExperiment(experiment) if experiment else OfHome()
    options = Options(limit=payload["limit"], drop_personal_data=payload["drop_personal_data"])
    data = build_training_data(store, settings, source, kind, options, report)
    name = f"{experiment or 'home'}-{kind}-{format}"
    write_training_data(data, format, settings.training_data / name, overwrite=True)
    return {"folder": name, "rows": len(data.rows)}
