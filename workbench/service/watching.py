"""Watches what is served while it is served: looks for alarms, and checks the canaries as that falls due.
Knows nothing about how either is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.service.served_winner import ServedWinner
from workbench.service.together import run_together
from workbench.settings import AlarmSettings, Settings
from workbench.store.database import Store
from workbench.watch.check import exported_at, past_checks, plan_check
from workbench.watch.check_here import check_here
from workbench.watch.look import keep_looking, look
from workbench.watch.schedule import Due, check_on_schedule, find_due

RELOADED_WITHIN_SECONDS = 300.0
"""A winner of which no check is due ever again may be exchanged for another one."""


@dataclass(frozen=True)
class WatchSettings:
    """How a service is watched."""

    checks: bool = True
    """Whether canaries are asked again, on days 7, 30 and 90 at least."""
    every_seconds: float | None = None
    """The period of further checks; None makes no further ones."""
    alarms: AlarmSettings = AlarmSettings()
    """Where alarms are sent, and what is worth one."""


class Watching:
    """`run` watches until it is cancelled.

    say: hears of checks, and of what went wrong.
    """

    def __init__(
        self,
        winners: Sequence[ServedWinner],
        store: Store,
        settings: Settings,
        watching: WatchSettings,
        say: Callable[[str], None],
    ) -> None:
        self._winners = winners
        self._store = store
        self._settings = settings
        self._watching = watching
        self._say = say
        self._trouble: dict[str, str] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now, in words."""
        return tuple(self._trouble.values())

    async def run(self) -> None:
        works = [keep_looking(self._look, on_error=partial(self._failed, "Looking for alarms"))]
        if self._watching.checks:
            works += [self._check_on_schedule(winner) for winner in self._winners]
        await run_together(*works)

    def _look(self) -> None:
        look(self._store, self._watching.alarms, now=time.time())
        self._trouble.pop("Looking for alarms", None)

    def _failed(self, what: str, error: WorkbenchError) -> None:
        if what not in self._trouble:
            self._say(f"{what} failed: {error}")
        self._trouble[what] = f"{what} failed: {error}"

    async def _check_on_schedule(self, winner: ServedWinner) -> None:
        while True:
            await check_on_schedule(
                partial(self._find_due, winner),
                partial(self._check, winner),
                now=time.time,
                on_error=partial(self._failed, f"{winner.model_id}: the check"),
            )
            await asyncio.sleep(RELOADED_WITHIN_SECONDS)

    def _find_due(self, winner: ServedWinner) -> Due | None:
        exported = winner.running.loaded.winner
        if exported.canaries is None:
            return None
        past = past_checks(self._store, exported)
        return find_due(exported_at(exported), past, time.time(), self._watching.every_seconds)

    async def _check(self, winner: ServedWinner) -> None:
        running = winner.running
        loaded, service = running.loaded, running.service
        plan = await asyncio.to_thread(
            plan_check, self._store, loaded.winner, running.corpus_version, time.time()
        )
        self._say(f"{winner.model_id}: {plan}")
        await check_here(
            self._store,
            self._settings,
            loaded,
            plan,
            path=Path(service.path),
            corpus_path=Path(service.corpus_path),
        )
        self._trouble.pop(f"{winner.model_id}: the check", None)
        await asyncio.to_thread(self._look)
