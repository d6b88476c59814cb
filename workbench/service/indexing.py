"""Makes the corpora of served winners searchable.
Knows nothing about who waits for it."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Awaitable, Callable, Sequence

from workbench.errors import ProviderError
from workbench.service.served_winner import Running, ServedWinner

Prepare = Callable[[Running], Awaitable[None]]
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0


async def index_all(winners: Sequence[ServedWinner], prepare: Prepare, say: Callable[[str], None]) -> None:
    """One after another. While a model cannot be asked, it is tried again; raises what will not pass.

    prepare: makes a winner ready to answer.
    """
    for winner in winners:
        started = time.monotonic()
        await _index(winner, prepare, say)
        say(f"{winner.model_id} is ready ({time.monotonic() - started:.1f} s).")


async def _index(winner: ServedWinner, prepare: Prepare, say: Callable[[str], None]) -> None:
    pause = FIRST_PAUSE_SECONDS
    running = winner.running
    while True:
        try:
            await prepare(running)
            if any(model.base_url for model in running.loaded.winner.to_config().models):
                await asyncio.to_thread(importlib.import_module, "openai")  # a second for the first who asks
        except ProviderError as error:
            winner.problem = f"The documents cannot be indexed now ({error.kind}). It is tried again."
            say(f"{winner.model_id}: {error} It is tried again in {pause:.0f} s.")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)
            continue
        winner.exchange(running)
        return
