"""Tests the worker as the app starts it: one process per home, which outlives the app.
Knows nothing about pages."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer, Stall
from tests.tiny_experiment import Runner, experiment, local_model, runner, tiny  # noqa: F401  (fixtures)
from workbench.results.status import get_status
from workbench.settings import Settings
from workbench.store.leases import queue, request_stop
from workbench.store.requests import add_request, cancel_request, get_events, living_workers
from workbench.worker.launcher import ensure_worker, read_log_tail


def wait_for(fact: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "It did not come to be."
        time.sleep(0.05)


@pytest.fixture
def home(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:  # noqa: F811
    monkeypatch.setenv("WORKBENCH_HOME", str(runner.settings.home))
    yield runner
    for worker in living_workers(runner.store):
        os.kill(worker.pid, signal.SIGKILL)


def state(home: Runner, experiment_id: str) -> str:
    return str(get_status(home.store, experiment_id)["state"])


def test_two_apps_on_one_home_start_one_worker_that_answers_both(home: Runner) -> None:
    asked = [add_request(home.store, "corpus", {"corpus": "tiny"}) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: ensure_worker(home.store, home.settings), range(8)))
    assert started.count(True) == 1
    for request in asked:
        wait_for(lambda request=request: get_events(home.store, request))
        assert get_events(home.store, request)[-1].kind == "result", read_log_tail(home.settings)
    assert len(living_workers(home.store)) == 1


def test_what_goes_wrong_in_a_request_is_an_event_and_the_worker_lives_on(home: Runner) -> None:
    wrong = add_request(home.store, "corpus", {"corpus": "tinny"})
    given_up = add_request(home.store, "corpus", {"corpus": "tiny"})
    cancel_request(home.store, given_up)
    ensure_worker(home.store, home.settings)
    wait_for(lambda: get_events(home.store, wrong))
    event = get_events(home.store, wrong)[-1]
    assert event.kind == "error" and "tiny" in (event.payload["hint"] or "")
    right = add_request(home.store, "corpus", {"corpus": "tiny"})
    wait_for(lambda: get_events(home.store, right))
    assert get_events(home.store, right)[-1].kind == "result" and not get_events(home.store, given_up)


def test_a_worker_runs_stops_and_resumes_what_is_queued(home: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.15)) as server:
        experiment_id = home.create(experiment(models=[local_model(server, limits={"concurrency": 1})]))
        ensure_worker(home.store, home.settings)
        wait_for(lambda: len(server.posts) >= 3)
        request_stop(home.store, experiment_id)
        wait_for(lambda: state(home, experiment_id) == "stopped", 15)
        queue(home.store, experiment_id)
        wait_for(lambda: state(home, experiment_id) == "done")
        assert len(server.posts) == len({str(b) for b in server.posts})


def test_a_killed_worker_leaves_an_interrupted_experiment_that_another_finishes(home: Runner) -> None:
    with ProtocolServer(plan=lambda n, path, body: Stall(0.15)) as server:
        experiment_id = home.create(experiment(models=[local_model(server, limits={"concurrency": 2})]))
        ensure_worker(home.store, home.settings)
        wait_for(lambda: len(server.posts) >= 4)
        os.kill(living_workers(home.store)[0].pid, signal.SIGKILL)
        wait_for(lambda: state(home, experiment_id) == "interrupted", 5)
        (home.settings.home / "worker.starting").unlink(missing_ok=True)
        queue(home.store, experiment_id)
        wait_for(lambda: ensure_worker(home.store, home.settings) or state(home, experiment_id) == "done")
        wait_for(lambda: state(home, experiment_id) == "done")
        assert len(server.posts) - len({str(b) for b in server.posts}) <= 2


def test_a_worker_that_cannot_start_is_said_in_words(tiny: Settings, tmp_path: Path) -> None:  # noqa: F811
    missing = replace(tiny, home=tmp_path / "nowhere")
    assert read_log_tail(missing) == ""
