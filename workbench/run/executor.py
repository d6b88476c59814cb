"""Carries out one experiment under its lease: retrieval, calls, scores, summaries, the held-out final.
Knows nothing about processes or signals: it stops when its Halt says so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from sqlmodel import Session

from workbench.analysis.leaderboard import FINALISTS, rank_trials
from workbench.calls.batches import Batches
from workbench.calls.budget import Budget
from workbench.calls.caller import Caller
from workbench.calls.clients import Opened, provider_key
from workbench.calls.group_commit import Writer
from workbench.calls.ledger import StoreLedger
from workbench.calls.stop_signal import Halt
from workbench.corpus.types import Corpus
from workbench.errors import Stopped, StoreError
from workbench.judges.judge_scores import Judging
from workbench.parts.lookup import score_entry
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.planning.probes import read_probes
from workbench.providers.prices import PriceSnapshot
from workbench.results.summarise import compare_experiment, sum_up_judging, summarise_trial
from workbench.run.backlog import Backlog
from workbench.run.jobs import AskedJob, Job, build_answers, context_of, prepare_jobs
from workbench.run.progress import Progress
from workbench.run.provider_queue import Lane
from workbench.run.retrieval_work import RetrievalWork
from workbench.run.search_loop import Contest, Order
from workbench.run.statistics_process import Aside, in_thread
from workbench.scoring.judged import JudgedScore
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.figures import Summary
from workbench.store.leases import heartbeat, is_stop_requested
from workbench.store.ledger import get_spend
from workbench.store.records import (
    CallRecord,
    ExperimentQuestion,
    ExperimentRecord,
    Lease,
    NewAnswer,
    TrialRecord,
)
from workbench.store.summaries import get_summaries, write_summaries
from workbench.store.trials import get_trials, set_trial_states

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
LISTEN_SECONDS = 0.5
SUMMARY_SECONDS = 5.0
COMPARE_SECONDS = 20.0
GRACE_SECONDS = 10.0
# Scored in one thread before the first of them is stored: some scores take tens of milliseconds each.
ANSWERS_AT_ONCE = 16
# A provider that has not answered for so long pauses the experiment; resuming tries it again.
GIVE_UP_SECONDS = 180.0

Known = dict[str, CallRecord]


class Executor:
    """One run of one experiment. `run` returns when all is done or the Halt has taken hold."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        lease: Lease,
        record: ExperimentRecord,
        corpus: Corpus,
        questions: Sequence[ExperimentQuestion],
        score_names: Sequence[str],
        opened: Opened,
        halt: Halt,
        on_progress: Callable[[Progress], None] | None = None,
        judged: Sequence[JudgedScore] = (),
        aside: Aside = in_thread,
    ) -> None:
        self._store = store
        self._lease = lease
        self._record = record
        self._questions = questions
        self._injections = corpus.injections
        self._probes = read_probes(questions, corpus.injections)
        self._score_names = score_names
        asking = {score.name for score in judged}
        self._free_names = [name for name in score_names if name not in asking]
        self._scores_each = sum(not score_entry(name).variants for name in score_names)
        self._answers: Batches[AskedJob, tuple[NewAnswer, int]] = Batches(
            partial(build_answers, store, self._free_names), most=ANSWERS_AT_ONCE
        )
        self._opened = opened
        self._halt = halt
        self._on_progress = on_progress
        self._aside = aside
        self.progress = Progress(started_at=time.time())
        self._writer = Writer(store, lease)
        # Prices as they were when the experiment was created, not as a newer table has them.
        prices = {name: PriceSnapshot.from_json(p) if p else None for name, p in record.prices.items()}
        self._budget = Budget(record.budget_usd, get_spend(store, record.id).spent_usd)
        ledger = StoreLedger(store, self._writer)
        self._caller = Caller(ledger, opened, prices, self._budget, record.id, halt)
        self.progress.counts = self._caller.counts
        self._judging = Judging(store, self._caller, judged) if judged else None
        # Answers that wait for their verdicts: enough that neither models nor judges stand idle.
        self._most_judged = 4 * max((s.judge.limits.concurrency for s in judged), default=1) + 16
        opener = CorpusOpener(corpus.documents, Caches.of(settings), self.progress)
        self._retrieval = RetrievalWork(store, opener, self._caller, self._writer, self.progress, halt)
        self._left: dict[str, int] = {}
        self._begun: set[str] = set()
        self._unsummarised: set[str] = set()
        self._comparing = asyncio.Lock()
        self._compared = False
        self._summarising = asyncio.Lock()

    async def run(self) -> None:
        """Do all that is left. Raises what made it impossible to go on (LeaseLost, StoreError, a bug)."""
        beside = [
            asyncio.create_task(self._writer.run(), name="writer"),
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._keep_comparing(), name="comparing"),
            asyncio.create_task(self._listen(), name="listening"),
        ]
        work = asyncio.create_task(self._work(), name="work")
        halted = asyncio.create_task(self._halt.wait(), name="halt")
        try:
            await asyncio.wait({work, halted, *beside}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await asyncio.wait({work}, timeout=GRACE_SECONDS if self._halt else 0)
            if not work.done():
                work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            self._raise_first(work, *beside)
            # After a halt, too: a leaderboard rests on all answers there are.
            await self._summarise(list(self._unsummarised))
            if self._halt:
                await self._compare(final=True)
        finally:
            halted.cancel()
            for task in reversed(beside):
                task.cancel()
            await asyncio.gather(halted, *beside, return_exceptions=True)

    def _raise_first(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            if task.done() and not task.cancelled():
                error = task.exception()
                if isinstance(error, Stopped):
                    self._note(error)
                elif error is not None:
                    raise error

    def _note(self, error: BaseException) -> None:
        if isinstance(error, Stopped):
            self._halt.set(error.state, str(error))

    async def _work(self) -> None:
        search = [q for q in self._questions if q.part == "search"]
        holdout = [q for q in self._questions if q.part == "holdout"]
        contest = Contest(self._store, self._writer, self._record, search, self._probes)
        await contest.open()
        if self._judging is not None:
            await self._judging.open()
        answers = contest.answers_at_most + min(FINALISTS, contest.size) * len(holdout)
        self._expect(answers * self._record.experiment.repeats, contest.probes_at_most)
        async with aclosing(contest.rounds()) as rounds:
            async for orders in rounds:
                self.progress.trials = len(contest.trials)
                self.progress.message = contest.in_words
                await self._answer_all(orders, search)
                if self._halt:
                    return
        await self._summarise(list(self._unsummarised))
        await self._compare(final=True)
        if holdout:
            best = await self._choose_finalists()
            self.progress.message = "Held-out questions"
            await self._answer_all([Order(t, holdout, completes=True) for t in best], holdout)

    def _expect(self, answers: int, probes: int) -> None:
        """The most answers and scores there may be. An answer to a probe has one score."""
        self.progress["generate"].total = answers + probes
        self.progress["score"].total = answers * self._scores_each + probes

    async def _choose_finalists(self) -> list[TrialRecord]:
        """The five best on the search part, chosen once: a resumed final keeps its finalists."""
        trials = await asyncio.to_thread(get_trials, self._store, self._record.id)
        chosen = [t for t in trials if t.in_final]
        if chosen:
            return chosen
        summaries = await asyncio.to_thread(get_summaries, self._store, self._record.id)
        rows = rank_trials(trials, summaries, self._record.experiment.objective)
        best = [row.trial for row in rows if row.rank is not None][:FINALISTS]
        ids = [t.id for t in best]
        await self._writer.do(lambda session: set_trial_states(session, ids, "running", in_final=True))
        return best

    async def _answer_all(self, orders: Sequence[Order], part: Sequence[ExperimentQuestion]) -> None:
        """One lane a provider, so that a slow one holds up no other. part: all questions of that part."""
        self._retrieval.expect(
            [(o.trial.config.retrieval, [q.question for q in o.questions]) for o in orders],
            [q.question for q in part],
        )
        by_provider: dict[str, list[Order]] = {}
        for order in orders:
            by_provider.setdefault(provider_key(order.trial.config.model), []).append(order)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._retrieval.run())
                backlog = Backlog(group, self._most_judged, self._halt)
                for own in by_provider.values():
                    lane = Lane(
                        own,
                        width=own[0].trial.config.model.limits.concurrency,
                        prepare=self._prepare,
                        carry_out=partial(self._carry_out, backlog),
                        halt=self._halt,
                    )
                    group.create_task(lane.run())
        except* Stopped as stopped:
            self._note(_deepest(stopped))
        except* Exception as errors:
            raise _deepest(errors) from None

    async def _prepare(self, order: Order) -> list[tuple[Order, Job, Known]]:
        """An order's jobs once its rankings are there, each with the stored calls that may answer it."""
        trial, questions = order.trial, order.questions
        group = await self._retrieval.ready(trial.config.retrieval)
        jobs, known = await asyncio.to_thread(
            prepare_jobs,
            self._store,
            trial,
            questions,
            self._record.experiment.repeats,
            self._record.today,
            group.keys,
            group.problems,
            order.probes,
            self._injections,
        )
        probes = len(order.probes) - sum(job.probe is not None for job in jobs)
        already = len(questions) * self._record.experiment.repeats - sum(job.probe is None for job in jobs)
        self.progress["generate"].add(already + probes)
        self.progress["score"].add(already * self._scores_each + probes)
        self.progress.answers += already
        self._left[trial.id] = len(jobs)
        if not jobs:
            await self._end_order(order)
        elif trial.state not in ("running", "done") and trial.id not in self._begun:
            self._begun.add(trial.id)
            await self._writer.do(lambda session: set_trial_states(session, [trial.id], "running"))
        return [(order, job, known) for job in jobs]

    async def _carry_out(self, backlog: Backlog, item: tuple[Order, Job, Known]) -> None:
        order, job, known = item
        call, base, reused = None, None, False
        if job.base is not None:  # a probe: what it is compared with is stored, under way, or asked now
            base, _ = await self._ask(job.base, known)
        if base is not None and base.outcome == "failed":
            call = base  # nothing to compare with: the probe fails for the same reason
        else:
            call, reused = await self._ask(job, known)
        if job.ranking is not None and job.varied:
            await self._writer.add_rankings([job.ranking], list(job.varied))
        answer, stored = await self._answers.do(AskedJob(job, call, reused, base))
        if self._judging is None or job.probe is not None:
            await self._commit(order, job, answer, reused, stored)
        else:
            text = call.text if call is not None and call.outcome == "ok" else None
            await backlog.add(self._judge(order, job, text, answer, reused, stored))

    async def _judge(
        self, order: Order, job: Job, text: str | None, answer: NewAnswer, reused: bool, stored: int
    ) -> None:
        """An answer is stored with all its scores or not at all: after a stop nothing is half judged."""
        assert self._judging is not None
        judged, stored_too = await self._judging.score(context_of(job, text))
        whole = replace(answer, scores=(*answer.scores, *judged))
        await self._commit(order, job, whole, reused, stored + stored_too)

    async def _commit(self, order: Order, job: Job, answer: NewAnswer, reused: bool, stored: int) -> None:
        await self._writer.add_answer(answer)
        self.progress["generate"].add(1, reused=int(reused))
        self.progress["score"].add(len(answer.scores), reused=stored)
        if job.probe is None:
            self.progress.answers += 1
            self.progress.failed_answers += answer.state == "failed"
        self._unsummarised.add(job.trial.id)
        self._left[job.trial.id] -= 1
        if not self._left[job.trial.id]:
            await self._end_order(order)

    async def _ask(self, job: Job, known: Known) -> tuple[CallRecord | None, bool]:
        """The job's call, and whether it was stored or under way already; None without a request."""
        if job.request is None:
            return None, False
        model = job.trial.config.model
        return await self._caller.call(model, job.request, kind="generate", repeat=job.repeat, known=known)

    async def _end_order(self, order: Order) -> None:
        if order.completes:
            await self._summarise([order.trial.id], done=True)
            self.progress.trials_done += 1
        else:
            self._unsummarised.add(order.trial.id)

    async def _summarise(self, trial_ids: Sequence[str], *, done: bool = False) -> None:
        for trial_id in trial_ids:
            async with self._summarising:  # one read before an answer must not be written after one with it
                self._unsummarised.discard(trial_id)
                summaries = await self._aside(summarise_trial, self._store, trial_id)
                await self._writer.do(
                    partial(_write_summaries, trial_id=trial_id, summaries=summaries, done=done)
                )

    async def _compare(self, *, final: bool = False) -> None:
        """Store which trials differ by the search answers so far, and at the end what each axis does."""
        async with self._comparing:
            try:
                work = partial(compare_experiment, with_effects=final)
                findings = await self._aside(work, self._store, self._record.id)
            except StoreError:
                raise
            except Exception:  # a bug in statistics must not cost a paid run its answers; the log tells
                log.exception("Comparing the trials of experiment %s failed", self._record.id)
                return
            await self._writer.do(findings.write)
            if self._judging is not None:
                self.progress.judging = await asyncio.to_thread(sum_up_judging, self._store, self._record.id)
        self._compared = final

    async def _keep_comparing(self) -> None:
        """Coarsely, as it goes: at most a twentieth of the time."""
        pause = COMPARE_SECONDS
        while True:
            await asyncio.sleep(pause)
            started = time.monotonic()
            if not self._compared:
                await self._compare()
            pause = max(COMPARE_SECONDS, 20 * (time.monotonic() - started))

    async def _listen(self) -> None:
        """Hear of a stop within a second, however busy the threads are and whoever is writing."""
        loop, asked = asyncio.get_running_loop(), partial(is_stop_requested, self._store, self._record.id)
        with ThreadPoolExecutor(1, thread_name_prefix="listening") as own:
            while True:
                if await loop.run_in_executor(own, asked):
                    self._halt.set("stopped", "Stopped by you.")
                await asyncio.sleep(LISTEN_SECONDS)

    async def _beat(self) -> None:
        """Renew the lease, publish progress, hear of a new budget, refresh summaries."""
        summarised = time.monotonic()
        while True:
            self.progress.providers = {
                provider: limits.state_in_words
                for provider, limits in self._opened.all_limits.items()
                if limits.state_in_words
            }
            for provider, limits in self._opened.all_limits.items():
                if limits.dead_seconds > GIVE_UP_SECONDS:
                    self._halt.set("paused", f"{provider}: {limits.state_in_words}")
            if self._on_progress:
                self._on_progress(self.progress)
            _, cap = await asyncio.to_thread(heartbeat, self._store, self._lease, self.progress.to_json())
            await self._budget.change_cap(cap)
            if time.monotonic() - summarised > SUMMARY_SECONDS:
                await self._summarise(list(self._unsummarised)[:8])
                summarised = time.monotonic()
            await asyncio.sleep(HEARTBEAT_SECONDS)


def _write_summaries(session: Session, trial_id: str, summaries: list[Summary], done: bool) -> None:
    write_summaries(session, trial_id, summaries)
    if done:
        set_trial_states(session, [trial_id], "done")


def _deepest(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
