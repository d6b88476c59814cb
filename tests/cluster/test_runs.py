"""Whole runs on a real cluster of two workers: what they bring, and that nothing is paid for twice.
Knows nothing about how orders are made."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import wait_for_workers
from tests.forked import FORK
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model, tiny  # noqa: F401
from workbench.api import ExperimentResult
from workbench.cluster import indexing
from workbench.cluster.dask_scheduler import SchedulerGone, connect
from workbench.cluster.local_cluster import StartedCluster, start_cluster
from workbench.errors import InputError
from workbench.settings import Settings
from workbench.store.leases import request_stop
from workbench.store.ledger import get_spend
from workbench.store.records import Lease
from workbench.store.sharing.participants import list_participants

pytestmark = pytest.mark.xdist_group("cluster")


def chats(server: ProtocolServer) -> Counter[str]:
    return Counter(json.dumps(body, sort_keys=True) for body in server.posts if "messages" in body)


def figures(result: ExperimentResult) -> dict[str, dict[str, Any]]:
    """By name and without ranks: equal scores are ranked by the time that answers took, which is another each time."""
    return {
        trial["name"]: {key: trial[key] for key in ("scores", "config", "holdout")}
        for trial in result.leaderboard["trials"]
    }


def when(condition: Callable[[], bool], do: Callable[[], object]) -> threading.Thread:
    """Do something in another thread as soon as a condition holds."""

    def wait() -> None:
        while not condition():
            time.sleep(0.02)
        do()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def vectors(settings: Settings) -> dict[bytes, bytes]:
    with closing(sqlite3.connect(settings.cache / "vectors.db")) as file:
        return dict(file.execute("SELECT key, vector FROM vector"))


def pieces(result: ExperimentResult) -> dict[str, Any]:
    return {
        name: (stage["done"], stage["total"], stage["reused"])
        for name, stage in result.status["stages"].items()
    }


def test_a_run_on_two_workers_is_the_run_of_one_process(
    clustered: Runner,
    tiny: Settings,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(indexing, "LEAST_TEXTS", 1)
    written = {"prompts": ["concise", "cited"], "repeats": 2}
    with ProtocolServer() as server:
        model = local_model(server, temperature=0.5)
        there = clustered.run(experiment(models=[model], **written))
        asked = chats(server)
        spent = get_spend(clustered.store, there.id)
    alone = Runner(replace(tiny, home=tiny.home.parent / "another"))
    with ProtocolServer() as server:
        here = alone.run(experiment(models=[model | {"base_url": server.base_url}], **written))
        assert asked.keys() == chats(server).keys()
        assert spent.spent_usd == pytest.approx(get_spend(alone.store, here.id).spent_usd)
    assert there.state == here.state == "done"
    assert figures(there) == figures(here)
    assert pieces(there) == pieces(here)
    assert vectors(clustered.settings) == vectors(alone.settings)
    assert there.status["answers"] == there.status["expected_answers"] == here.status["answers"]


def test_a_stop_reaches_the_workers_within_two_seconds(clustered: Runner) -> None:
    with ProtocolServer(seconds_each=0.3) as server:
        written = experiment(models=[local_model(server, limits={"concurrency": 2})], repeats=6)
        id_ = clustered.create(written)
        stopped: list[float] = []

        def stop() -> None:
            request_stop(clustered.store, id_)
            stopped.append(time.monotonic())
            time.sleep(2)
            stopped.append(len(server.posts))

        stopping = when(lambda: len(server.posts) > 4, stop)
        result = clustered.run(id_)
        stopping.join()
        assert result.state == "stopped" and len(server.posts) == stopped[1]
        server.seconds_each = 0.0
        again = clustered.run(id_)
        assert again.state == "done" and again.status["failed_answers"] == 0
        assert sum(chats(server).values()) == again.status["answers"]


def test_a_cap_holds_across_workers(clustered: Runner) -> None:
    with ProtocolServer(seconds_each=0.02) as server:
        price = {"input_per_million": 40.0, "output_per_million": 80.0}
        written = experiment(models=[local_model(server, price=price)], repeats=8, budget_usd=0.20)
        result = clustered.run(written)
        spent = get_spend(clustered.store, result.id).spent_usd
    assert result.state == "stopped: budget"
    assert 0.10 < spent <= 0.20  # a share that a worker holds when the rest is spent stays unspent


def test_a_model_that_cannot_be_used_pauses_the_run(clustered: Runner) -> None:
    with ProtocolServer(models=("another",)) as server:
        result = clustered.run(experiment(models=[local_model(server)]))
    assert result.state == "paused" and "knows no model" in result.status["message"]


def test_a_killed_worker_costs_no_answer_and_at_most_the_calls_that_it_had_under_way(
    clustered: Runner,
) -> None:
    with ProtocolServer(seconds_each=0.3) as server:
        written = experiment(models=[local_model(server, limits={"concurrency": 4})], repeats=6)
        killing = when(lambda: len(server.posts) > 8, lambda: os.kill(worker_of(clustered), signal.SIGKILL))
        result = clustered.run(written)
        killing.join()
        assert result.state == "done" and result.status["failed_answers"] == 0
        assert result.status["answers"] == result.status["expected_answers"]
        assert 0 <= sum(chats(server).values()) - result.status["answers"] <= 4


def worker_of(runner: Runner) -> int:
    """The process of a worker that takes part in a run at present."""
    names = [one.name for one in list_participants(runner.store) if one.role == "cluster worker"]
    return int(names[0].rsplit(":", 2)[1].partition(".")[0])


def _run(settings: Settings, id_: str) -> None:
    Runner(settings).run(id_)


def test_after_the_coordinator_was_killed_workers_fall_silent_and_another_process_goes_on(
    clustered: Runner,
) -> None:
    with ProtocolServer(seconds_each=0.3) as server:
        written = experiment(models=[local_model(server, limits={"concurrency": 4})], repeats=6)
        id_ = clustered.create(written)
        coordinator = FORK.Process(target=_run, args=(clustered.settings, id_))
        coordinator.start()
        when(lambda: len(server.posts) > 8, coordinator.kill).join()
        time.sleep(2)
        calls = len(server.posts)
        time.sleep(1)
        assert len(server.posts) == calls < 84
        coordinator.join()
        result = clustered.run(id_)
        assert result.state == "done" and result.status["failed_answers"] == 0
        assert 0 <= sum(chats(server).values()) - result.status["answers"] <= 4


def test_when_the_scheduler_dies_its_workers_store_what_is_under_way_and_no_call_is_paid_again(
    tiny: Settings,  # noqa: F811
) -> None:
    cleared = {name: "" for name in os.environ if name.startswith("WORKBENCH_")}
    own = cleared | {"WORKBENCH_LOCAL_SERVERS": "off"}
    with ProtocolServer(seconds_each=1.0) as server:
        written = experiment(models=[local_model(server, limits={"concurrency": 4})], repeats=4)
        id_ = Runner(tiny).create(written)
        cluster = start_cluster(tiny.home, 2, environment=own)
        try:
            wait_for_workers(cluster, 2)
            killing = when(lambda: len(server.posts) > 6, cluster.scheduler.kill)
            result = Runner(replace(tiny, cluster=cluster.address)).run(id_)
            killing.join()
            assert result.state == "paused" and f"{cluster.address} is gone" in result.status["message"]
            assert result.status["answers"] < result.status["expected_answers"]
            assert sum(chats(server).values()) > 6
            cluster.workers.wait(30)  # they end by themselves
        finally:
            cluster.end()
        server.seconds_each = 0.0
        again = Runner(replace(tiny, cluster=None)).run(id_)
        assert again.state == "done" and again.status["failed_answers"] == 0
        assert sum(chats(server).values()) == again.status["answers"]


async def _lose(cluster: StartedCluster) -> None:
    lease = Lease("e", "o", 1)
    async with connect(cluster.address) as scheduler:
        assert await scheduler.count_places()
        cluster.scheduler.kill()
        with pytest.raises(SchedulerGone):
            while True:
                await scheduler.count_places()
                await asyncio.sleep(0.1)
        while scheduler._client.scheduler is not None:  # until Dask gives it up
            await asyncio.sleep(0.1)
        await scheduler.stop_run(lease)
        await scheduler.close_run(lease)
        with pytest.raises(SchedulerGone):
            await scheduler.count_places()
        with pytest.raises(SchedulerGone):
            await scheduler.dismiss("tcp://127.0.0.1:9")


def test_a_scheduler_that_dask_has_given_up_is_gone_and_runs_are_ended_without_it(tmp_path: Path) -> None:
    cleared = {name: "" for name in os.environ if name.startswith("WORKBENCH_")}
    cluster = start_cluster(tmp_path, 1, environment=cleared | {"WORKBENCH_LOCAL_SERVERS": "off"})
    try:
        wait_for_workers(cluster, 1)
        asyncio.run(_lose(cluster))
    finally:
        cluster.end()


def test_a_second_coordinator_of_a_run_is_refused_with_words(clustered: Runner) -> None:
    refused: list[str] = []
    with ProtocolServer(seconds_each=0.2) as server:
        id_ = clustered.create(experiment(models=[local_model(server)]))

        def resume() -> None:
            with pytest.raises(InputError) as caught:
                Runner(clustered.settings).run(id_)
            refused.append(str(caught.value))

        resuming = when(lambda: len(server.posts) > 2, resume)
        result = clustered.run(id_)
        resuming.join()
        assert result.state == "done" and set(chats(server).values()) == {1}
    assert len(refused) == 1 and f"{id_} is running already: another worker is running it" in refused[0]


def test_without_a_scheduler_the_run_pauses_and_says_so(clustered: Runner) -> None:
    from workbench.cluster import dask_scheduler

    alone = Runner(replace(clustered.settings, cluster="tcp://127.0.0.1:9"))
    before, dask_scheduler.RUN_CONNECT_SECONDS = dask_scheduler.RUN_CONNECT_SECONDS, 0.5
    try:
        result = alone.run(experiment())
    finally:
        dask_scheduler.RUN_CONNECT_SECONDS = before
    assert (
        result.state == "paused" and "No scheduler answers at tcp://127.0.0.1:9" in result.status["message"]
    )
