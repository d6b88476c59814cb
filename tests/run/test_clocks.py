"""A wall clock that jumps by hours: leases are neither lost nor held for ever, and no call is paid twice.
Knows nothing about how time is kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.protocol_server import ProtocolServer, Stall
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.providers.asked_wait import retry_after_seconds
from workbench.run.answering import Answering, AnswersOf
from workbench.run.executor import HEARTBEAT_SECONDS
from workbench.run.run_context import RunContext
from workbench.run.start_or_resume import carry_out
from workbench.settings import Settings
from workbench.store import clock as wall_clock
from workbench.store.experiments import get_experiment
from workbench.store.leases import claim, find_leases, heartbeat, queue, read_lease
from workbench.store.processes import owner_name
from workbench.store.records import HeldLease, Lease
from workbench.store.requests import Worker, add_request, living_workers, record_heartbeat
from workbench.worker.launcher import ensure_worker
from workbench.worker.lease_watch import LeaseWatch

HOURS = 3600.0
ELSEWHERE = "another-host:1:w"


class Clock:
    """Seconds that pass only when told to; `jump` is the wall clock's alone."""

    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 1_800_000_000.0

    def pass_by(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def jump(self, seconds: float) -> None:
        self.wall += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(wall_clock, "wall_seconds", lambda: found.wall)
    return found


def watch_of(clock: Clock) -> LeaseWatch:
    return LeaseWatch(lambda: clock.monotonic)


@pytest.mark.parametrize("jump", [5 * HOURS, -5 * HOURS])
def test_a_lease_that_is_renewed_is_not_taken_when_the_clock_jumps(
    runner: Runner,
    clock: Clock,
    jump: float,
) -> None:
    store, watch = runner.store, watch_of(clock)
    experiment_id = runner.create(experiment())
    lease = claim(store, ELSEWHERE, experiment_id=experiment_id)
    assert lease is not None
    for second in range(60):
        if second == 20:
            clock.jump(jump)
        silent = watch.find_silent(find_leases(store))
        assert claim(store, "this-host:1:w", silent=silent) is None
        heartbeat(store, lease, None)
        clock.pass_by(1.0)
    assert get_experiment(store, experiment_id).state == "running"


@pytest.mark.parametrize("jump", [5 * HOURS, -5 * HOURS])
def test_a_holder_that_died_is_replaced_within_30_seconds_though_the_clock_jumps(
    runner: Runner,
    clock: Clock,
    jump: float,
) -> None:
    store, watch = runner.store, watch_of(clock)
    experiment_id = runner.create(experiment())
    assert claim(store, ELSEWHERE, experiment_id=experiment_id) is not None
    for second in range(31):
        if second == 5:
            clock.jump(jump)
        if claim(store, "this-host:1:w", silent=watch.find_silent(find_leases(store))) is not None:
            break
        clock.pass_by(1.0)
    assert 10 < second <= 30


def test_while_the_store_cannot_be_read_no_holder_is_silent(clock: Clock) -> None:
    watch, held = watch_of(clock), [HeldLease("e", 1, clock.wall + 15, ran_out=False)]
    assert watch.find_silent(held) == []
    clock.pass_by(60)
    assert watch.find_silent(held) == []
    for _ in range(16):
        assert watch.find_silent(held) == []
        clock.pass_by(1.0)
    assert watch.find_silent(held) == held


def test_what_was_interrupted_before_a_worker_looked_waits_for_its_user(clock: Clock) -> None:
    watch = watch_of(clock)
    long_ago = HeldLease("e", 3, clock.wall - 100, ran_out=True)
    for _ in range(60):
        assert watch.find_silent([long_ago]) == []
        clock.pass_by(1.0)


@pytest.mark.parametrize("jump", [5 * HOURS, -5 * HOURS])
def test_after_a_jump_a_dead_holders_experiment_shows_as_interrupted_and_can_be_resumed(
    runner: Runner,
    clock: Clock,
    jump: float,
) -> None:
    experiment_id = runner.create(experiment())
    assert claim(runner.store, ELSEWHERE, experiment_id=experiment_id) is not None
    clock.jump(jump)
    assert get_experiment(runner.store, experiment_id).state == "interrupted"
    assert queue(runner.store, experiment_id) == "queued"
    assert claim(runner.store, "this-host:1:w", experiment_id=experiment_id) is not None


def test_a_run_goes_on_over_jumps_and_asks_nothing_twice(runner: Runner, clock: Clock) -> None:
    def plan(number: int, path: str, body: object) -> Stall:
        clock.jump(HOURS if number % 2 else -2 * HOURS)
        return Stall(0.1)

    with ProtocolServer(plan=plan) as server:
        model = local_model(server, limits={"concurrency": 2, "requests_per_minute": 6000})
        result = runner.run(experiment(models=[model]))
        bodies = [str(body) for body in server.posts]
    assert result.state == "done" and len(bodies) == len(set(bodies))
    assert 0 < result.status["seconds"] < 60


def test_a_worker_heard_of_hours_ahead_is_not_alive(runner: Runner, clock: Clock) -> None:
    record_heartbeat(runner.store, Worker("w", "another-host", 1, clock.wall, 0.0, ""))
    assert len(living_workers(runner.store)) == 1
    clock.jump(-5 * HOURS)
    assert living_workers(runner.store) == []


def test_a_start_that_was_marked_hours_ahead_does_not_keep_workers_from_starting(
    runner: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.worker import launcher as launching

    settings: Settings = replace(runner.settings)
    marker = settings.home / "worker.starting"
    marker.touch()
    started: list[object] = []

    class Nothing:
        def __init__(self, *arguments: object, **options: object) -> None:
            started.append(arguments)

        def poll(self) -> int:
            return 0

        def kill(self) -> None:
            pass

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(launching.subprocess, "Popen", Nothing)
    add_request(runner.store, "corpus", {"corpus": "tiny"})
    assert not ensure_worker(runner.store, settings)
    os.utime(marker, (time.time() + 2,) * 2)  # the clock was set back by a moment
    assert not ensure_worker(runner.store, settings)
    os.utime(marker, (time.time() + 5 * HOURS,) * 2)
    assert ensure_worker(runner.store, settings) and len(started) == 1


def test_a_date_in_retry_after_is_read_by_the_servers_own_clock() -> None:
    assert retry_after_seconds("Tue, 24 Nov 2026 10:00:07 GMT", now=1795514400.0) == 7.0


def test_a_run_that_waits_for_workers_at_its_end_renews_its_lease(runner: Runner) -> None:
    renewed: list[float] = []

    class EndsSlowly:
        @asynccontextmanager
        async def open(
            self, run: RunContext, lease: Lease, here: Answering, heard: AnswersOf
        ) -> AsyncIterator[Answering]:
            yield here
            for seconds in (2.5 * HEARTBEAT_SECONDS, 0):
                renewed.append(read_lease(run.store, lease)[2])
                await asyncio.sleep(seconds)

    lease = claim(runner.store, owner_name(), experiment_id=runner.create(experiment()))
    assert lease is not None
    state = asyncio.run(carry_out(runner.store, runner.settings, lease, elsewhere=EndsSlowly()))
    assert state == "done" and renewed[1] > renewed[0]
