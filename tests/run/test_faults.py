"""What happens to a run when its worker is killed or stopped, the disk is full, or files are damaged.
Knows nothing about how the engine copes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks import runs
from benchmarks.faults import CONCURRENCY, disturbed, kill_at, look, undisturbed
from benchmarks.latency_server import LatencyServer
from tests.forked import Command
from tests.protocol_server import Cut, ProtocolServer, Refuse, Stall
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.calls.stop_signal import StopSignal
from workbench.errors import StoreError
from workbench.results.status import get_status
from workbench.run import executor
from workbench.store import leases
from workbench.store.answers import find_answers
from workbench.store.leases import claim, request_stop
from workbench.worker import lease_watch
from workbench.worker.process import WorkerProcess


class ForkedCommands(runs.Workplace):
    """A home whose commands start within milliseconds."""

    def start(self, *arguments: str, **_: Any) -> Command:  # type: ignore[override]
        return Command(arguments, self.folder, os.environ | self.variables)


@contextmanager
def forked_commands() -> Iterator[ForkedCommands]:
    with tempfile.TemporaryDirectory(prefix="workbench-faults-") as folder:
        yield ForkedCommands(Path(folder))


def test_a_run_that_is_killed_again_and_again_loses_nothing_and_pays_again_only_what_was_in_flight() -> None:
    with LatencyServer() as server:
        calm = undisturbed(server, make_place=forked_commands)
        run = disturbed(server, calm, kills=2, chance=random.Random(1), make_place=forked_commands)
    assert run.lost == 0 and run.beyond == 0 and max(run.in_flight) <= CONCURRENCY
    assert run.differs == "" and len(run.in_flight) == 2


def with_contexts(base_url: str) -> dict[str, Any]:
    """Chunks whose contexts a served model writes, all of them before the first question is asked."""
    limits = {"concurrency": CONCURRENCY}
    return runs.experiment(
        corpus=str(runs.PROJECT / "corpora" / "first-steps"), prompts=runs.prompts(1),
        retrieval=runs.retrieval(
            chunk_tokens=[48], chunk_overlap=[0], context=["written"],
            context_model=runs.served_model(base_url, "stub-b", limits=limits),
        ),
        models=[runs.served_model(base_url, limits=limits)],
    )  # fmt: skip


def test_a_run_that_is_killed_while_contexts_are_written_pays_again_only_what_was_in_flight() -> None:
    with LatencyServer() as server, forked_commands() as place:
        server.behave(latency_seconds=0.1, keep_bodies=True)
        path = str(place.write(with_contexts(server.base_url)))
        kill_at(place.start("run", path, "--json"), server, 2 * CONCURRENCY, 0.0)
        seen = look(place)
        assert seen is not None and all("<passage>" in json.dumps(body) for body in server.bodies())
        in_flight = server.count() - seen.calls
        place.command("run", path)
        ended, bodies = look(place), [json.dumps(body) for body in server.bodies()]
    distinct = set(bodies)
    assert ended is not None and ended.state == "done" and 0 < seen.calls < ended.calls
    assert len(bodies) - len(distinct) <= in_flight <= CONCURRENCY
    assert ended.calls == len(distinct)


def patient(concurrency: int) -> dict[str, Any]:
    """Limits under which a busy machine is no time-out: it would be asked again, and counted."""
    return {"concurrency": concurrency, "timeout_seconds": 60}


def count_generations(runner: Runner) -> int:
    """Calls in the ledger that a server was asked for; the embedded encoder's are left out."""
    with sqlite3.connect(runner.store.path) as connection:
        found = connection.execute("SELECT count(*) FROM call WHERE kind = 'generate'").fetchone()
    connection.close()
    return int(found[0])


class Clocked:
    """A stop signal as a user's stop sets it, and when that was."""

    def __init__(self) -> None:
        self.at = float("inf")
        self._stop_signal: StopSignal | None = None

    def make(self) -> StopSignal:
        self._stop_signal, self._loop = StopSignal(), asyncio.get_running_loop()
        return self._stop_signal

    def stop(self) -> None:
        assert self._stop_signal is not None
        self.at = time.monotonic()
        self._loop.call_soon_threadsafe(self._stop_signal.set, "stopped", "Stopped by you.")


