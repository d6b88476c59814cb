"""One run in one worker process of a cluster: its store, documents, clients, caller and writer.
Knows nothing about how orders reach it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from workbench.calls.clients import Opened
from workbench.calls.first_requests import ProviderUnusable
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.stop_signal import StopSignal
from workbench.calls.trusted_hosts import load_trust
from workbench.cluster.lease_listener import watch_lease
from workbench.cluster.orders import (
    AnswerOrder,
    EmbedOrder,
    Order,
    Outcome,
    Ranked,
    RankOrder,
    RunAddress,
)
from workbench.corpus.types import PROBE, Corpus
from workbench.errors import (
    CodeNotAllowed,
    CorpusError,
    ExperimentError,
    LeaseLost,
    MissingPackage,
    ProviderError,
    Stopped,
    WorkbenchError,
)
from workbench.operating_system import process_memory
from workbench.pipeline import fingerprints
from workbench.providers.trust import Trust
from workbench.run.answering import BatchAnswering
from workbench.run.asking import JobAsking
from workbench.run.batch_preparation import BatchPreparation
from workbench.run.corpus_of_experiment import folders_of, read_corpus
from workbench.run.examples_of_experiment import ExamplesChanged
from workbench.run.progress import Work
from workbench.run.retrieval_work import Group, RetrievalWork
from workbench.run.run_context import RunContext
from workbench.run.search_loop import TrialBatch
from workbench.run.start_or_resume import new_client_pool
from workbench.scoring.judged import find_judged
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.retrieval import Retrieval
from workbench.space.scores import expand_score_names
from workbench.store.database import Store, open_home_store
from workbench.store.experiments import get_experiment
from workbench.store.leases import get_cap, read_lease
from workbench.store.questions import get_questions
from workbench.store.records import ExperimentRecord
from workbench.store.sharing.participants import BEAT_SECONDS
from workbench.user_code.permission import use_settings

log = logging.getLogger(__name__)

LAST_CALLS_SECONDS = 30.0
"""So long calls that were sent may still take when a run is closed: they are paid for."""


COUNTED = ("retrieve", "rerank", "generate", "score")
"""Stages whose pieces belong to one order. Those of the others are in Progress.works."""


class CannotWork(WorkbenchError):
    """This worker lacks what the run needs."""


class LacksCorpus(CannotWork):
    """This worker finds the run's documents nowhere."""


