"""Starts or resumes a claimed experiment: opens clients, runs the executor, writes how it ended.
Knows nothing about processes: the command line and the worker both call it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from workbench.calls.claims import take_over_gone
from workbench.calls.clients import Opened
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.stop_signal import StopSignal
from workbench.calls.trusted_hosts import load_trust, require_trust
from workbench.corpus.types import Corpus
from workbench.errors import (
    CodeNotAllowed,
    CorpusError,
    DiskFull,
    HostNotConfirmed,
    IndexBuildError,
    LeaseLost,
    MissingPackage,
    StoreError,
    WorkbenchError,
)
from workbench.providers.open_model import open_chat_model, open_embedding_model, open_reranker
from workbench.providers.request_headers import as_test
from workbench.providers.server_facts import ask_server
from workbench.providers.trust import Trust
from workbench.results.rated_texts import attach_ratings
from workbench.results.summarise import sum_up_judging
from workbench.run.answering import Elsewhere
from workbench.run.background_process import BackgroundRunner, run_in_thread
from workbench.run.corpus_of_experiment import read_corpus
from workbench.run.examples_of_experiment import ExamplesChanged
from workbench.run.executor import HEARTBEAT_SECONDS, Executor
from workbench.run.progress import Progress
from workbench.run.run_context import RunContext
from workbench.run.trainings import Train
from workbench.scoring.judged import find_judged
from workbench.scoring.ragas_packages import require_ragas
from workbench.settings import Settings
from workbench.space.code_needed import code_of_experiment
from workbench.space.scores import expand_score_names
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.leases import finish, heartbeat
from workbench.store.questions import get_questions
from workbench.store.records import ExperimentRecord, Lease, State
from workbench.store.trials import count_trials
from workbench.tuning.train import train
from workbench.user_code.permission import require, use_settings

log = logging.getLogger(__name__)

SMALL = 2_000  # answers


def new_client_pool(trust: Trust) -> Opened:
    """Clients for measuring: systems hear that no user asks (`as_test`)."""
    return Opened(
        lambda model: open_chat_model(as_test(model), trust),
        partial(open_embedding_model, trust=trust),
        partial(open_reranker, trust=trust),
        partial(ask_server, trust=trust),
    )


async def carry_out(
    store: Store,
    settings: Settings,
    lease: Lease,
    *,
    stop_signal: StopSignal | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    pool: Callable[[Trust], Opened] = new_client_pool,
    run_statistics: BackgroundRunner = run_in_thread,
    train: Train = train,
    elsewhere: Elsewhere | None = None,
) -> State:
    """Run a claimed experiment to an end state and write it. Returns the state; raises only for a bug,
    after having written "failed", and StoreError when not even that could be written.

    elsewhere: where its work is carried out; None for this process.
    """
    stop_signal = StopSignal() if stop_signal is None else stop_signal  # an unset StopSignal is false
    started = time.monotonic()
    use_settings(settings)
    record = get_experiment(store, lease.experiment_id)
    trust = load_trust(store)
    opened = pool(trust)
    bug: Exception | None = None
    progress: Progress | None = None
    try:
        require_trust(store, record.experiment)
        require(code_of_experiment(record.experiment))
        score_names = tuple(expand_score_names(record.experiment.scores))
        judged = find_judged(record.experiment.scores, record.experiment.judge)
        require_ragas(score_names, judged)
        async with _held(store, lease, stop_signal):
            corpus = await asyncio.to_thread(_reload_corpus, record, settings, store)
        questions = get_questions(store, record.id)
        take_over_gone(store)
        run = RunContext.open(
            store, settings, record, corpus, questions, score_names, judged, opened, stop_signal,
            GroupCommitWriter(store, lease), "run" if elsewhere is None else "coordinator",
        )  # fmt: skip
        progress = run.progress
        executor = Executor(
            run,
            lease,
            on_progress,
            run_statistics=run_in_thread if _is_small(store, record, len(questions)) else run_statistics,
            train=train,
            elsewhere=elsewhere,
        )
        await executor.run()
        state, message = stop_signal.state or "done", stop_signal.message
    except LeaseLost as error:
        log.warning("%s", error)
        return get_experiment(store, record.id).state
    # A full disk, a locked or damaged file, a host or code that needs a yes, a corpus or examples that are
    # gone, other ones, or only on another machine: it goes on when that is mended.
    except (
        StoreError, IndexBuildError, MissingPackage, HostNotConfirmed, CodeNotAllowed,
        CorpusError, ExamplesChanged,
    ) as error:  # fmt: skip
        state, message = "paused", str(error)
    except WorkbenchError as error:
        state, message = "failed", str(error)
    except Exception as error:  # a bug: the experiment says so, the traceback goes to the log
        log.exception("Experiment %s failed", record.id)
        state, message, bug = "failed", f"{type(error).__name__}: {error}", error
    finally:
        await opened.close()
    seconds, last = time.monotonic() - started, progress.to_json() if progress else None
    if last is not None:
        with suppress(StoreError):  # the sum of a moment ago stays
            last["judging"] = await asyncio.to_thread(sum_up_judging, store, record.id)
            await asyncio.to_thread(attach_ratings, store, record.id)
    try:
        await asyncio.to_thread(finish, store, lease, state, message, seconds=seconds, progress=last)
    except LeaseLost as error:
        log.warning("%s", error)
        return get_experiment(store, record.id).state
    except DiskFull:  # there may still be room for a few words
        state = "paused"
        await asyncio.to_thread(finish, store, lease, state, "The disk is full.", seconds=seconds)
    if bug is not None:
        raise bug
    return state


def _is_small(store: Store, record: ExperimentRecord, questions: int) -> bool:
    """Whether a process for statistics would take longer to begin than it saves."""
    trials = sum(count_trials(store, record.id).values())
    return not record.experiment.search.proposes and trials * questions * record.experiment.repeats < SMALL


@asynccontextmanager
async def _held(store: Store, lease: Lease, stop_signal: StopSignal) -> AsyncIterator[None]:
    """Keep the lease while documents are read, which may take longer than it lasts, and hear of a stop."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            stop, _ = await asyncio.to_thread(heartbeat, store, lease, None)
            if stop:
                stop_signal.set("stopped", "Stopped by you.")

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


class CorpusChanged(CorpusError):
    """The documents are not those the experiment was planned with."""


def _reload_corpus(record: ExperimentRecord, settings: Settings, store: Store) -> Corpus:
    corpus = read_corpus(record, settings, store)
    if corpus.version != record.corpus_version:
        raise CorpusChanged(
            f"The documents of {record.experiment.corpus!r} have changed since this experiment was created.",
            hint="Put them back as they were and resume, or run its file again: a new experiment starts, "
            "and everything that is still valid is reused.",
        )
    return corpus
