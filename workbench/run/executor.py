"""Carries out one experiment under its lease: retrieval, calls, scores, summaries, the held-out final.
Knows nothing about processes or signals: it stops when its stop signal is set."""

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

from workbench.analysis.finalists import choose_finalists, most_finalists
from workbench.analysis.leaderboard import rank_trials
from workbench.calls.batches import Batches
from workbench.calls.budget import Budget
from workbench.calls.caller import Caller
from workbench.calls.claims import SharedClaims, take_over_gone
from workbench.calls.clients import Opened, provider_key
from workbench.calls.first_requests import ProviderUnusable
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.ledger import StoreLedger
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import PROBE, Corpus, History
from workbench.errors import Stopped, StoreError
from workbench.judges.judge_scores import JudgeScorer
from workbench.parts.registry import score_entry
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.examples import ExamplePool
from workbench.pipeline.prompt_rendering import PromptRoom
from workbench.pipeline.system_passages import SystemPassages
from workbench.planning.probes import read_probes
from workbench.providers.prices import PriceSnapshot
from workbench.results.liked import refresh_liked
from workbench.results.measured import get_summaries
from workbench.results.summarise import compare_experiment, sum_up_judging, summarise_trial
from workbench.results.trained_on import describe_overlaps, find_all_trained_on
from workbench.run.awaiting_ratings import FINALISTS_WAIT, SEARCH_WAITS, lacks_ratings
from workbench.run.background_process import BackgroundRunner, run_in_thread
from workbench.run.backlog import Backlog
from workbench.run.jobs import (
    AskedJob,
    Job,
    build_answers,
    context_of,
    prepare_jobs,
    reply_text,
    shorten_job,
    uncounted_scores,
)
from workbench.run.optimised_prompts import OptimisedCell, PromptImprovement, read_cells
from workbench.run.progress import Progress
from workbench.run.provider_queue import ProviderQueue
from workbench.run.retrieval_work import Group, RetrievalWork
from workbench.run.route_jobs import escalated, join_jobs, must_escalate, trials_of_ends
from workbench.run.search_loop import SearchLoop, TrialBatch
from workbench.run.system_jobs import add_passages, prepare_system_jobs
from workbench.run.train_answers import Asked
from workbench.run.trainings import NotTrained, Train, Trainings
from workbench.run.unusable_models import UnusableModels
from workbench.scoring.judged import JudgedScore
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.space.experiment import LIKED
from workbench.space.model import Model
from workbench.space.route import Route
from workbench.store.database import Store
from workbench.store.failed_answers import find_answered_trials
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
from workbench.store.sharing.builds import Builds
from workbench.store.sharing.lost_calls import Doubt, get_doubt
from workbench.store.summaries import write_summaries
from workbench.store.trials import get_trials, set_trial_states
from workbench.tuning.train import train

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

StoredCalls = dict[str, CallRecord]
Prepared = tuple[list[Job], StoredCalls]
"""Jobs, and the stored calls that may answer them."""