def test_after_a_stop_no_new_call_is_made_and_those_in_flight_may_finish(runner: Runner) -> None:
    sent: list[float] = []

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        sent.append(time.monotonic())
        return Stall(2.5)

    with ProtocolServer(plan=plan) as server:
        experiment_id = runner.create(experiment(models=[local_model(server, limits=patient(3))]))
        asked: list[float] = []

        def stop() -> None:
            while len(sent) < 3:
                time.sleep(0.05)
            request_stop(runner.store, experiment_id)
            asked.append(time.monotonic())

        thread = threading.Thread(target=stop)
        thread.start()
        result = runner.run(experiment_id)
        ended = time.monotonic()
        thread.join()
        assert result.state == "stopped" and max(sent) <= asked[0] + 2.0
        # All that was sent was waited for and is stored.
        assert count_generations(runner) == len(server.posts) >= 3
        assert ended - asked[0] < executor.GRACE_SECONDS


def test_calls_that_do_not_come_back_in_time_are_cancelled_and_asked_again(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert executor.GRACE_SECONDS == 10.0
    monkeypatch.setattr(executor, "GRACE_SECONDS", 0.5)
    clocked, slow = Clocked(), [True]

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        if slow[0] and number == 3:
            clocked.stop()
        return Stall(30) if slow[0] and number > 1 else None

    with ProtocolServer(plan=plan) as server:
        model = local_model(server, limits={"concurrency": 2, "timeout_seconds": 60})
        stopped = runner.run(experiment(models=[model]), make_stop_signal=clocked.make)
        assert stopped.state == "stopped" and time.monotonic() - clocked.at < 5
        slow[0] = False
        assert runner.run(stopped.id).state == "done"
        again = len(server.posts) - len({json.dumps(b) for b in server.posts})
    assert again <= 2


def test_sent_and_not_yet_committed_is_never_more_than_the_limit(runner: Runner) -> None:
    open_calls: list[int] = []

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        open_calls.append(number - count_generations(runner))
        return Stall(0.02)

    with ProtocolServer(plan=plan) as server:
        runner.run(experiment(models=[local_model(server, limits=patient(3))], repeats=3))
    assert len(open_calls) > 30 and max(open_calls) <= 3


def test_the_limit_holds_while_calls_are_refused_cut_and_asked_again(runner: Runner) -> None:
    odd = {1: Refuse(429), 2: Refuse(503), 3: Cut(), 6: Refuse(429), 9: Cut()}
    with ProtocolServer(plan=lambda n, path, body: odd.get(n, Stall(0.05))) as server:
        result = runner.run(experiment(models=[local_model(server, limits={"concurrency": 4})]))
        assert server.most_in_flight <= 4
    assert result.state == "done" and result.status["answers"] == 14


def test_two_workers_share_one_store(runner: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.02)) as server:
        model = local_model(server, limits=patient(4))
        ids = [
            runner.create(experiment(name=name, models=[model], prompts=prompts))
            for name, prompts in (("one", ["concise", "cited"]), ("two", ["cited", "concise"]))
        ]
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(runner.run, ids))
        posts, distinct = len(server.posts), len({json.dumps(body) for body in server.posts})

    def said(experiment_id: str) -> set[tuple[str, str, str]]:
        found = find_answers(runner.store, experiment_id, limit=None)
        return {(a.trial_name, a.question.id, a.text) for a in found}

    assert [r.state for r in results] == ["done", "done"] and said(ids[0]) == said(ids[1])
    assert count_generations(runner) == posts == distinct