class WorkerRun:
    """Carries out orders of one run. Made by `open`; `close` it at the end."""

    def __init__(self, run: RunContext, address: RunAddress) -> None:
        self._run = run
        self._counted = dict.fromkeys(COUNTED, (0, 0, 0))
        self._told: dict[str, Work] = {}
        self.address = address
        self._orders: set[asyncio.Task[Outcome]] = set()
        background = [run.writer.run(), watch_lease(run.store, address.lease, run.stop_signal), self._beat()]
        if run.shared_limits is not None:
            background.append(run.shared_limits.run())
        self._background = [asyncio.create_task(self._watched(work)) for work in background]

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        """What is done in the background, which nobody waits for: its failure stops the run."""
        try:
            await work
        except LeaseLost as error:
            self._run.stop_signal.set("interrupted", str(error))
        except WorkbenchError as error:
            self._run.stop_signal.set("paused", str(error))
        except Exception as error:
            log.exception("The background of a run failed")
            self._run.stop_signal.set("paused", f"{type(error).__name__}: {error}")

    async def _beat(self) -> None:
        store, id_, claims = self._run.store, self._run.record.id, self._run.claims
        await claims.begin()
        while True:
            claims.doing = {
                "orders": self.under_way,
                "answers": self._run.progress["generate"].done,
                "memory_bytes": process_memory(),
                "code": self.address.code,
            }
            await self._run.writer.do(claims.say_alive)
            await self._run.beat(await asyncio.to_thread(get_cap, store, id_))
            await asyncio.sleep(BEAT_SECONDS)

    @classmethod
    async def open(
        cls, address: RunAddress, own: Settings, pool: Callable[[Trust], Opened] = new_client_pool
    ) -> WorkerRun:
        """own: this worker's settings. Raises CannotWork."""
        settings = address.settings(own)
        if address.has_own_database and not settings.database.is_file():
            raise CannotWork(
                f"There is no store at {settings.database}.",
                hint="Give all workers access to the data folder (WORKBENCH_HOME), or set "
                "WORKBENCH_DATABASE_URL for the run and its workers.",
            )
        run = await asyncio.to_thread(_open_run, address, settings, pool)
        if run.judging is not None:
            await run.judging.open()
        return cls(run, address)

    @property
    def under_way(self) -> int:
        """How many orders it carries out at present."""
        return len(self._orders)

    @property
    def is_over(self) -> bool:
        return bool(self._run.stop_signal)

    @property
    def is_interrupted(self) -> bool:
        """Whether it stopped since its coordinator was not heard, which may be heard again."""
        return self._run.stop_signal.state == "interrupted"

    def stop(self, message: str) -> None:
        """Send no further call."""
        self._run.stop_signal.set("interrupted", message)

    async def close(self) -> None:
        """End all that it has begun. What was gathered is still written, and the replies to calls that were
        sent, if they come within LAST_CALLS_SECONDS."""
        self.stop("The run ends.")
        if self._orders:
            _, late = await asyncio.wait(self._orders, timeout=LAST_CALLS_SECONDS)
            for order in late:
                order.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for task in reversed(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._run.opened.close()
        await self._run.close()
        self._run.store.dispose()

    async def carry_out(self, order: Order) -> Outcome:
        """Raises what made it impossible to go on, such as LeaseLost and StoreError."""
        task = asyncio.create_task(self._carry_out(order))
        self._orders.add(task)
        await asyncio.wait({task})
        self._orders.discard(task)
        return self._with_counts(Outcome(left=1) if task.cancelled() else task.result())

    async def _carry_out(self, order: Order) -> Outcome:
        try:
            self._run.stop_signal.raise_if_set()
            match order:
                case EmbedOrder():
                    return await self._embed(order)
                case RankOrder():
                    return await self._rank(order)
                case AnswerOrder():
                    return await self._answer(order)
        except Stopped as stopped:
            self._run.stop_signal.set(stopped.state, str(stopped))
            return Outcome(left=1)

    async def _embed(self, order: EmbedOrder) -> Outcome:
        try:
            await self._run.opener.embed_part(order.retrieval, order.index, order.part, self._run.caller)
        except CodeNotAllowed:
            raise
        except (CorpusError, ExperimentError, MissingPackage, ProviderError, ProviderUnusable) as error:
            log.warning("A part of a corpus was not embedded: %s", error)  # whoever ranks says so
            return Outcome(left=1)
        return Outcome()

    async def _rank(self, order: RankOrder) -> Outcome:
        run = self._run
        wanted = set(order.question_ids)
        questions = [item.question for item in run.questions if item.question.id in wanted]
        retrieval = RetrievalWork(
            run.store,
            run.opener,
            run.caller,
            run.caller.first_requests,
            run.writer,
            run.progress,
            run.stop_signal,
        )
        retrieval.expect([(order.retrieval, questions)], questions)
        await retrieval.run()
        run.stop_signal.raise_if_set()
        group = await retrieval.ready(order.retrieval)
        return Outcome(ranked=Ranked.of(group, order.question_ids))

    async def _answer(self, order: AnswerOrder) -> Outcome:
        run = self._run
        batch = self._batch(order)
        asked = len(batch.questions) * run.record.experiment.repeats + len(batch.probes)
        heard = _Heard()
        preparation = BatchPreparation(run, _as_it_is, partial(_group_of, order))
        answering = BatchAnswering(run, preparation, JobAsking(run.caller, run.record.today), heard)
        await answering.answer([batch])
        done = answering.done
        return Outcome(
            answered=done.stored,
            new=done.new,
            found=done.found,
            answers=done.answers,
            left=asked - done.found - done.stored,
        )

    def _batch(self, order: AnswerOrder) -> TrialBatch:
        asked, probing = set(order.question_ids), set(order.probe_ids)
        questions = [item for item in self._run.questions if item.question.id in asked and item.part != PROBE]
        probes = [
            probe
            for item in questions
            for probe in self._run.probes.get(item.question.id, ())
            if probe.item.question.id in probing
        ]
        return TrialBatch(order.trial, questions, completes=False, probes=probes)

    def _with_counts(self, outcome: Outcome) -> Outcome:
        run = self._run
        for stage, before in self._counted.items():
            counted = run.progress[stage]
            now = self._counted[stage] = (counted.done, counted.reused, counted.failed)
            if now != before:
                outcome.stages[stage] = tuple(a - b for a, b in zip(now, before, strict=True))  # type: ignore[assignment]
        works = deepcopy(run.progress.works)
        outcome.works = {key: work for key, work in works.items() if self._told.get(key) != work}
        self._told = works
        outcome.unusable = dict(run.unusable.in_words)
        outcome.problems = list(run.progress.problems)
        outcome.providers = {
            provider: limits.state_in_words
            for provider, limits in run.opened.all_limits.items()
            if limits.state_in_words
        }
        if run.stop_signal:
            outcome.stopped = (str(run.stop_signal.state), run.stop_signal.message)
        return outcome


class _Heard:
    """Hears of answers where nobody sums them up, or says that trials run: the coordinator does."""

    async def begin_batch(self, batch: TrialBatch) -> None:
        pass

    def note_answer(self, trial_id: str) -> None:
        pass

    async def finish_batch(self, batch: TrialBatch) -> None:
        pass


async def _as_it_is(config: Config) -> Config:
    """The coordinator sends configurations whose models are made."""
    return config


async def _group_of(order: AnswerOrder, retrieval: Retrieval) -> Group:
    group = Group(retrieval)
    order.rankings[fingerprints.group(retrieval)].add_to(group)
    return group


def _open_run(address: RunAddress, settings: Settings, pool: Callable[[Trust], Opened]) -> RunContext:
    use_settings(settings)
    lease = address.lease
    store = open_home_store(settings)
    held, _, _ = read_lease(store, lease)
    if not held:
        store.dispose()
        raise CannotWork(
            f"The store of this worker does not know that experiment {lease.experiment_id} is running.",
            hint="Give the run and all workers the same store: WORKBENCH_HOME or WORKBENCH_DATABASE_URL.",
        )
    record = get_experiment(store, lease.experiment_id)
    score_names = tuple(expand_score_names(record.experiment.scores))
    judged = find_judged(record.experiment.scores, record.experiment.judge)
    corpus = _find_corpus(record, settings, store, address.corpus_copy)
    try:
        return RunContext.open(
            store,
            settings,
            record,
            corpus,
            get_questions(store, record.id),
            score_names,
            judged,
            pool(load_trust(store)),
            StopSignal(),
            GroupCommitWriter(store, lease, holds_lease=False),
            "cluster worker",
        )
    except ExamplesChanged:
        raise LacksCorpus(
            f"The questions of the corpus {record.experiment.corpus!r} here are not those of the experiment, "
            "and its prompts show some of them as examples.",
            hint="Copy the corpus again from where the run is.",
        ) from None


def _find_corpus(record: ExperimentRecord, settings: Settings, store: Store, copy_key: str) -> Corpus:
    """The documents of the run, from the coordinator's folder, one of this machine, or the store."""
    name = Path(record.corpus_path).name
    try:
        corpus = read_corpus(record, settings, store, copy_key)
    except CorpusError:
        folders = ", ".join(map(str, folders_of(record, settings)))
        raise LacksCorpus(
            f"This worker does not find the corpus {name}: {folders}.",
            hint="Put it into a folder that all machines see and set WORKBENCH_SHARED to that folder.",
        ) from None
    if corpus.version != record.corpus_version:
        raise LacksCorpus(
            f"The documents of the corpus {name} on this worker's machine are not those of the experiment.",
            hint="Copy the corpus again from where the run is.",
        )
    return corpus
