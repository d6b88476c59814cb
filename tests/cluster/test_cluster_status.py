"""Who is listed: workers that wait, those at work, schedulers that do not answer; and what logs must not show.
Knows nothing about pages."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.in_process import call
from tests.tiny_experiment import Runner, experiment
from workbench.cluster.cluster_status import (
    ClusterStatus,
    _join,
    find_cluster_status,
    find_schedulers,
    read_worker_log,
)
from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.dask_scheduler import DaskWorker
from workbench.cluster.local_cluster import ADDRESS, FOLDER, OWNER, StartedCluster, find_running
from workbench.cluster.worker_log import read_own_log, without_secrets
from workbench.errors import WorkbenchError
from workbench.results.cluster_members import list_cluster_members
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.store.leases import claim
from workbench.store.processes import owner_name, this_host
from workbench.store.sharing import participants
from workbench.store.sharing.participants import Participant

pytestmark = pytest.mark.xdist_group("cluster")
GONE = "tcp://127.0.0.1:9"


def test_workers_that_wait_for_work_are_listed_with_what_they_are(
    tiny: Settings, started: StartedCluster
) -> None:
    settings = replace(tiny, cluster=started.address)
    status = find_cluster_status(settings, open_workbench(settings))
    [scheduler] = status.schedulers
    assert (scheduler.address, scheduler.problem, scheduler.places) == (started.address, "", 16)
    first, second = status.members
    assert first.pid != second.pid and {first.host, second.host} == {this_host().partition("/")[0]}
    for one in status.members:
        assert one.work_in_words == "waits for work" and one.experiment == ""
        assert one.memory_bytes and one.memory_bytes > 10_000_000
        assert one.code == code_fingerprint() and not status.with_other_code
        assert one.heard - 3600 < one.since < one.heard


def test_a_worker_at_work_is_listed_once_with_what_the_store_and_its_scheduler_say(
    tiny: Settings, started: StartedCluster
) -> None:
    settings = replace(tiny, cluster=started.address)
    store = open_workbench(settings)
    pid = find_cluster_status(settings, store).members[0].pid
    with store.write() as session:
        worker = Participant(f"{this_host()}:{pid}:a", "cluster worker", "exp")
        participants.begin(session, worker, {"orders": 3, "answers": 7, "memory_bytes": 1})
    members = find_cluster_status(settings, store).members
    assert [one.work_in_words for one in members] == ["3 orders", "waits for work"]
    at_work = members[0]
    assert (at_work.pid, at_work.experiment, at_work.answers) == (pid, "exp", 7)
    assert at_work.scheduler == started.address and at_work.places == 8 and at_work.address.startswith("tcp:")


def test_a_busy_worker_is_not_listed_beside_its_own_row_nor_taken_for_other_code(tiny: Settings) -> None:
    store = open_workbench(tiny)
    with store.write() as session:
        participants.begin(
            session, Participant(f"{this_host()}:{os.getpid()}:a", "cluster worker", "exp"), {}
        )
    members = list_cluster_members(store)
    busy = [
        (
            GONE,
            DaskWorker(f"tcp://10.0.0.5:{port}", f"w{port}", "10.0.0.5", None, None, None, 8, None, "Busy."),
        )
        for port in (1, 2)
    ]
    joined = _join(members, busy, {"exp": GONE}, members[0].heard)
    assert [(one.experiment, one.problem) for one in joined] == [("exp", ""), ("", "Busy.")]
    status = ClusterStatus([], joined, code_fingerprint())
    assert not status.with_other_code and status.with_problem == joined[1:]
    assert len(_join(members, busy, {"exp": "tcp://another:1"}, members[0].heard)) == 3


def test_a_scheduler_that_is_gone_is_named_beside_those_that_answer(
    tiny: Settings, started: StartedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tiny.home / FOLDER / "scratch-1"
    begun.mkdir(parents=True)
    (begun / OWNER).write_text(owner_name())
    (begun / ADDRESS).write_text(json.dumps({"address": started.address}))
    monkeypatch.setenv("WORKBENCH_HOME", str(tiny.home))
    monkeypatch.setenv("WORKBENCH_CLUSTER", GONE)
    code, out, _ = call("cluster", "status")
    assert code == 0 and f"No scheduler answers at {GONE}" in out
    assert f"The scheduler at {started.address} answers: 2 workers" in out and "waits for work" in out
    found = json.loads(call("cluster", "status", "--json")[1])
    assert [bool(one["problem"]) for one in found["schedulers"]] == [True, False]
    assert [one["role"] for one in found["members"]] == ["worker", "worker"]


def test_without_a_cluster_nobody_is_asked_and_nobody_listed(tiny: Settings) -> None:
    status = find_cluster_status(tiny, open_workbench(tiny))
    assert not status.schedulers and not status.members


def test_a_scheduler_that_only_another_machine_reaches_is_not_asked(tiny: Settings) -> None:
    runner = Runner(tiny)
    owners = {"another/x:1:a": "tcp://127.0.0.1:1", "other/x:1:b": "tcp://10.0.0.5:1", owner_name(): GONE}
    for number, (owner, address) in enumerate(owners.items()):
        id_ = runner.create(experiment(name=f"e{number}", seed=number))
        assert claim(runner.store, owner, experiment_id=id_) is not None
        with runner.store.write() as session:
            session.connection().exec_driver_sql(
                "UPDATE experiment SET progress = ? WHERE id = ?", (json.dumps({"cluster": address}), id_)
            )
    assert set(find_schedulers(tiny, runner.store)) == {"tcp://10.0.0.5:1", GONE}


def test_clusters_of_a_home_are_found_while_their_process_lives(tmp_path: Path) -> None:
    owners = {"1": owner_name(), "2": f"{this_host()}:999999999:a", "3": "another/x:1:a", "4": owner_name()}
    for number, owner in owners.items():
        folder = tmp_path / FOLDER / f"scratch-{number}"
        folder.mkdir(parents=True)
        (folder / OWNER).write_text(owner)
        if number != "4":  # its scheduler is about to start
            (folder / ADDRESS).write_text(json.dumps({"address": f"tcp://127.0.0.1:{number}"}))
    assert find_running(tmp_path) == ["tcp://127.0.0.1:1"]


def test_the_log_of_a_worker_comes_through_its_scheduler(tiny: Settings, started: StartedCluster) -> None:
    settings = replace(tiny, cluster=started.address)
    for one in find_cluster_status(settings, open_workbench(settings)).members:
        log = "\n".join(read_worker_log(one.scheduler, one.address))
        assert one.name in log and "out-of-band" not in log
    with pytest.raises(WorkbenchError, match="does not show its log"):
        read_worker_log(started.address, GONE)
    assert "worker-1" in "\n".join(read_own_log(started.logs.parent))


def test_logs_show_no_keys_and_no_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "plain-words")
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", "postgresql://me:p%40ssword@127.0.0.1/db")
    monkeypatch.setenv("OF_A_MODEL", "odd-words")
    said = [
        "a plain-words b",
        "odd-words",
        "at me:p%40ssword@127.0.0.1",
        "it is p@ssword",
        "sk-abcdefghijklmnop",
        "fine",
    ]
    shown = without_secrets(said, ["OF_A_MODEL"])
    assert shown == ["a [key] b", "[key]", "at me:[key]@127.0.0.1", "it is [key]", "[key]", "fine"]
