"""Carries out `models serve`: serves a model that was trained here, in the foreground.
Knows nothing about options, nor about how its server works."""

from __future__ import annotations

import asyncio

import typer

from workbench.calls.stop_signal import StopSignal
from workbench.cli.output import say
from workbench.cli.shared import EXIT_STOPPED
from workbench.errors import ModelError
from workbench.foreground import stop_on_interrupt
from workbench.settings import Settings
from workbench.store.catalogue import get_model
from workbench.store.database import Store
from workbench.tuning.served import ManagedServer, port_of, result_of, start_server


async def serve_model(store: Store, settings: Settings, name: str, port: int | None) -> None:
    """Serve it at its own address until Ctrl-C. Raises ModelError for one that was not trained here."""
    model = get_model(store, name)
    result = result_of(store, model, settings.home)
    if result is None or model.embedded:
        raise ModelError(
            f"{name} needs no server here: it was not trained here, or it runs in the program itself.",
            hint="`trainings list` shows what was trained here.",
        )
    stop_signal = stop_on_interrupt()
    server = await start_server(model, result, settings, port=port or port_of(model.base_url))
    try:
        await server.wait_until_ready(stop_signal)
        say(f"Serving {name} at {server.model.base_url} as {server.model.model}. Ctrl-C ends it.", error=True)
        await _until_stopped(server, stop_signal)
    finally:
        await server.end()
    raise typer.Exit(EXIT_STOPPED)


async def _until_stopped(server: ManagedServer, stop_signal: StopSignal) -> None:
    ended = asyncio.create_task(server.process.wait())
    stopping = asyncio.create_task(stop_signal.wait())
    await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not stop_signal:
        say(f"Its server ended. Its log: {server.log}", error=True)
