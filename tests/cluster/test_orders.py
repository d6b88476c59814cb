"""How batches become orders, and what a worker says that cannot carry one out.
Knows nothing about Dask."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model, tiny  # noqa: F401
from workbench.cluster import worker_process
from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.orders import (
    LARGEST_ORDER,
    SMALLEST_ORDER,
    AnswerOrder,
    RankOrder,
    RunAddress,
    cut_batch,
    order_size,
)
from workbench.cluster.worker_process import WorkerProcess, carry_out_order, close_run
from workbench.cluster.worker_run import WorkerRun
from workbench.corpus.types import Question
from workbench.pipeline import fingerprints
from workbench.run.search_loop import TrialBatch
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.store.experiments import get_experiment
from workbench.store.leases import claim, heartbeat
from workbench.store.ledger import get_spend
from workbench.store.processes import owner_name
from workbench.store.questions import get_questions
from workbench.store.records import ExperimentQuestion, Lease
from workbench.store.sharing.participants import BEAT_SECONDS, ParticipantWatch, list_participants
from workbench.store.trials import get_trials


@given(count=st.integers(0, 60), size=st.integers(1, 20), repeats=st.integers(1, 5))
def test_the_pieces_of_a_batch_are_the_batch(count: int, size: int, repeats: int) -> None:
    questions = [ExperimentQuestion(Question(str(n), "?"), "search", n, "") for n in range(count)]
    batch = TrialBatch(None, questions, completes=True)  # type: ignore[arg-type]
    pieces = cut_batch(batch, size, repeats)
    assert [item for piece in pieces for item in piece.questions] == questions
    assert all(0 < len(piece.questions) * repeats <= max(size, repeats) for piece in pieces)


@given(answers=st.integers(0, 10**6), workers=st.integers(0, 500))
def test_orders_are_never_large(answers: int, workers: int) -> None:
    assert SMALLEST_ORDER <= order_size(answers, workers) <= LARGEST_ORDER


def order_of(runner: Runner, written: ExperimentFile | None = None) -> RankOrder:
    id_ = runner.create(written or experiment())
    lease = claim(runner.store, owner_name(), experiment_id=id_)
    assert lease is not None
    address = RunAddress.of(lease, runner.settings, code_fingerprint())
    return RankOrder(address, get_trials(runner.store, id_)[0].config.retrieval, ())


def change(order: RankOrder, tmp_path: Path, what: str) -> RankOrder:
    run = order.run
    if what == "other code":
        return replace(order, run=replace(run, code="0.0.9 abc"))
    if what == "no store":
        return replace(order, run=replace(run, home=tmp_path))
    if what == "another store":
        return replace(order, run=replace(run, lease=replace(run.lease, epoch=99)))
    (run.corpora / "tiny").rename(tmp_path / "elsewhere")
    return order


def test_what_changes_figures_is_as_the_coordinator_has_it_in_a_shared_store_too(settings: Settings) -> None:
    lease = Lease("e", owner_name(), 1)
    its = replace(
        settings, database_url="postgresql://u@h/d", compute_usd_per_hour=3.0, vector_index="chroma"
    )
    taken = RunAddress.of(lease, its, "code").settings(settings)
    assert (taken.compute_usd_per_hour, taken.vector_index, taken.home) == (3.0, "chroma", settings.home)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("other code", "the run needs 0.0.9 abc"),
        ("no store", "There is no store at"),
        ("another store", "does not know that experiment"),
        ("no corpus", "does not find the corpus tiny"),
    ],
)
def test_a_worker_that_lacks_something_says_what_and_what_to_do(
    tiny: Settings,  # noqa: F811
    tmp_path: Path,
    what: str,
    words: str,
) -> None:
    order = change(order_of(Runner(tiny)), tmp_path, what)
    outcome = carry_out_order(order)
    assert words in outcome.refused and not outcome.bug
    asyncio.run(close_run(order.run.lease))


def test_a_process_is_one_worker_however_many_threads_bring_its_first_orders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow:
        def __init__(self) -> None:
            time.sleep(0.02)

    monkeypatch.setattr(worker_process, "WorkerProcess", Slow)
    monkeypatch.setattr(worker_process, "_worker", cache(lambda: worker_process.WorkerProcess()))
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: worker_process.this_worker(), range(4)))
    assert len(set(map(id, made))) == 1


@pytest.mark.parametrize("hours", [1.0, -1.0])
def test_a_worker_whose_clock_is_an_hour_off_works_with_the_others_on_postgresql(
    tiny: Settings,  # noqa: F811
    postgresql_url: str,
    monkeypatch: pytest.MonkeyPatch,
    hours: float,
) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", postgresql_url)
    monkeypatch.setenv("WORKBENCH_CORPORA", str(tiny.corpora))
    runner = Runner(replace(tiny, database_url=postgresql_url))
    with ProtocolServer() as server:
        ranking = order_of(runner, experiment(models=[local_model(server)]))
        lease, right = ranking.run.lease, time.time
        monkeypatch.setattr(time, "time", lambda: right() + 3600 * hours)
        with coordinating(runner, lease):
            outcome = carry_out_order(answers_of(runner, ranking, limit=None))
        assert (outcome.left, outcome.stopped, outcome.refused) == (0, None, "")
        assert outcome.new == len(server.posts) > 1
        monkeypatch.undo()
        (worker,) = list_participants(runner.store)
        assert abs(worker.beat_at - time.time()) < 600
        assert ParticipantWatch().find_gone([worker]) == []
        assert get_experiment(runner.store, lease.experiment_id).state == "running"
    asyncio.run(close_run(lease))


@contextmanager
def coordinating(runner: Runner, lease: Lease) -> Iterator[None]:
    """Renew a lease, as its holder does."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(BEAT_SECONDS):
            heartbeat(runner.store, lease, None)

    with ThreadPoolExecutor(1) as thread:
        renewing = thread.submit(renew)
        try:
            yield
        finally:
            done.set()
            renewing.result()


