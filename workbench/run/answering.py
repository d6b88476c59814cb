"""Carries out batches of trials and questions in this process: asks, scores, judges and stores each answer.
Knows nothing about searches, leases or summaries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from workbench.calls.batches import Batches
from workbench.calls.clients import provider_key
from workbench.calls.first_requests import ProviderUnusable
from workbench.errors import Stopped, deepest
from workbench.parts.registry import score_entry
from workbench.run.asking import JobAsking, StoredCalls
from workbench.run.backlog import Backlog
from workbench.run.batch_preparation import BatchPreparation
from workbench.run.jobs import AskedJob, Job, build_answers, context_of, reply_text, uncounted_scores
from workbench.run.provider_queue import ProviderQueue
from workbench.run.retrieval_work import RetrievalWork
from workbench.run.run_context import RunContext
from workbench.run.search_loop import TrialBatch
from workbench.run.system_jobs import add_passages
from workbench.store.records import ExperimentQuestion, Lease, NewAnswer

# Scored in one thread before the first of them is stored: some scores take tens of milliseconds each.
ANSWERS_AT_ONCE = 16

Prepared = tuple[TrialBatch, Job, StoredCalls]


class Answering(Protocol):
    """Carries out batches, here or elsewhere."""

    async def answer_all(self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]) -> None:
        """Answer all that can be answered; what cannot is left, and the run's `unusable` says why. Returns
        early, in good order, when the stop signal is set. A batch of which all is stored is skipped.

        part: all questions of the part that the batches' questions belong to.
        """
        ...


class AnswersOf(Protocol):
    """Hears of the answers."""

    async def begin_batch(self, batch: TrialBatch) -> None:
        """Answers of this batch are about to be asked for."""
        ...

    def note_answer(self, trial_id: str) -> None:
        """An answer of this trial was stored."""
        ...

    async def finish_batch(self, batch: TrialBatch) -> None:
        """All answers of a batch are stored."""
        ...


class Elsewhere(Protocol):
    """Where batches are carried out, if not in this process."""

    def open(
        self, run: RunContext, lease: Lease, here: Answering, heard: AnswersOf
    ) -> AbstractAsyncContextManager[Answering]:
        """An Answering for one run. Raises Stopped where there is none at present.

        here: carries batches out in this process.
        heard: hears of the answers.
        """
        ...


@dataclass
class Answered:
    """What became of the answers of batches."""

    found: int = 0
    """Stored before, probes included."""
    stored: int = 0
    """Stored now, probes included."""
    new: int = 0
    """Those of them whose calls were not stored."""
    answers: int = 0
    """Answers to questions, stored now or before."""


class BatchAnswering:
    """Answers batches once their rankings are there. `preparation` says where those come from."""

    def __init__(
        self, run: RunContext, preparation: BatchPreparation, asking: JobAsking, listener: AnswersOf
    ) -> None:
        self._run = run
        self._preparation = preparation
        self._asking = asking
        self._listener = listener
        self._judged_names = [score.name for score in run.judged]
        self._scores_each = scores_each(run.score_names)
        self._answers: Batches[AskedJob, tuple[NewAnswer, int]] = Batches(
            partial(build_answers, run.store, run.free_scores), most=ANSWERS_AT_ONCE
        )
        # Answers that wait for their verdicts: enough that neither models nor judges stand idle.
        self._most_judged = 4 * max((s.judge.limits.concurrency for s in run.judged), default=1) + 16
        self._jobs_left: dict[str, int] = {}
        self.done = Answered()

    async def answer(
        self, batches: Sequence[TrialBatch], beside: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """One queue per provider, so that a slow one delays no other.

        beside: what is to be done meanwhile.

        Sets the stop signal where something demands a stop. Raises what made it impossible to go on.
        """
        by_provider: dict[str, list[TrialBatch]] = {}
        for batch in batches:
            by_provider.setdefault(provider_key(batch.trial.config.model), []).append(batch)
        try:
            async with asyncio.TaskGroup() as group:
                if beside is not None:
                    group.create_task(_await(beside))
                backlog = Backlog(group, self._most_judged, self._run.stop_signal)
                for provider_batches in by_provider.values():
                    queue = ProviderQueue(
                        provider_batches,
                        width=provider_batches[0].trial.config.model.limits.concurrency,
                        prepare=self._prepare,
                        carry_out=partial(self._carry_out, backlog),
                        stop_signal=self._run.stop_signal,
                    )
                    group.create_task(queue.run())
        except ExceptionGroup as errors:
            stopped, others = errors.split(Stopped)
            if stopped is not None:
                self._note(deepest(stopped))
            if others is not None:
                raise deepest(others) from None

    def _note(self, stopped: BaseException) -> None:
        if isinstance(stopped, Stopped):
            self._run.stop_signal.set(stopped.state, str(stopped))

    async def _prepare(self, batch: TrialBatch) -> list[Prepared]:
        """A batch's jobs once its rankings are there, each with the stored calls that may answer it."""
        trial, progress = batch.trial, self._run.progress
        prepared = await self._preparation.prepare(batch)
        if prepared is None:
            return []
        jobs, stored_calls = prepared
        probes = len(batch.probes) - sum(job.probe is not None for job in jobs)
        repeats = self._run.record.experiment.repeats
        already = len(batch.questions) * repeats - sum(job.probe is None for job in jobs)
        progress["generate"].add(already + probes)
        progress["score"].add(already * self._scores_each + probes)
        progress.answers += already
        self.done.found += already + probes
        self.done.answers += already
        provider = provider_key(trial.config.model)
        progress.time_left.expect(provider, -already - probes)
        progress.time_left.begin(provider)
        self._jobs_left[batch.trial.id] = len(jobs)
        if not jobs:
            await self._listener.finish_batch(batch)
        else:
            await self._listener.begin_batch(batch)
        return [(batch, job, stored_calls) for job in jobs]

    async def _carry_out(self, backlog: Backlog, item: Prepared) -> None:
        batch, job, stored_calls = item
        run = self._run
        try:
            asked = await self._asking.ask_as_needed(job, stored_calls, batch.trial.config.route)
        except ProviderUnusable as unusable:  # the job is left for when the experiment is resumed
            run.unusable.add(job.trial.config.model.name, str(unusable))
            return
        job, call, reused = asked.job, asked.call, asked.reused
        if job.trial.config.system is not None and call is not None and call.outcome == "ok":
            injections = run.corpus.injections
            job = await asyncio.to_thread(add_passages, job, call, run.system_passages, injections)
        if job.ranking is not None and job.unstored is not None:
            await run.writer.add_rankings([job.ranking], list(job.unstored))
        answer, stored = await self._answers.do(replace(asked, job=job))
        if run.judging is None or job.probe is not None:
            await self._commit(batch, job, answer, reused, stored)
        else:
            await backlog.add(self._judge(batch, job, reply_text(call), answer, reused, stored))

    async def _judge(
        self, batch: TrialBatch, job: Job, text: str | None, answer: NewAnswer, reused: bool, stored: int
    ) -> None:
        """An answer is stored with all its scores or not at all: after a stop nothing is half judged."""
        assert self._run.judging is not None
        if job.trained_on:  # a judge is not paid for what does not count
            judged, stored_too = uncounted_scores(self._judged_names), 0
        else:
            judged, stored_too = await self._run.judging.score(context_of(job, text))
        whole = replace(answer, scores=(*answer.scores, *judged))
        await self._commit(batch, job, whole, reused, stored + stored_too)

    async def _commit(
        self, batch: TrialBatch, job: Job, answer: NewAnswer, reused: bool, stored: int
    ) -> None:
        await self._run.writer.add_answer(answer)
        progress = self._run.progress
        progress["generate"].add(1, reused=int(reused))
        progress["score"].add(len(answer.scores), reused=stored)
        progress.answers += job.probe is None
        self.done.stored += 1
        self.done.new += not reused
        self.done.answers += job.probe is None
        progress.time_left.note(provider_key(batch.trial.config.model), 1, new=int(not reused))
        self._listener.note_answer(job.trial.id)
        self._jobs_left[batch.trial.id] -= 1
        if not self._jobs_left[batch.trial.id]:
            await self._listener.finish_batch(batch)


class AnsweringHere:
    """An Answering: ranks and answers in this process."""

    def __init__(self, retrieval: RetrievalWork, answering: BatchAnswering) -> None:
        self._retrieval = retrieval
        self._answering = answering

    async def answer_all(self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]) -> None:
        """See Answering."""
        ends = [(batch, end) for batch in batches for end in batch.trial.config.ends if end.system is None]
        self._retrieval.expect(
            [(end.retrieval, [q.question for q in batch.questions]) for batch, end in ends],
            [q.question for q in part],
        )
        await self._answering.answer(batches, beside=self._retrieval.run)


def scores_each(score_names: Sequence[str]) -> int:
    """How many scores an answer to a question has."""
    return sum(not score_entry(name).variants for name in score_names)


async def _await(work: Callable[[], Awaitable[None]]) -> None:
    await work()
