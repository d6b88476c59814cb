"""Carries out one experiment under its lease: round by round, then the held-out final, until it is stopped.
Knows nothing about processes or signals, nor about how a batch is carried out: an Answering does that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from functools import partial

from workbench.analysis.finalists import most_finalists
from workbench.calls.clients import provider_key
from workbench.errors import Stopped
from workbench.operating_system import process_memory
from workbench.run.answering import Answering, AnsweringHere, BatchAnswering, Elsewhere, scores_each
from workbench.run.asking import JobAsking
from workbench.run.awaiting_ratings import SEARCH_WAITS
from workbench.run.background_process import BackgroundRunner, run_in_thread
from workbench.run.batch_preparation import BatchPreparation
from workbench.run.last_part import ImprovedPrompts, choose_final_trials
from workbench.run.optimised_prompts import read_cells
from workbench.run.progress import Progress
from workbench.run.retrieval_work import RetrievalWork
from workbench.run.run_context import RunContext
from workbench.run.run_summaries import RunSummaries
from workbench.run.search_loop import SearchLoop, TrialBatch
from workbench.run.trainings import Train, Trainings
from workbench.store.failed_answers import find_answered_trials
from workbench.store.leases import heartbeat, is_stop_requested
from workbench.store.records import ExperimentQuestion, Lease, TrialRecord
from workbench.tuning.train import train

HEARTBEAT_SECONDS = 1.0
LISTEN_SECONDS = 0.5
GRACE_SECONDS = 10.0
# A provider that has not answered for so long pauses the experiment; resuming tries it again.
GIVE_UP_SECONDS = 180.0


class Executor:
    """One run of one experiment. `run` returns when all is done or the stop signal has taken effect."""

    def __init__(
        self,
        run: RunContext,
        lease: Lease,
        on_progress: Callable[[Progress], None] | None = None,
        run_statistics: BackgroundRunner = run_in_thread,
        train: Train = train,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """elsewhere: where batches are carried out; None for this process."""
        self._run = run
        self._elsewhere = elsewhere
        self._to_close = AsyncExitStack()
        self._store = run.store
        self._lease = lease
        self._record = run.record
        self._stop_signal = run.stop_signal
        self._on_progress = on_progress
        self.progress = run.progress
        self._trainings = Trainings(
            run.store, run.settings, run.record.id, run.record.experiment, run.corpus, run.budget,
            run.writer.add_call, run.stop_signal, run.progress.trainings, train,
        )  # fmt: skip
        self._summaries = RunSummaries(run, run_statistics)
        retrieval = RetrievalWork(
            run.store, run.opener, run.caller, run.caller.first_requests, run.writer, run.progress,
            run.stop_signal,
        )  # fmt: skip
        preparation = BatchPreparation(run, self._trainings.ready_config, retrieval.ready)
        asking = JobAsking(run.caller, run.record.today)
        self._improved_prompts = ImprovedPrompts(run, asking, retrieval, preparation)
        self._answering: Answering = AnsweringHere(
            retrieval, BatchAnswering(run, preparation, asking, self._summaries)
        )
        self._later = 0  # answers to questions and probes that no round has asked for yet

    async def run(self) -> None:
        """Do all that is left. Raises what made it impossible to go on (LeaseLost, StoreError, a bug)."""
        background = [
            asyncio.create_task(self._run.writer.run(), name="writer"),
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._summaries.keep_comparing(), name="comparing"),
            asyncio.create_task(self._listen(), name="listening"),
        ]
        if self._run.shared_limits is not None:
            background.append(asyncio.create_task(self._run.shared_limits.run(), name="limits"))
        work = asyncio.create_task(self._work(), name="work")
        stopping = asyncio.create_task(self._stop_signal.wait(), name="stop signal")
        try:
            await asyncio.wait({work, stopping, *background}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await asyncio.wait({work}, timeout=GRACE_SECONDS if self._stop_signal else 0)
            if not work.done():
                work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            self._raise_first(work, *background)
            # After a stop as well: a leaderboard rests on all answers there are.
            await self._summaries.summarise_all()
            if self._stop_signal:
                await self._summaries.compare(final=True)
        finally:
            try:
                await (
                    self._to_close.aclose()
                )  # workers may still store for long: the lease is renewed meanwhile
            finally:
                stopping.cancel()
                for task in reversed(background):
                    task.cancel()
                await asyncio.gather(stopping, *background, return_exceptions=True)
            await self._run.close()
            await self._trainings.close()

    def _raise_first(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            if task.done() and not task.cancelled():
                error = task.exception()
                if isinstance(error, Stopped):
                    self._stop_signal.set(error.state, str(error))
                elif error is not None:
                    raise error

    async def _work(self) -> None:
        run, experiment = self._run, self._record.experiment
        search = [q for q in run.questions if q.part == "search"]
        holdout = [q for q in run.questions if q.part == "holdout"]
        cells = await asyncio.to_thread(read_cells, self._store, self._record)
        added = {trial for cell in cells for trial in cell.added_trials}
        search_loop = SearchLoop(self._store, run.writer, self._record, search, run.probes, added)
        await search_loop.open()
        if run.judging is not None:
            await run.judging.open()
        await self._trust_models_that_answered(search_loop.trials)
        if self._elsewhere is not None:
            opening = self._elsewhere.open(run, self._lease, self._answering, self._summaries)
            self._answering = await self._to_close.enter_async_context(opening)
        finalists = most_finalists(search_loop.size, experiment.models)
        answers = search_loop.answers_at_most + finalists * len(holdout)
        improved = sum(optimisation.cells for optimisation in experiment.optimise)
        answers += improved * (len(search) + 2 * len(holdout))
        self._expect(answers * experiment.repeats, search_loop)
        self._later = self.progress["generate"].total
        async with aclosing(search_loop.rounds()) as rounds:
            async for batches in rounds:
                self.progress.trials = len(search_loop.trials)
                self.progress.message = search_loop.in_words
                await self._answer_all(batches, search)
                await self._pause_if_unusable(search_loop.trials)
                if self._stop_signal:
                    return
        if search_loop.waits_for_ratings:
            self._stop_signal.set("paused", SEARCH_WAITS)
            return
        await self._sum_up()
        improved_trials = await self._improve_prompts(search) if improved else []
        if self._stop_signal:
            return
        if holdout:
            best = await choose_final_trials(run, improved_trials)
            if self._stop_signal:
                return
            self.progress.message = "Held-out questions"
            await self._answer_all([TrialBatch(t, holdout, completes=True) for t in best], holdout)
            await self._pause_if_unusable(best)

    async def _improve_prompts(self, search: Sequence[ExperimentQuestion]) -> list[str]:
        """Improve prompts, and ask the improved ones and those that they began with all search questions.
        Returns the ids of both."""
        batches = await self._improved_prompts.improve(search)
        await self._answer_all(batches, search)
        await self._pause_if_unusable([batch.trial for batch in batches])
        await self._sum_up()
        return [batch.trial.id for batch in batches]

    async def _sum_up(self) -> None:
        await self._summaries.summarise_all()
        await self._summaries.compare(final=True)

    async def _trust_models_that_answered(self, trials: Sequence[TrialRecord]) -> None:
        answered = await asyncio.to_thread(find_answered_trials, self._store, [t.id for t in trials])
        self._run.caller.first_requests.trust(
            t.config.model for t in trials if t.id in answered and t.config.route is None
        )

    async def _pause_if_unusable(self, trials: Sequence[TrialRecord]) -> None:
        """After the work of the models that can be used: what a search does next rests on all answers."""
        unusable = self._run.unusable
        await asyncio.to_thread(unusable.add_unanswered, self._store, trials)
        unusable.pause(self._stop_signal)

    def _expect(self, answers: int, search_loop: SearchLoop) -> None:
        """The most answers and scores there may be. An answer to a probe has one score."""
        probes = search_loop.probes_at_most
        self.progress.expected_answers = answers
        self.progress.expected_at_most = search_loop.may_ask_less
        self.progress["generate"].total = answers + probes
        self.progress["score"].total = answers * scores_each(self._run.score_names) + probes

    async def _answer_all(self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]) -> None:
        """Have batches carried out. part: all questions of that part."""
        time_left, repeats = self.progress.time_left, self._record.experiment.repeats
        asked: dict[str, int] = {}
        for batch in batches:
            provider = provider_key(batch.trial.config.model)
            asked[provider] = asked.get(provider, 0) + len(batch.questions) * repeats + len(batch.probes)
        for provider, answers in asked.items():
            time_left.expect(provider, answers)
            self._later = max(0, self._later - answers)
        time_left.expect_later(self._later, like=list(asked))
        await self._answering.answer_all(batches, part)
        for provider in asked:  # what could not be asked is not left
            time_left.set_left(provider, 0)

    async def _listen(self) -> None:
        """Hear of a stop within a second, however busy the threads are and whoever is writing."""
        loop, is_requested = (
            asyncio.get_running_loop(),
            partial(is_stop_requested, self._store, self._record.id),
        )
        with ThreadPoolExecutor(1, thread_name_prefix="listening") as executor:
            while True:
                if await loop.run_in_executor(executor, is_requested):
                    self._stop_signal.set("stopped", "Stopped by you.")
                await asyncio.sleep(LISTEN_SECONDS)

    async def _beat(self) -> None:
        """Renew the lease, publish progress, hear of a new budget, refresh summaries."""
        opened, claims = self._run.opened, self._run.claims
        if self._elsewhere is not None:  # it is seen beside its workers
            await claims.begin()
        while True:
            claims.doing = {"answers": self.progress["generate"].done, "memory_bytes": process_memory()}
            self.progress.providers = {
                provider: limits.state_in_words
                for provider, limits in opened.all_limits.items()
                if limits.state_in_words
            } | self._run.unusable.in_words
            for provider, limits in opened.all_limits.items():
                if limits.dead_seconds > GIVE_UP_SECONDS:
                    self._stop_signal.set("paused", f"{provider}: {limits.state_in_words}")
            if self._on_progress:
                self._on_progress(self.progress)
            shown = self.progress.to_json()
            _, cap = await asyncio.to_thread(heartbeat, self._store, self._lease, shown, claims.say_alive)
            await self._run.beat(cap)
            await self._summaries.refresh()
            await asyncio.sleep(HEARTBEAT_SECONDS)
