"""Sums up the trials of a run and compares them as their answers come in.
Knows nothing about who answers, nor about leases."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial

from sqlmodel import Session

from workbench.errors import StoreError
from workbench.results.liked import refresh_liked
from workbench.results.summarise import compare_experiment, sum_up_judging, summarise_trial
from workbench.run.background_process import BackgroundRunner
from workbench.run.run_context import RunContext
from workbench.run.search_loop import TrialBatch
from workbench.space.experiment import LIKED
from workbench.store.figures import Summary
from workbench.store.summaries import write_summaries
from workbench.store.trials import set_trial_states

log = logging.getLogger(__name__)

SUMMARY_SECONDS = 5.0
COMPARE_SECONDS = 20.0
TRIALS_AT_ONCE = 8


class RunSummaries:
    """It hears of the answers (AnswersOf). run_statistics: does work beside the event loop."""

    def __init__(self, run: RunContext, run_statistics: BackgroundRunner) -> None:
        self._run = run
        self._run_statistics = run_statistics
        self._begun: set[str] = set()
        self._unsummarised: set[str] = set()
        self._summarised_at = time.monotonic()
        self._summarising = asyncio.Lock()
        self._comparing = asyncio.Lock()
        self._compared = False

    async def begin_batch(self, batch: TrialBatch) -> None:
        """See AnswersOf. A trial whose first answers are asked for is running."""
        trial = batch.trial
        if trial.state not in ("running", "done") and trial.id not in self._begun:
            self._begun.add(trial.id)
            await self._run.writer.do(lambda session: set_trial_states(session, [trial.id], "running"))

    def note_answer(self, trial_id: str) -> None:
        """See AnswersOf."""
        self._unsummarised.add(trial_id)

    async def finish_batch(self, batch: TrialBatch) -> None:
        """See AnswersOf. A trial that has been asked everything is done."""
        if batch.completes:
            await self._summarise([batch.trial.id], done=True)
            self._run.progress.trials_done += 1
        else:
            self._unsummarised.add(batch.trial.id)

    async def refresh(self) -> None:
        """Sum up some of the trials that have new answers, unless that was done a moment ago."""
        if time.monotonic() - self._summarised_at > SUMMARY_SECONDS:
            await self._summarise(list(self._unsummarised)[:TRIALS_AT_ONCE])
            self._summarised_at = time.monotonic()

    async def summarise_all(self) -> None:
        """Sum up all trials that have new answers."""
        await self._summarise(list(self._unsummarised))

    async def _summarise(self, trial_ids: Sequence[str], *, done: bool = False) -> None:
        run = self._run
        for trial_id in trial_ids:
            async with self._summarising:  # one read before an answer must not be written after one with it
                self._unsummarised.discard(trial_id)
                summaries = await self._run_statistics(summarise_trial, run.store, trial_id)
                await run.writer.do(
                    partial(_write_summaries, trial_id=trial_id, summaries=summaries, done=done)
                )

    async def compare(self, *, final: bool = False) -> None:
        """Store which trials differ by the search answers so far, and at the end what each axis does."""
        store, record = self._run.store, self._run.record
        async with self._comparing:
            try:
                work = partial(compare_experiment, with_effects=final)
                findings = await self._run_statistics(work, store, record.id)
            except StoreError:
                raise
            except Exception:  # a bug in statistics must not cost a paid run its answers; the log tells
                log.exception("Comparing the trials of experiment %s failed", record.id)
                return
            await self._run.writer.do(findings.write)
            if LIKED in record.experiment.objective.names:  # pages show what was estimated last
                await self._run_statistics(refresh_liked, store, record.id)
            if self._run.judged:
                self._run.progress.judging = await asyncio.to_thread(sum_up_judging, store, record.id)
        self._compared = final

    async def keep_comparing(self) -> None:
        """Compare coarsely, as it goes: at most a twentieth of the time. Runs until it is cancelled."""
        pause = COMPARE_SECONDS
        while True:
            await asyncio.sleep(pause)
            started = time.monotonic()
            if not self._compared:
                await self.compare()
            pause = max(COMPARE_SECONDS, 20 * (time.monotonic() - started))


def _write_summaries(session: Session, trial_id: str, summaries: list[Summary], done: bool) -> None:
    write_summaries(session, trial_id, summaries)
    if done:
        set_trial_states(session, [trial_id], "done")