def test_another_live_worker_takes_over_from_one_that_fell_silent(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lease_watch.LEASE_SECONDS <= 25  # so that with its polling a take-over comes within 30 s
    monkeypatch.setattr(lease_watch, "LEASE_SECONDS", 1.0)
    experiment_id = runner.create(experiment())
    worker = WorkerProcess(runner.store, runner.settings, idle_seconds=6)
    assert claim(runner.store, "another-host:1:w", experiment_id=experiment_id) is not None
    began = time.monotonic()
    asyncio.run(worker.run())
    assert get_status(runner.store, experiment_id)["state"] == "done"
    assert time.monotonic() - began >= 1.0


@contextmanager
def pragma(runner: Runner, statement: str) -> Iterator[None]:
    """Every connection that writes runs this first."""

    def run(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(statement)

    event.listen(runner.store.writer, "connect", run)
    runner.store.writer.dispose()
    try:
        yield
    finally:
        event.remove(runner.store.writer, "connect", run)
        runner.store.writer.dispose()


def test_a_full_disk_pauses_and_nothing_that_was_paid_is_bought_again(runner: Runner) -> None:
    with ProtocolServer() as server:
        model = local_model(server, limits=patient(2))
        experiment_id = runner.create(experiment(models=[model], repeats=4))
        with sqlite3.connect(runner.store.path) as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.close()
        with pragma(runner, f"PRAGMA max_page_count={pages + 8}"):
            paused = runner.run(experiment_id)
        assert paused.state == "paused" and "full" in paused.status["message"]
        committed, sent = count_generations(runner), len(server.posts)
        assert committed > 0 and sent - committed <= 2
        assert runner.run(experiment_id).state == "done"
        assert count_generations(runner) == len(server.posts) - (sent - committed)


def test_a_locked_database_is_waited_for_and_then_named(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 1.0)  # the holder, this process, lives on
    locked = threading.Event()

    def hold(seconds: float) -> None:
        connection = sqlite3.connect(runner.store.path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        locked.set()
        time.sleep(seconds)
        connection.execute("ROLLBACK")
        connection.close()

    def lock_at_third(seconds: float) -> Callable[[int, str, dict[str, Any]], Any]:
        def plan(number: int, path: str, body: dict[str, Any]) -> Any:
            if number == 3:
                threading.Thread(target=hold, args=(seconds,)).start()
                locked.wait()

        return plan

    with ProtocolServer(plan=lock_at_third(0.7)) as server:
        result = runner.run(experiment(name="short", models=[local_model(server)]))
    assert result.state == "done" and result.status["failed_answers"] == 0

    locked.clear()
    with ProtocolServer(plan=lock_at_third(1.5)) as server:
        model = local_model(server, name="other", revision="2", limits={"concurrency": 2})
        experiment_id = runner.create(experiment(name="long", models=[model]))
        with pragma(runner, "PRAGMA busy_timeout=400"):
            try:
                said = runner.run(experiment_id).status["message"]
            except StoreError as error:  # not even the state could be written: it shows as interrupted
                said = str(error)
        assert "locked" in said
        time.sleep(1.5)
        assert runner.run(experiment_id).state == "done"
        again = len(server.posts) - len({json.dumps(b) for b in server.posts})
    assert again <= 2


def _delete(index: Path) -> None:
    shutil.rmtree(index)


def _truncate(index: Path) -> None:
    for file in index.rglob("*"):
        if file.is_file():
            with file.open("r+b") as handle:
                handle.truncate(file.stat().st_size // 2)


@pytest.mark.parametrize("damage", [_delete, _truncate])
def test_an_index_damaged_in_mid_run_is_built_again_and_no_ranking_is_wrong(
    chroma_runner: Runner, damage: Callable[[Path], None]
) -> None:
    damaged: list[Path] = []

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        # A query transform of the second group: its index is open, and not searched yet.
        if on[0] and not damaged and "hypothetical" in body["model"]:
            damaged.extend(p.parent for p in chroma_runner.settings.indexes.glob("*/complete.json"))
            for index in damaged:
                damage(index)

    on = [False]
    with ProtocolServer(plan=plan, models=("test-chat", "hypothetical")) as server:
        retrieval = {
            "splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["dense"], "top_k": [2],
            "query": ["plain", "hyde"], "query_model": local_model(server, name="h", model="hypothetical"),
        }  # fmt: skip

        def run(name: str) -> dict[tuple[str, str], list[str]]:
            result = chroma_runner.run(
                experiment(name=name, models=[local_model(server)], retrieval=retrieval)
            )
            assert result.state == "done" and result.status["failed_answers"] == 0
            found = find_answers(chroma_runner.store, result.id, limit=None)
            return {(a.trial_name, a.question.id): [p.key for p in a.passages] for a in found}

        whole = run("whole")
        with sqlite3.connect(chroma_runner.store.path) as connection:  # as if nothing had been ranked yet
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("DELETE FROM ranking")
            connection.execute("DELETE FROM call")
        connection.close()
        on[0] = True
        assert run("damaged") == whole
    assert damaged
