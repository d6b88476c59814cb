"""Has the batches of a run carried out by the workers of a cluster: vectors first, then rankings and answers.
Knows nothing about Dask, nor about searches: it is an Answering."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

from workbench.calls.clients import provider_key
from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.dask_scheduler import DaskScheduler, SchedulerGone, WorkersDied, connect
from workbench.cluster.indexing import Indexing
from workbench.cluster.local_cluster import local_cluster
from workbench.cluster.orders import (
    AnswerOrder,
    Order,
    Outcome,
    Ranked,
    RankOrder,
    RunAddress,
    cut_batch,
    order_size,
)
from workbench.corpus.types import Question
from workbench.errors import CorpusError, Stopped, StoreError, deepest
from workbench.pipeline import fingerprints
from workbench.results.cluster_members import list_cluster_members
from workbench.run.answering import Answering, AnswersOf
from workbench.run.corpus_of_experiment import offer_corpus
from workbench.run.progress import TIMED
from workbench.run.retrieval_work import Group
from workbench.run.run_context import RunContext
from workbench.run.search_loop import TrialBatch
from workbench.space.retrieval import Retrieval
from workbench.store.records import ExperimentQuestion, Lease
from workbench.store.sharing.corpus_copies import CorpusCopy

WAIT_SECONDS = 60.0
"""So long a run waits for a first worker; then it goes on here."""
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 0.5
ORDERS_AHEAD = 2
"""Orders that wait for each place of a worker, so that none stands idle."""
RANKED_AT_ONCE = 200
"""Questions of one order where each costs a call of its own."""


@dataclass
class _Places:
    """The workers that the cluster has, and how many orders they carry out at a time."""

    workers: tuple[str, ...] = ()
    """Their addresses."""
    places: int = 0


class ClusterAnswering:
    """An Answering.

    here: carries out what needs this process, and everything where no worker comes.
    heard: hears of the answers.
    """

    def __init__(
        self, run: RunContext, lease: Lease, scheduler: DaskScheduler, here: Answering, heard: AnswersOf
    ) -> None:
        self._run = run
        self._lease = lease
        self._address = RunAddress.of(lease, run.settings, code_fingerprint())
        self._scheduler = scheduler
        self._here = here
        self._heard = heard
        self._groups: dict[str, Group] = {}
        self._cluster = _Places()
        self._places = asyncio.Semaphore(1)
        self._offer: asyncio.Task[CorpusCopy] | None = None
        self._indexing = Indexing(run, self._address, self._carry_out, lambda: self._cluster.workers)

    async def answer_all(self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]) -> None:
        """See Answering."""
        stop = self._run.stop_signal
        try:
            if not await self._wait_for_workers():
                if not stop:
                    await self._here.answer_all(batches, part)
                return
            local = [batch for batch in batches if _needs_this_process(batch)]
            distributed = [batch for batch in batches if not _needs_this_process(batch)]
            work = asyncio.create_task(self._distribute(distributed, part))
            stopping = asyncio.create_task(self._tell_when_stopped(work))
            following = asyncio.create_task(self._follow_workers())
            try:
                if local:
                    await self._here.answer_all(local, part)
                await asyncio.wait({work})
                if not work.cancelled():
                    work.result()  # raises what ended it
            finally:
                for task in (stopping, following, work):
                    task.cancel()
                await asyncio.gather(stopping, following, work, return_exceptions=True)
        except Stopped as stopped:  # the scheduler is gone, or a worker has other code
            stop.set(stopped.state, str(stopped))
            if isinstance(stopped, SchedulerGone):
                await self._wait_for_last_calls()

    async def _wait_for_last_calls(self) -> None:
        """Keep the lease until workers whose scheduler is gone have stored what they had under way, as far as
        whoever runs this waits."""
        id_ = self._run.record.id
        while any(
            one.role == "worker" and one.is_alive
            for one in await asyncio.to_thread(list_cluster_members, self._run.store, id_)
        ):
            await asyncio.sleep(AGAIN_SECONDS)

    async def _wait_for_workers(self) -> bool:
        """Whether there are workers; waits for the first one."""
        progress, stop = self._run.progress, self._run.stop_signal
        waited, said = 0.0, progress.message
        while not stop:
            places = await self._scheduler.count_places()
            if places:
                self._cluster = _Places(tuple(places), sum(places.values()))
                self._places = asyncio.Semaphore(self._cluster.places * ORDERS_AHEAD)
                progress.message = said
                return True
            if waited >= WAIT_SECONDS:
                progress.problem(
                    f"The cluster at {self._scheduler.address} has no workers: the work is done here."
                )
                progress.message = said
                return False
            progress.message = (
                f"The cluster at {self._scheduler.address} has no workers. The run waits "
                f"{WAIT_SECONDS:.0f} s for the first one, then it does the work itself."
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
            waited += LOOK_SECONDS
        return False

    async def _follow_workers(self) -> None:
        """Use workers that come while the work goes on, and pause the run when all are gone for long."""
        without = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            workers = await self._scheduler.count_places()
            self._cluster.workers, places = tuple(workers), sum(workers.values())
            for _ in range(self._cluster.places, places):
                for _ in range(ORDERS_AHEAD):
                    self._places.release()
            self._cluster.places = max(places, self._cluster.places)
            without = 0.0 if places else without + LOOK_SECONDS
            if without >= WAIT_SECONDS:
                gone = f"All workers of {self._scheduler.address} are gone. Start some and resume."
                self._run.stop_signal.set("paused", gone)
                return

    async def _tell_when_stopped(self, work: asyncio.Task[None]) -> None:
        await self._run.stop_signal.wait()
        await self._scheduler.stop_run(self._lease)
        while await self._scheduler.count_places():
            await asyncio.sleep(LOOK_SECONDS)
        work.cancel()  # orders that nobody carries out would never end

    async def _distribute(self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]) -> None:
        repeats = self._run.record.experiment.repeats
        answers = sum(len(batch.questions) * repeats for batch in batches)
        size = order_size(answers, len(self._cluster.workers))
        ranked = {
            key: asyncio.create_task(self._rank(key, retrieval, questions))
            for key, (retrieval, questions) in self._to_rank(batches, part).items()
        }
        # A slow provider's orders must not take all places.
        providers = {provider_key(batch.trial.config.model) for batch in batches}
        each = max(1, -(-self._cluster.places * ORDERS_AHEAD // max(1, len(providers))))
        queues = {provider: asyncio.Semaphore(each) for provider in providers}
        try:
            async with asyncio.TaskGroup() as group:
                for batch in batches:
                    queue = queues[provider_key(batch.trial.config.model)]
                    await queue.acquire()  # memory holds the orders of few batches, however many there are
                    if self._run.stop_signal:
                        break
                    group.create_task(self._answer(batch, ranked, size, queue))
        except ExceptionGroup as errors:
            raise deepest(errors) from None
        finally:
            for task in ranked.values():
                task.cancel()
            await asyncio.gather(*ranked.values(), return_exceptions=True)

    def _to_rank(
        self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]
    ) -> dict[str, tuple[Retrieval, list[Question]]]:
        """By their fingerprint, the retrieval settings with the questions to rank. Where ranking costs no
        call of its own, those are all questions of the part: opening an index again is slow."""
        everything = [item.question for item in part]
        wanted: dict[str, tuple[Retrieval, dict[str, Question]]] = {}
        for batch in batches:
            for end in batch.trial.config.ends:
                if end.system is not None:
                    continue
                key = fingerprints.group(end.retrieval)
                group = self._groups.setdefault(key, Group(end.retrieval))
                asked = [item.question for item in batch.questions] if group.asks_models else everything
                wanted.setdefault(key, (end.retrieval, {}))[1].update((q.id, q) for q in asked)
        return {
            key: (retrieval, [q for q in questions.values() if q.id not in self._groups[key].ranked])
            for key, (retrieval, questions) in wanted.items()
        }

    async def _rank(self, key: str, retrieval: Retrieval, questions: Sequence[Question]) -> Group:
        """Have questions ranked. Returns the group, which then knows their rankings."""
        group = self._groups[key]
        progress = self._run.progress
        for stage, count in (("retrieve", len(questions)), ("rerank", len(questions) * group.reranks)):
            progress[stage].total += count
            progress.time_left.expect(stage, count)
            progress.time_left.begin(stage)
        await self._indexing.prepare(retrieval, questions)
        at_once = RANKED_AT_ONCE if group.asks_models else max(1, len(questions))
        for begin in range(0, len(questions), at_once):
            ids = tuple(q.id for q in questions[begin : begin + at_once])
            outcome = await self._carry_out(RankOrder(self._address, retrieval, ids))
            if outcome is None or outcome.ranked is None:
                break
            outcome.ranked.add_to(group)
            if group.unusable:
                break
        return group

    async def _answer(
        self,
        batch: TrialBatch,
        ranked: Mapping[str, asyncio.Task[Group]],
        size: int,
        queue: asyncio.Semaphore,
    ) -> None:
        """Have a batch answered, and tell when all of it is."""
        try:
            groups = {}
            for end in batch.trial.config.ends:
                if end.system is None:
                    key = fingerprints.group(end.retrieval)
                    groups[key] = group = await asyncio.shield(ranked[key])
                    if group.unusable:
                        self._run.unusable.add(group.asks, group.unusable)
                        return
                    if not self._knows_all(group, batch):
                        return  # the run stops
            orders = [
                self._order(piece, groups)
                for piece in cut_batch(batch, size, self._run.record.experiment.repeats)
            ]
            await self._heard.begin_batch(batch)
            outcomes = await asyncio.gather(*(self._carry_out(order) for order in orders))
        finally:
            queue.release()
        if all(outcome is not None and not outcome.left for outcome in outcomes):
            await self._heard.finish_batch(batch)

    def _knows_all(self, group: Group, batch: TrialBatch) -> bool:
        return all(item.question.id in group.keys for item in batch.questions)

    def _order(self, piece: TrialBatch, groups: Mapping[str, Group]) -> AnswerOrder:
        ids = tuple(item.question.id for item in piece.questions)
        probes = tuple(probe.item.question.id for probe in piece.probes)
        rankings = {key: Ranked.of(group, ids) for key, group in groups.items()}
        return AnswerOrder(self._address, piece.trial, ids, probes, rankings)

    async def _carry_out(self, order: Order, preferred: str | None = None) -> Outcome | None:
        """What became of an order in the end; None where the run stops first or nobody could carry it out.

        preferred: the worker that carries it out, if it can be had.
        """
        stop = self._run.stop_signal
        while True:
            async with self._places:
                if stop:
                    return None
                offered = bool(self._address.corpus_copy)
                order = replace(order, run=self._address)
                try:
                    outcome, worker = await self._scheduler.carry_out(order, preferred)
                except WorkersDied as died:
                    self._run.unusable.add("a worker", f"{died.message} {died.hint}")
                    return None
            self._take(order, outcome)
            if outcome.bug:
                raise RuntimeError(f"{outcome.worker}:\n{outcome.bug}")
            if outcome.lacks_corpus and not offered and await self._offer_corpus():
                continue
            if outcome.refused:
                self._run.progress.problem(f"{outcome.worker} is not used: {outcome.refused}")
                await self._scheduler.dismiss(worker)
                if not await self._scheduler.count_places():
                    stop.set("paused", f"No worker can be used. {outcome.worker}: {outcome.refused}")
            elif outcome.stopped is None:
                return outcome
            elif outcome.stopped[0] != "interrupted":
                stop.set(*outcome.stopped)  # type: ignore[arg-type]
                return outcome
            elif stop:
                return outcome
            else:  # the worker has not heard of this process for a while
                await asyncio.sleep(AGAIN_SECONDS)

    async def _offer_corpus(self) -> bool:
        """Whether the store has a copy of the corpus for workers without its folder: made when the first one
        says so."""
        run = self._run
        if not run.store.is_shared:
            return False
        if self._offer is None:
            work = asyncio.to_thread(offer_corpus, run.record, run.settings, run.store)
            self._offer = asyncio.create_task(work)
        try:
            copy = await asyncio.shield(self._offer)
        except (CorpusError, StoreError) as error:
            run.progress.problem(str(error))
            return False
        self._address = replace(self._address, corpus_copy=copy.key)
        return True

    def _take(self, order: Order, outcome: Outcome) -> None:
        """Add what a worker counted to the progress of the run."""
        run, progress = self._run, self._run.progress
        for stage, (done, reused, failed) in outcome.stages.items():  # their totals are known here
            progress[stage].add(done, reused=reused, failed=failed)
            if stage in TIMED:
                progress.time_left.note(stage, done, new=done - reused)
        for key, work in outcome.works.items():
            progress.merge_work(key, work)
        for problem in outcome.problems:
            progress.problem(problem)
        for name, problem in outcome.unusable.items():
            run.unusable.add(name, problem)
        if isinstance(order, AnswerOrder):
            provider = provider_key(order.trial.config.model)
            progress.answers += outcome.answers
            progress.time_left.expect(provider, -outcome.found)
            if outcome.answered:
                progress.time_left.note(provider, outcome.answered, new=outcome.new)
                self._heard.note_answer(order.trial.id)


def _needs_this_process(batch: TrialBatch) -> bool:
    """Whether a model is asked that is trained, and perhaps served, by this process."""
    return any(model.tuned is not None for model in batch.trial.config.models)


@dataclass(frozen=True)
class Cluster:
    """Where a run's batches are carried out: see WORKBENCH_CLUSTER."""

    setting: str

    @asynccontextmanager
    async def open(
        self, run: RunContext, lease: Lease, here: Answering, heard: AnswersOf
    ) -> AsyncIterator[Answering]:
        """An Answering by workers. Raises SchedulerGone where there is no scheduler."""

        def say(words: str) -> None:
            run.progress.message = words

        async with AsyncExitStack() as stack:
            address = self.setting
            if address.startswith("local:"):
                workers = int(address.removeprefix("local:"))
                said = run.progress.message
                say(f"Starting {workers} workers")
                address = await stack.enter_async_context(local_cluster(run.settings.home, workers, say))
                say(said)
            run.progress.cluster = address
            scheduler = await stack.enter_async_context(connect(address))
            scheduler.tell_of_memory(run.progress.problem)
            stack.push_async_callback(scheduler.close_run, lease)
            yield ClusterAnswering(run, lease, scheduler, here, heard)
