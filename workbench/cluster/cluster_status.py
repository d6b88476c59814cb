"""Which schedulers answer, and who works or waits for work: what they know, joined with what the store knows.
Knows nothing about pages and commands."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.dask_scheduler import DaskWorker, connect
from workbench.cluster.local_cluster import find_running
from workbench.cluster.worker_log import LOG_LINES
from workbench.errors import WorkbenchError
from workbench.results.cluster_members import ClusterMember, list_cluster_members
from workbench.settings import Settings
from workbench.space.address import is_loopback
from workbench.store.database import Store
from workbench.store.experiments import list_active_experiments
from workbench.store.processes import this_machine
from workbench.store.records import CARRIED_OUT, ExperimentRecord

STATUS_CONNECT_SECONDS = 3.0
"""So long a scheduler may take to answer whoever looks at it; a run waits longer."""


@dataclass(frozen=True)
class SchedulerStatus:
    """A scheduler and whether it answers."""

    address: str
    workers: int
    places: int
    """Pieces of work that all its workers carry out at a time."""
    problem: str
    """Why it does not answer; "" where it does."""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class ClusterStatus:
    """Who can work, and who does."""

    schedulers: Sequence[SchedulerStatus]
    members: Sequence[ClusterMember]
    """Coordinators first, then those at work, then those that wait for work."""
    code: str
    """The version of the workbench that this process runs, with a hash."""

    @property
    def with_other_code(self) -> list[ClusterMember]:
        """Those that a run of this process would not use."""
        return [one for one in self.members if one.code and one.code != self.code]

    @property
    def with_problem(self) -> list[ClusterMember]:
        """Those that do not say more of themselves."""
        return [one for one in self.members if one.problem]


def find_schedulers(settings: Settings, store: Store) -> list[str]:
    """The addresses of the schedulers that this machine can ask: that of the settings, those of clusters that
    were started in this home, and those of experiments that are carried out at present."""
    set_here = [settings.cluster] if settings.cluster and not settings.cluster.startswith("local:") else []
    used = [
        str(record.progress["cluster"])
        for record in list_active_experiments(store)
        if record.state in CARRIED_OUT and record.progress.get("cluster") and _is_in_reach(record)
    ]
    return list(dict.fromkeys([*set_here, *find_running(settings.home), *used]))


def _is_in_reach(record: ExperimentRecord) -> bool:
    """Whether the address of a run's scheduler means the same here: 127.0.0.1 is another one elsewhere."""
    host = urlsplit(record.progress["cluster"]).hostname
    return not is_loopback(host or "") or record.machine == this_machine()


def find_cluster_status(settings: Settings, store: Store) -> ClusterStatus:
    """Ask all schedulers, each for at most a few seconds. One that does not answer is part of the status."""
    return asyncio.run(_find_status(find_schedulers(settings, store), store))


def read_worker_log(scheduler: str, worker: str, key_variables: Sequence[str] = ()) -> list[str]:
    """The last lines of a worker's log, without keys and passwords. The first two are addresses.

    key_variables: variables there that hold a secret whatever their names say.

    Raises WorkbenchError where one of them does not reply.
    """

    async def read() -> list[str]:
        async with connect(scheduler, STATUS_CONNECT_SECONDS) as connected:
            return await connected.read_log(worker, LOG_LINES, key_variables)

    return asyncio.run(read())


async def _find_status(addresses: Sequence[str], store: Store) -> ClusterStatus:
    asked = await asyncio.gather(*(_ask(address) for address in addresses))
    members = list_cluster_members(store)
    workers = [(status.address, worker) for status, found in asked for worker in found]
    if workers:
        with store.read() as session:
            now = store.now(session)
        clusters = {one.id: str(one.progress.get("cluster") or "") for one in list_active_experiments(store)}
        members = _join(members, workers, clusters, now)
    return ClusterStatus([status for status, _ in asked], members, code_fingerprint())


async def _ask(address: str) -> tuple[SchedulerStatus, list[DaskWorker]]:
    try:
        async with connect(address, STATUS_CONNECT_SECONDS) as scheduler:
            workers = await scheduler.list_workers()
    except WorkbenchError as error:
        return SchedulerStatus(address, 0, 0, str(error)), []
    return SchedulerStatus(address, len(workers), sum(w.places for w in workers), ""), workers


def _join(
    members: Sequence[ClusterMember],
    workers: Sequence[tuple[str, DaskWorker]],
    clusters: Mapping[str, str],
    now: float,
) -> list[ClusterMember]:
    """What the store knows of each worker beside what its scheduler does; those that the store does not know
    wait for work. A busy worker may not say who it is: it is taken for one that the store knows to be at work
    for the same scheduler, and not listed again.

    workers: with the address of their scheduler.
    clusters: experiment id → the address of the scheduler whose workers carry it out.
    now: Unix seconds by the store's clock.
    """
    by_process = {(worker.host, worker.pid): (address, worker) for address, worker in workers}
    at_work = {(one.host, one.pid) for one in members if one.role == "worker"}
    joined = [
        _with_facts(one, *by_process[one.host, one.pid]) if (one.host, one.pid) in by_process else one
        for one in members
    ]
    unmatched = Counter(
        clusters.get(one.experiment, "")
        for one in members
        if one.role == "worker" and one.is_alive and (one.host, one.pid) not in by_process
    )
    for address, worker in workers:
        if (worker.host, worker.pid) in at_work:
            continue
        if worker.problem and unmatched[address]:
            unmatched[address] -= 1
            continue
        joined.append(_with_facts(_waiting(worker, now), address, worker))
    return joined


def _waiting(worker: DaskWorker, now: float) -> ClusterMember:
    return ClusterMember(
        role="worker",
        host=worker.host,
        pid=worker.pid,
        experiment="",
        since=now - (worker.seconds or 0.0),
        heard=now,
        is_alive=True,
        orders=0,
        answers=0,
        memory_bytes=None,
    )


def _with_facts(member: ClusterMember, scheduler: str, worker: DaskWorker) -> ClusterMember:
    return replace(
        member,
        memory_bytes=worker.memory_bytes or member.memory_bytes,
        code=worker.code or member.code,
        scheduler=scheduler,
        address=worker.address,
        name=worker.name,
        places=worker.places,
        problem=worker.problem,
    )
