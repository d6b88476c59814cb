"""Keeps the trained models of served winners answering: starts their servers, and starts again what ended.
Knows nothing about how a model is trained, nor about questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from workbench.errors import WorkbenchError
from workbench.service.served_winner import Running, ServedWinner
from workbench.ship.trained_models import start_models
from workbench.store.database import Store
from workbench.tuning.served import ServedModels

LOOK_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 300.0


class ModelServers:
    """`run` works until it is cancelled; the servers end with `served`.

    served: starts and ends the servers.
    say: hears what is started, and why not.
    """

    def __init__(
        self, served: ServedModels, store: Store, winners: Sequence[ServedWinner], say: Callable[[str], None]
    ) -> None:
        self._served = served
        self._store = store
        self._winners = winners
        self._say = say
        self.problems: tuple[str, ...] = ()
        """Why a server is not running, in words; empty where all are."""

    async def start(self, running: Running) -> None:
        """Start the servers of a winner that nothing serves. Raises TuningFailed where one does not start."""
        await start_models(self._served, self._store, running.loaded, self._say)

    async def run(self) -> None:
        """Start again what ended by itself: a server that the system killed for its memory, for example."""
        pause = LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            if not self._served.has_ended:
                pause, self.problems = LOOK_SECONDS, ()
                continue
            try:
                for winner in self._winners:
                    await self.start(winner.running)
            except WorkbenchError as error:
                pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)
                self.problems = (f"A trained model is not served: {error}",)
                self._say(f"{self.problems[0]} It is tried again in {pause:.0f} s.")