class Executor:
    """One run of one experiment. `run` returns when all is done or the stop signal has taken effect."""

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
        stop_signal: StopSignal,
        on_progress: Callable[[Progress], None] | None = None,
        judged: Sequence[JudgedScore] = (),
        run_statistics: BackgroundRunner = run_in_thread,
        train: Train = train,
    ) -> None:
        self._store = store
        self._lease = lease
        self._record = record
        self._questions = questions
        self._corpus = corpus
        self._score_names = score_names
        self._injections = corpus.injections
        self._examples = ExamplePool.of_questions(corpus.questions)
        self._system_passages = SystemPassages(corpus.documents)
        self._probes = read_probes(questions, corpus.injections)
        asking = {score.name for score in judged}
        self._judged_names = [score.name for score in judged]
        self._trained_on: dict[str, frozenset[str]] = {}
        self._free_names = [name for name in score_names if name not in asking]
        self._scores_each = sum(not score_entry(name).variants for name in score_names)
        self._answers: Batches[AskedJob, tuple[NewAnswer, int]] = Batches(
            partial(build_answers, store, self._free_names), most=ANSWERS_AT_ONCE
        )
        self._opened = opened
        self._stop_signal = stop_signal
        self._on_progress = on_progress
        self._run_statistics = run_statistics
        self.progress = Progress(record.progress, len(corpus.documents), record.id, started_at=time.time())
        self._writer = GroupCommitWriter(store, lease)
        # Prices as they were when the experiment was created, not as a newer table has them.
        prices = {name: PriceSnapshot.from_json(p) if p else None for name, p in record.prices.items()}
        self._prices = prices
        take_over_gone(store)
        self._claims = SharedClaims(store, self._writer, "run", record.id)
        self._budget = Budget(record.budget_usd, get_spend(store, record.id).spent_usd, self._get_doubt().usd)
        ledger = StoreLedger(store, self._writer)
        self._caller = Caller(
            ledger, opened, prices, self._budget, record.id, stop_signal, claims=self._claims
        )
        self._judging = JudgeScorer(store, self._caller, judged) if judged else None
        # Answers that wait for their verdicts: enough that neither models nor judges stand idle.
        self._most_judged = 4 * max((s.judge.limits.concurrency for s in judged), default=1) + 16
        opener = CorpusOpener(corpus.documents, Caches.of(settings, Builds(store)), self.progress)
        self._rooms, self._texts = opener.rooms, opener.texts
        self._retrieval = RetrievalWork(
            store, opener, self._caller, self._caller.first_requests, self._writer, self.progress, stop_signal
        )
        self._unusable = UnusableModels()
        self._trainings = Trainings(
            store, settings, record.id, record.experiment, corpus, self._budget, self._writer.add_call,
            stop_signal, self.progress.trainings, train,
        )  # fmt: skip
        self._later = 0  # answers to questions and probes that no round has asked for yet
        self._jobs_left: dict[str, int] = {}
        self._begun: set[str] = set()
        self._unsummarised: set[str] = set()
        self._comparing = asyncio.Lock()
        self._compared = False
        self._summarising = asyncio.Lock()

    async def run(self) -> None:
        """Do all that is left. Raises what made it impossible to go on (LeaseLost, StoreError, a bug)."""
        background = [
            asyncio.create_task(self._writer.run(), name="writer"),
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._keep_comparing(), name="comparing"),
            asyncio.create_task(self._listen(), name="listening"),
        ]
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
            await self._summarise(list(self._unsummarised))
            if self._stop_signal:
                await self._compare(final=True)
        finally:
            stopping.cancel()
            for task in reversed(background):
                task.cancel()
            await asyncio.gather(stopping, *background, return_exceptions=True)
            await self._claims.close()
            await self._trainings.close()

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
            self._stop_signal.set(error.state, str(error))

    async def _work(self) -> None:
        search = [q for q in self._questions if q.part == "search"]
        holdout = [q for q in self._questions if q.part == "holdout"]
        cells = await asyncio.to_thread(read_cells, self._store, self._record)
        added = {trial for cell in cells for trial in cell.added_trials}
        search_loop = SearchLoop(self._store, self._writer, self._record, search, self._probes, added)
        await search_loop.open()
        if self._judging is not None:
            await self._judging.open()
        await self._trust_models_that_answered(search_loop.trials)
        finalists = most_finalists(search_loop.size, self._record.experiment.models)
        answers = search_loop.answers_at_most + finalists * len(holdout)
        improved = sum(optimisation.cells for optimisation in self._record.experiment.optimise)
        answers += improved * (len(search) + 2 * len(holdout))
        self._expect(answers * self._record.experiment.repeats, search_loop)
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
        await self._summarise(list(self._unsummarised))
        await self._compare(final=True)
        improved_trials = await self._improve_prompts(search) if improved else []
        if self._stop_signal:
            return
        if holdout:
            best = await self._choose_finalists(improved_trials)
            if self._stop_signal:
                return
            self.progress.message = "Held-out questions"
            await self._answer_all([TrialBatch(t, holdout, completes=True) for t in best], holdout)
            await self._pause_if_unusable(best)

    async def _improve_prompts(self, search: Sequence[ExperimentQuestion]) -> list[str]:
        """Improve the prompts that the experiment names, and ask the improved ones and those that they began
        with all search questions. Returns the ids of both."""
        asked = Asked(
            self._store, self._caller, self._prices, self._ask, self._free_names, self._judging, self._texts,
            self._injections, self._examples, self._record.today,
        )  # fmt: skip
        improvement = PromptImprovement(
            asked,
            self._writer,
            self._record,
            self._corpus,
            self._score_names,
            self._rank_train,
            self.progress,
        )
        cells: list[OptimisedCell] = []
        try:
            cells = await improvement.run()
        except ProviderUnusable as unusable:
            self._unusable.add(improvement.reflecting, f"{improvement.reflecting}: {unusable}")
        ids = list(dict.fromkeys(trial for cell in cells for trial in cell.trials))
        trials = [t for t in await asyncio.to_thread(get_trials, self._store, self._record.id) if t.id in ids]
        self.progress.trials += sum(trial.state == "queued" for trial in trials)
        probes = [probe for q in search for probe in self._probes.get(q.question.id, ())]
        await self._answer_all([TrialBatch(t, search, completes=True, probes=probes) for t in trials], search)
        await self._pause_if_unusable(trials)
        await self._summarise(list(self._unsummarised))
        await self._compare(final=True)
        return ids

    async def _rank_train(
        self, config: Config, items: Sequence[ExperimentQuestion]
    ) -> tuple[Group, PromptRoom] | None:
        """Rank train questions for a configuration: their rankings, and the room of its prompts."""
        questions = [item.question for item in items]
        self._retrieval.expect([(config.retrieval, questions)], questions)
        await self._retrieval.run()
        self._stop_signal.raise_if_set()
        group = await self._retrieval.ready(config.retrieval)
        if group.unusable:
            self._unusable.add(group.asks, group.unusable)
            return None
        return group, await self._find_room(config, [question.history for question in questions])

    async def _trust_models_that_answered(self, trials: Sequence[TrialRecord]) -> None:
        answered = await asyncio.to_thread(find_answered_trials, self._store, [t.id for t in trials])
        self._caller.first_requests.trust(
            t.config.model for t in trials if t.id in answered and t.config.route is None
        )

    async def _pause_if_unusable(self, trials: Sequence[TrialRecord]) -> None:
        """After the work of the models that can be used: what a search does next rests on all answers."""
        await asyncio.to_thread(self._unusable.add_unanswered, self._store, trials)
        self._unusable.pause(self._stop_signal)

    def _expect(self, answers: int, search_loop: SearchLoop) -> None:
        """The most answers and scores there may be. An answer to a probe has one score."""
        probes = search_loop.probes_at_most
        self.progress.expected_answers = answers
        self.progress.expected_at_most = search_loop.may_ask_less
        self.progress["generate"].total = answers + probes
        self.progress["score"].total = answers * self._scores_each + probes

    async def _choose_finalists(self, improved: Sequence[str] = ()) -> list[TrialRecord]:
        """The best on the search part, and variants beside their parents, chosen once: a resumed final keeps
        its finalists.

        The run pauses where ratings are to choose them and there are none.

        improved: ids of the trials of improved prompts and of those that they began with, which are asked,
        too.
        """
        trials = await asyncio.to_thread(get_trials, self._store, self._record.id)
        chosen = [t for t in trials if t.in_final]
        if chosen:
            return chosen
        experiment = self._record.experiment
        if await asyncio.to_thread(lacks_ratings, self._store, self._record.id, experiment.objective):
            self._stop_signal.set("paused", FINALISTS_WAIT)
            return []
        summaries = await asyncio.to_thread(get_summaries, self._store, self._record.id)
        rows = rank_trials(trials, summaries, experiment.objective)
        best = choose_finalists(rows, experiment.models)
        best += [t for t in trials if t.id in improved and t not in best]
        ids = [t.id for t in best]
        await self._writer.do(lambda session: set_trial_states(session, ids, "running", in_final=True))
        return best

    async def _answer_all(self, batches: Sequence[TrialBatch], part: Sequence[ExperimentQuestion]) -> None:
        """One queue per provider, so that a slow one delays no other. part: all questions of that part."""
        ends = [(batch, end) for batch in batches for end in batch.trial.config.ends if end.system is None]
        self._retrieval.expect(
            [(end.retrieval, [q.question for q in batch.questions]) for batch, end in ends],
            [q.question for q in part],
        )
        by_provider: dict[str, list[TrialBatch]] = {}
        for batch in batches:
            by_provider.setdefault(provider_key(batch.trial.config.model), []).append(batch)
        time_left, repeats = self.progress.time_left, self._record.experiment.repeats
        for provider, of_provider in by_provider.items():
            asked = sum(len(b.questions) * repeats + len(b.probes) for b in of_provider)
            time_left.expect(provider, asked)
            self._later = max(0, self._later - asked)
        time_left.expect_later(self._later, like=list(by_provider))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._retrieval.run())
                backlog = Backlog(group, self._most_judged, self._stop_signal)
                for provider_batches in by_provider.values():
                    queue = ProviderQueue(
                        provider_batches,
                        width=provider_batches[0].trial.config.model.limits.concurrency,
                        prepare=self._prepare,
                        carry_out=partial(self._carry_out, backlog),
                        stop_signal=self._stop_signal,
                    )
                    group.create_task(queue.run())
        except* Stopped as stopped:
            self._note(_deepest(stopped))
        except* Exception as errors:
            raise _deepest(errors) from None
        for provider in by_provider:  # what could not be asked is not left
            time_left.set_left(provider, 0)

    async def _prepare(self, batch: TrialBatch) -> list[tuple[TrialBatch, Job, StoredCalls]]:
        """A batch's jobs once its rankings are there, each with the stored calls that may answer it."""
        trial, questions = batch.trial, batch.questions
        repeats = self._record.experiment.repeats
        if trial.config.system is not None:
            prepared: Prepared | None = await asyncio.to_thread(
                prepare_system_jobs, self._store, trial, questions, repeats
            )
        elif trial.config.route is not None:
            prepared = await self._prepare_route(batch)
        else:
            prepared = await self._prepare_end(batch, trial)
        if prepared is None:
            return []
        jobs, stored_calls = prepared
        probes = len(batch.probes) - sum(job.probe is not None for job in jobs)
        already = len(questions) * repeats - sum(job.probe is None for job in jobs)
        self.progress["generate"].add(already + probes)
        self.progress["score"].add(already * self._scores_each + probes)
        self.progress.answers += already
        provider = provider_key(trial.config.model)
        self.progress.time_left.expect(provider, -already - probes)
        self.progress.time_left.begin(provider)
        self._jobs_left[trial.id] = len(jobs)
        if not jobs:
            await self._finish_batch(batch)
        elif trial.state not in ("running", "done") and trial.id not in self._begun:
            self._begun.add(trial.id)
            await self._writer.do(lambda session: set_trial_states(session, [trial.id], "running"))
        return [(batch, job, stored_calls) for job in jobs]

    async def _prepare_end(self, batch: TrialBatch, trial: TrialRecord) -> Prepared | None:
        """The jobs of one configuration once all that it asks is there; None where a model that it needs
        cannot be used."""
        try:
            trial = replace(trial, config=await self._trainings.ready_config(trial.config))
        except NotTrained as failed:
            self._unusable.add(trial.config.model.name, failed.message)
            return None
        group = await self._retrieval.ready(trial.config.retrieval)
        if group.unusable:
            self._unusable.add(group.asks, group.unusable)
            return None
        return await asyncio.to_thread(
            prepare_jobs,
            self._store,
            trial,
            batch.questions,
            self._record.experiment.repeats,
            self._record.today,
            group.keys,
            self._texts,
            group.problems,
            batch.probes,
            self._injections,
            await self._find_room(trial.config, [item.question.history for item in batch.questions]),
            self._examples,
            await self._find_trained_on(trial.config.model),
        )

    async def _find_trained_on(self, model: Model) -> frozenset[str]:
        """The questions of this experiment that a model was trained on, once it is trained."""
        if model.name not in self._trained_on:
            found = await asyncio.to_thread(find_all_trained_on, self._store, [model])
            asked = frozenset(item.question.id for item in self._questions if item.part != PROBE)
            for warning in describe_overlaps(found, asked):
                self.progress.problem(warning)
            self._trained_on[model.name] = found.get(model.name, frozenset()) & asked
        return self._trained_on[model.name]

    async def _prepare_route(self, batch: TrialBatch) -> Prepared | None:
        """The jobs of a route, from those of its ends. Their calls are shared with trials of the ends."""
        route = batch.trial.config.route
        assert route is not None
        ends = [await self._prepare_end(batch, trial) for trial in trials_of_ends(batch.trial)]
        cheap, strong = ends
        if cheap is None or strong is None:
            return None
        jobs = await asyncio.to_thread(join_jobs, route, batch.questions, cheap[0], strong[0])
        return jobs, {**cheap[1], **strong[1]}

    async def _find_room(self, config: Config, histories: Sequence[History]) -> PromptRoom:
        try:
            return await self._rooms.of(config, self._caller, histories, self._examples)
        except ProviderUnusable:  # its calls will say so
            return PromptRoom(config.model.context_window)

    async def _carry_out(self, backlog: Backlog, item: tuple[TrialBatch, Job, StoredCalls]) -> None:
        batch, job, stored_calls = item
        try:
            asked = await self._ask_as_needed(job, stored_calls, batch.trial.config.route)
        except ProviderUnusable as unusable:  # the job is left for when the experiment is resumed
            self._unusable.add(job.trial.config.model.name, str(unusable))
            return
        job, call, reused = asked.job, asked.call, asked.reused
        if job.trial.config.system is not None and call is not None and call.outcome == "ok":
            job = await asyncio.to_thread(add_passages, job, call, self._system_passages, self._injections)
        if job.ranking is not None and job.unstored is not None:
            await self._writer.add_rankings([job.ranking], list(job.unstored))
        answer, stored = await self._answers.do(replace(asked, job=job))
        if self._judging is None or job.probe is not None:
            await self._commit(batch, job, answer, reused, stored)
        else:
            await backlog.add(self._judge(batch, job, reply_text(call), answer, reused, stored))

    async def _judge(
        self, batch: TrialBatch, job: Job, text: str | None, answer: NewAnswer, reused: bool, stored: int
    ) -> None:
        """An answer is stored with all its scores or not at all: after a stop nothing is half judged."""
        assert self._judging is not None
        if job.trained_on:  # a judge is not paid for what does not count
            judged, stored_too = uncounted_scores(self._judged_names), 0
        else:
            judged, stored_too = await self._judging.score(context_of(job, text))
        whole = replace(answer, scores=(*answer.scores, *judged))
        await self._commit(batch, job, whole, reused, stored + stored_too)

    async def _commit(
        self, batch: TrialBatch, job: Job, answer: NewAnswer, reused: bool, stored: int
    ) -> None:
        await self._writer.add_answer(answer)
        self.progress["generate"].add(1, reused=int(reused))
        self.progress["score"].add(len(answer.scores), reused=stored)
        self.progress.answers += job.probe is None
        self.progress.time_left.note(provider_key(batch.trial.config.model), 1, new=int(not reused))
        self._unsummarised.add(job.trial.id)
        self._jobs_left[job.trial.id] -= 1
        if not self._jobs_left[job.trial.id]:
            await self._finish_batch(batch)

    async def _ask_as_needed(self, job: Job, stored_calls: StoredCalls, route: Route | None) -> AskedJob:
        """The job as it was asked; of a cascade, that of the end whose answer counts."""
        first = await self._ask_with_base(job, stored_calls)
        if route is None or job.stronger is None:
            return first
        if not await asyncio.to_thread(must_escalate, route, first):
            return first
        second = await self._ask_with_base(escalated(job.stronger), stored_calls)
        return replace(second, cheap=first)

    async def _ask_with_base(self, job: Job, stored_calls: StoredCalls) -> AskedJob:
        """The job as it was asked, with its call and that of its base."""
        base = None
        if job.base is not None:  # a probe: what it is compared with is stored, under way, or asked now
            asked, base, _ = await self._ask(job.base, stored_calls)
            job = replace(job, base=asked)
        if base is not None and base.outcome == "failed":
            return AskedJob(
                job, base, False, base
            )  # nothing to compare with: the probe fails for the same reason
        job, call, reused = await self._ask(job, stored_calls)
        return AskedJob(job, call, reused, base)

    async def _ask(self, job: Job, stored_calls: StoredCalls) -> tuple[Job, CallRecord | None, bool]:
        """The job as it was asked, its call, and whether that was stored or under way already; without a
        request, no call. A prompt that the server refuses as too long is sent again with fewer passages."""
        while True:
            if job.request is None:
                return job, None, False
            call, reused = await self._caller.call(
                job.trial.config.model,
                job.request,
                kind="generate",
                repeat=job.repeat,
                stored_calls=stored_calls,
            )
            if call.outcome == "ok" or call.error_kind != "context":
                return job, call, reused
            shorter = await asyncio.to_thread(shorten_job, job, call.error, self._record.today)
            if shorter is None:
                return job, call, reused
            job = shorter

    async def _finish_batch(self, batch: TrialBatch) -> None:
        if batch.completes:
            await self._summarise([batch.trial.id], done=True)
            self.progress.trials_done += 1
        else:
            self._unsummarised.add(batch.trial.id)

    async def _summarise(self, trial_ids: Sequence[str], *, done: bool = False) -> None:
        for trial_id in trial_ids:
            async with self._summarising:  # one read before an answer must not be written after one with it
                self._unsummarised.discard(trial_id)
                summaries = await self._run_statistics(summarise_trial, self._store, trial_id)
                await self._writer.do(
                    partial(_write_summaries, trial_id=trial_id, summaries=summaries, done=done)
                )

    async def _compare(self, *, final: bool = False) -> None:
        """Store which trials differ by the search answers so far, and at the end what each axis does."""
        async with self._comparing:
            try:
                work = partial(compare_experiment, with_effects=final)
                findings = await self._run_statistics(work, self._store, self._record.id)
            except StoreError:
                raise
            except Exception:  # a bug in statistics must not cost a paid run its answers; the log tells
                log.exception("Comparing the trials of experiment %s failed", self._record.id)
                return
            await self._writer.do(findings.write)
            if LIKED in self._record.experiment.objective.names:  # pages show what was estimated last
                await self._run_statistics(refresh_liked, self._store, self._record.id)
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
        loop, is_requested = (
            asyncio.get_running_loop(),
            partial(is_stop_requested, self._store, self._record.id),
        )
        with ThreadPoolExecutor(1, thread_name_prefix="listening") as executor:
            while True:
                if await loop.run_in_executor(executor, is_requested):
                    self._stop_signal.set("stopped", "Stopped by you.")
                await asyncio.sleep(LISTEN_SECONDS)

    def _get_doubt(self) -> Doubt:
        """Only this executor works on the experiment: what others still claim for it died with them."""
        mine = self._claims.participant.name
        return get_doubt(self._store, self._record.id, is_lost=lambda holder: holder != mine)

    async def _beat(self) -> None:
        """Renew the lease, publish progress, hear of a new budget, refresh summaries."""
        summarised = time.monotonic()
        while True:
            self.progress.providers = {
                provider: limits.state_in_words
                for provider, limits in self._opened.all_limits.items()
                if limits.state_in_words
            } | self._unusable.in_words
            for provider, limits in self._opened.all_limits.items():
                if limits.dead_seconds > GIVE_UP_SECONDS:
                    self._stop_signal.set("paused", f"{provider}: {limits.state_in_words}")
            if self._on_progress:
                self._on_progress(self.progress)
            _, cap = await asyncio.to_thread(heartbeat, self._store, self._lease, self.progress.to_json())
            await self._claims.beat()
            if cap is not None:
                self._budget.doubtful = (await asyncio.to_thread(self._get_doubt)).usd
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
