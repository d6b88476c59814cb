"""Holds a training job for as long as this process runs it: signs of life, progress, cost, and its end.
Knows nothing about how it is trained."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from workbench.calls.stop_signal import StopSignal
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import (
    BEAT_SECONDS,
    TuningJob,
    beat_job,
    end_job,
    find_job,
    thin_out,
)
from workbench.tuning.recipe import Recipe, usd_per_hour

Result = TypeVar("Result")
OnProgress = Callable[[TuningJob], None]


@dataclass
class Held:
    """A job that this process holds: what it reports goes to the store with the next sign of life."""

    store: Store
    settings: Settings
    job: TuningJob
    owner: str
    recipe: Recipe
    stop_signal: StopSignal
    on_progress: OnProgress | None = None
    budget_usd: float | None = None
    """US dollars that this attempt may cost; None for no limit."""
    cost_usd: float | None = None
    """US dollars that a provider charged; None where the machine's hours are the price."""
    began: float = field(default_factory=time.monotonic)
    """When this attempt began, in seconds of the monotonic clock."""
    losses: list[list[float]] = field(default_factory=list)
    """[[step, loss], …] of this attempt."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """What the recipe and the check of the result have reported."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Fields of the job that the next sign of life writes."""

    @property
    def folder(self) -> Path:
        return self.settings.home / self.job.folder

    @property
    def seconds(self) -> float:
        """Of all attempts."""
        return self.job.seconds + time.monotonic() - self.began

    @property
    def usd_per_hour(self) -> float | None:
        """What the machine costs; None when unknown."""
        return usd_per_hour(self.recipe, self.settings)

    def _used(self) -> dict[str, float | None]:
        """The seconds and US dollars of all attempts."""
        seconds = self.seconds
        price = self.usd_per_hour
        cost = self.cost_usd if price is None else price * seconds / 3600
        return {"seconds": seconds, "cost_usd": cost}

    def report(self, **changes: Any) -> None:
        """Note what changed: message, step, steps, loss, metrics, check."""
        loss = changes.pop("loss", None)
        if loss is not None:
            step = float(changes.get("step", len(self.losses) + 1))
            if self.losses and self.losses[-1][0] >= step:  # it has gone back
                self.losses = [point for point in self.losses if point[0] < step]
            self.losses.append([step, float(loss)])
            changes["losses"] = thin_out(self.losses)
        for name in ("metrics", "check"):  # both are parts of the job's metrics
            if name in changes:
                found = changes.pop(name)
                self.metrics |= {"check": found} if name == "check" else found
                self.changes["metrics"] = dict(self.metrics)
        self.changes |= changes

    async def beat(self) -> None:
        """Write what was reported; pass on a stop that somebody asked for, and the end of the budget."""
        changes, self.changes = self.changes, {}
        wanted = await asyncio.to_thread(
            beat_job, self.store, self.job.key, self.owner, **changes, **self._used()
        )
        if wanted:
            self.stop_signal.set("stopped", "Stopped by you.")
        spent = (self.usd_per_hour or 0.0) * (time.monotonic() - self.began) / 3600
        if self.budget_usd is not None and spent > self.budget_usd:
            self.stop_signal.set("stopped: budget", f"The budget of ${self.budget_usd:.2f} is used up.")
        if self.on_progress is not None:
            job = await asyncio.to_thread(find_job, self.store, self.job.key)
            if job is not None:
                self.on_progress(job)

    async def end(self, state: str, message: str, **changes: Any) -> None:
        self.changes.pop("message", None)  # what it did until now
        changes = self.changes | self._used() | changes
        await asyncio.to_thread(end_job, self.store, self.job.key, self.owner, state, message, **changes)

    async def while_held(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the work brings, under signs of life. Where they fail, since another process has taken over or
        the store cannot be written, the work is cancelled and the reason raised: nothing trains unheld."""
        beating, working = asyncio.create_task(self._keep_beating()), asyncio.create_task(work)
        try:
            await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                beating.result()  # it ends by an error only
            return await working
        finally:
            beating.cancel()
            working.cancel()
            await asyncio.gather(beating, working, return_exceptions=True)

    async def _keep_beating(self) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(BEAT_SECONDS)
