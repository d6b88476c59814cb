"""Who works on experiments together at present: coordinators and the workers of clusters, as their rows say.
Knows nothing about Dask: it reads the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.store.database import Store
from workbench.store.processes import owner_is_gone
from workbench.store.sharing.participants import SILENT_SECONDS, ParticipantRecord, list_participants

ROLES = ("coordinator", "cluster worker")


@dataclass(frozen=True)
class ClusterMember:
    """A process that works on an experiment with others."""

    role: str
    """"coordinator" or "worker"."""
    host: str
    pid: int
    experiment: str
    """Its id."""
    since: float
    """Unix seconds."""
    heard: float
    """When it was last heard of, in Unix seconds."""
    is_alive: bool
    orders: int | None
    """Pieces of work that it carries out at present; None for a coordinator."""
    answers: int
    """Those that it has given."""
    memory_bytes: int | None

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


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
    host, number, _ = one.name.rsplit(":", 2)
    silent = now - one.beat_at > SILENT_SECONDS
    return ClusterMember(
        role=one.role.removeprefix("cluster "),
        host=host.partition("/")[0],
        pid=int(number.partition(".")[0]),
        experiment=one.experiment_id or "",
        since=one.began_at,
        heard=one.beat_at,
        is_alive=not silent and not owner_is_gone(one.name),
        orders=one.doing.get("orders"),
        answers=int(one.doing.get("answers") or 0),
        memory_bytes=one.doing.get("memory_bytes"),
    )