def answers_of(runner: Runner, ranking: RankOrder, limit: int | None) -> AnswerOrder:
    """The answers of the first trial to so many questions, which are ranked for it."""
    id_ = ranking.run.lease.experiment_id
    asked = [item for item in get_questions(runner.store, id_) if item.part == "search"]
    ids = tuple(item.question.id for item in asked[:limit])
    ranked = carry_out_order(replace(ranking, question_ids=ids)).ranked
    assert ranked is not None
    trial = get_trials(runner.store, id_)[0]
    return AnswerOrder(ranking.run, trial, ids, (), {fingerprints.group(ranking.retrieval): ranked})


def test_a_run_that_is_closed_waits_for_its_calls_and_stores_them(tiny: Settings) -> None:  # noqa: F811
    with ProtocolServer(seconds_each=0.5) as server:
        runner = Runner(tiny)
        ranking = order_of(runner, experiment(models=[local_model(server)]))
        lease = ranking.run.lease
        answering = answers_of(runner, ranking, limit=1)
        with ThreadPoolExecutor(1) as thread:
            outcome = thread.submit(carry_out_order, answering)
            while not server.in_flight:
                time.sleep(0.01)
            asyncio.run(close_run(lease))
            assert outcome.result(timeout=5).stopped == ("interrupted", "The run ends.")
        assert get_spend(runner.store, lease.experiment_id).calls == len(server.posts) == 1


def test_a_worker_that_ends_waits_for_a_run_that_is_being_closed_and_stores_its_calls(
    tiny: Settings,  # noqa: F811
) -> None:
    with ProtocolServer(seconds_each=0.5) as server:
        runner, worker = Runner(tiny), WorkerProcess()
        ranking = order_of(runner, experiment(models=[local_model(server)]))
        lease = ranking.run.lease
        answering = answers_of(runner, ranking, limit=1)

        async def close_and_end() -> None:
            closing = asyncio.create_task(worker.close(lease))
            await asyncio.sleep(0)
            await worker.end()
            assert get_spend(runner.store, lease.experiment_id).calls == len(server.posts) == 1
            await closing

        with ThreadPoolExecutor(1) as thread:
            outcome = thread.submit(worker.carry_out, answering)
            while not server.in_flight:
                time.sleep(0.01)
            asyncio.run(close_and_end())
            assert outcome.result(timeout=5).stopped == ("interrupted", "The run ends.")
    asyncio.run(close_run(lease))


def test_a_run_that_cannot_be_closed_does_not_keep_a_worker_that_ends_from_closing_the_others(
    tiny: Settings,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ProtocolServer(seconds_each=0.5) as server:
        runner, worker = Runner(tiny), WorkerProcess()
        rankings = [
            order_of(runner, experiment(name=name, models=[local_model(server, temperature=t)]))
            for name, t in (("one", 0.1), ("two", 0.2))
        ]
        broken, sound = (ranking.run.lease for ranking in rankings)
        right = WorkerRun.close

        async def close(run: WorkerRun) -> None:
            await right(run)
            if run.address.lease == broken:
                raise RuntimeError("It is not closed.")

        answering = [answers_of(runner, ranking, limit=1) for ranking in rankings]
        for lease in (broken, sound):
            asyncio.run(close_run(lease))
        assert worker.carry_out(answering[0]).new == 1
        with ThreadPoolExecutor(1) as thread:
            outcome = thread.submit(worker.carry_out, answering[1])
            while not server.in_flight and not outcome.done():
                time.sleep(0.01)
            monkeypatch.setattr(WorkerRun, "close", close)
            asyncio.run(worker.end())
            assert get_spend(runner.store, sound.experiment_id).calls == 1
            assert outcome.result(timeout=5).stopped == ("interrupted", "The worker ends.")


def test_a_worker_that_ends_does_not_open_a_run_anew_for_an_order_that_waits_for_its_end(
    tiny: Settings,  # noqa: F811
) -> None:
    with ProtocolServer(seconds_each=0.5) as server:
        runner, worker = Runner(tiny), WorkerProcess()
        ranking = order_of(runner, experiment(models=[local_model(server)]))
        lease = ranking.run.lease
        first, more = (answers_of(runner, ranking, limit=limit) for limit in (1, None))
        with ThreadPoolExecutor(2) as threads:
            threads.submit(worker.carry_out, first)
            while not server.in_flight:
                time.sleep(0.01)
            worker.stop(lease)
            outcome = threads.submit(worker.carry_out, more)
            while worker._runs:  # until that order closes the run, to open it anew
                time.sleep(0.01)
            asyncio.run(worker.end())
            assert get_spend(runner.store, lease.experiment_id).calls == len(server.posts) == 1
            assert outcome.result(timeout=5).stopped == ("interrupted", "The worker ends.")
        assert len(server.posts) == 1
    asyncio.run(close_run(lease))
