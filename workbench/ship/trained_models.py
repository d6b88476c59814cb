"""Has the trained models of a loaded winner answer: starts the servers of those that were trained here.
Knows nothing about how a model is trained, nor about who asks the winner."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.ship.load import LoadedWinner
from workbench.store.database import Store
from workbench.tuning.made_config import get_served_config
from workbench.tuning.served import ServedModels

Say = Callable[[str], None]


async def start_models(served: ServedModels, store: Store, loaded: LoadedWinner, say: Say) -> None:
    """Start the server of each trained model of a winner that nothing serves now, and ask it there.

    One that was trained elsewhere is asked at the address that the winner's file names.

    Raises TuningFailed where a server does not start, and Stopped.
    """
    config = await get_served_config(served, store, loaded.pipeline.config, say)
    if config != loaded.pipeline.config:
        loaded.ask_at(config)


@asynccontextmanager
async def models_served(
    loaded: LoadedWinner, store: Store | None, settings: Settings, say: Say, stop: StopSignal | None = None
) -> AsyncIterator[None]:
    """A block in which the trained models of a winner answer. Nothing is done for a winner without any.

    store: of the home where they were trained; None where there is no home. Raises as `start_models` does.
    """
    if store is None or not any(model.tuned is not None for model in loaded.pipeline.config.models):
        yield
        return
    async with ServedModels(store, settings, stop) as served:
        await start_models(served, store, loaded, say)
        yield
