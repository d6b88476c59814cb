"""Who works on experiments together at present: coordinators and the workers of clusters, as their rows say.
Knows nothing about Dask: it reads the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.formatting import counted
from workbench.store.database import Store
from workbench.store.processes import host_of, owner_is_gone
from workbench.store.sharing.participants import SILENT_SECONDS, ParticipantRecord, list_participants

ROLES = ("coordinator", "cluster worker")


@dataclass(frozen=True)
class ClusterMember:
    """A process that works on an experiment with others, or a worker that waits for work."""

    role: str
    """"coordinator" or "worker"."""
    host: str
    pid: int | None
    """None for a worker that does not say more of itself than `problem`."""
    experiment: str
    """Its id; "" for a worker that waits for work."""
    since: float
    """When it began to work on the experiment, or when it was started, in Unix seconds."""
    heard: float
    """When it was last heard of, in Unix seconds."""
    is_alive: bool
    orders: int | None
    """Pieces of work that it carries out at present; None for a coordinator."""
    answers: int
    """Those that it has given."""
    memory_bytes: int | None
    code: str | None = None
    """The version of the workbench that it runs, with a hash; None where that is not known."""
    scheduler: str = ""
    """The address of the scheduler that it belongs to; "" where none was asked, or none knows it."""
    address: str = ""
    """Its own address at the scheduler."""
    name: str = ""
    """What the scheduler calls it."""
    places: int | None = None
    """Pieces of work that it carries out at a time."""
    problem: str = ""
    """Why it cannot say more of itself."""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))

    @property
    def in_words(self) -> str:
        """For example "worker 4711 on laptop"."""
        return f"{self.role} {self.pid or self.name} on {self.host}"

    @property
    def work_in_words(self) -> str:
        """What it does at present."""
        if not self.is_alive:
            return "not heard of"
        if self.problem:
            return "unknown"
        if self.orders is None:
            return "search and summaries"
        return counted(self.orders, "order") if self.experiment else "waits for work"


def list_cluster_members(store: Store, experiment_id: str | None = None) -> list[ClusterMember]:
    """Those of an experiment, or of all; coordinators first."""
    with store.read() as session:
        now = store.now(session)
    members = [
        _member(one, now)
        for one in list_participants(store)
        if one.role in ROLES and experiment_id in (None, one.experiment_id)
    ]
    return sorted(members, key=lambda member: (member.role != "coordinator", member.since))


def _member(one: ParticipantRecord, now: float) -> ClusterMember:
    """now: Unix seconds by the store's clock, as all times of participants."""
    number = one.name.rsplit(":", 2)[1]
    silent = now - one.beat_at > SILENT_SECONDS
    return ClusterMember(
        role=one.role.removeprefix("cluster "),
        host=host_of(one.name),
        pid=int(number.partition(".")[0]),
        experiment=one.experiment_id or "",
        since=one.began_at,
        heard=one.beat_at,
        is_alive=not silent and not owner_is_gone(one.name),
        orders=one.doing.get("orders"),
        answers=int(one.doing.get("answers") or 0),
        memory_bytes=one.doing.get("memory_bytes"),
        code=one.doing.get("code"),
    )
