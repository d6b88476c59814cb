"""Says who makes paid calls at present: each participant has a row and renews it, beat by beat.
Knows nothing about what participants share: see claims."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from sqlalchemy import delete, select, update
from sqlmodel import Session

from workbench.store import clock
from workbench.store.database import Store
from workbench.store.dialects.inserts import insert_missing
from workbench.store.processes import owner_is_gone
from workbench.store.sharing.tables import ParticipantRow
from workbench.store.silence import SilenceWatch
from workbench.store.tables import sql_table

BEAT_SECONDS = 1.0
"""How often a participant renews its row."""
SILENT_SECONDS = 15.0
"""A participant that has not renewed its row for so long is taken for gone."""

Role = Literal["run", "coordinator", "cluster worker", "interactive"]

_PARTICIPANT = sql_table(ParticipantRow)


@dataclass(frozen=True)
class Participant:
    """Something alive that makes paid calls. A process may hold several."""

    name: str
    """`owner_name` of its process, with a part of its own."""
    role: Role
    experiment_id: str | None = None
    """The experiment that it works for; None outside an experiment."""


@dataclass(frozen=True)
class ParticipantRecord(Participant):
    """A participant as its row says. Times are Unix seconds."""

    began_at: float = 0.0
    beat_at: float = 0.0
    """When it was last heard of."""
    doing: Mapping[str, Any] = field(default_factory=dict)
    """What it said of itself, for pages."""


_ALL = select(*(_PARTICIPANT.c[f.name] for f in fields(ParticipantRecord))).order_by(
    _PARTICIPANT.c.began_at, _PARTICIPANT.c.name
)


def begin(session: Session, participant: Participant, doing: Mapping[str, Any] | None = None) -> None:
    """Write a participant's row, unless it is there."""
    now = clock.shared_seconds(session)
    times = {"began_at": now, "beat_at": now}
    row = {name: getattr(participant, name) for name in ("name", "role", "experiment_id")}
    insert_missing(session, _PARTICIPANT, [row | times | {"doing": dict(doing or {})}])


def beat(session: Session, name: str, doing: Mapping[str, Any] | None = None) -> bool:
    """Say that a participant is alive. False: its row is gone, since others took it for dead.

    doing: what pages show of it; None leaves that as it is.
    """
    changed: dict[str, Any] = {"beat_at": clock.shared_seconds(session)}
    if doing is not None:
        changed["doing"] = dict(doing)
    renewed = session.execute(update(_PARTICIPANT).where(_PARTICIPANT.c.name == name).values(changed))
    return bool(renewed.rowcount)  # type: ignore[attr-defined]


def remove(session: Session, name: str, *, beat_at: float | None = None) -> bool:
    """Remove a participant's row; what it holds is the matter of `end` and `take_over` in claims.

    beat_at: only if it was last heard of then. Returns whether there was such a row.
    """
    removed = delete(_PARTICIPANT).where(_PARTICIPANT.c.name == name)
    if beat_at is not None:
        removed = removed.where(_PARTICIPANT.c.beat_at == beat_at)
    return bool(session.execute(removed).rowcount)  # type: ignore[attr-defined]


def list_participants(store: Store) -> list[ParticipantRecord]:
    """All participants that have a row, the oldest first, whether or not they are alive."""
    return store.query(lambda session: [ParticipantRecord(**row) for row in session.execute(_ALL).mappings()])


class ParticipantWatch:
    """Tells which participants are gone, by when each row last changed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._watch = SilenceWatch(clock)

    def find_gone(self, participants: Iterable[ParticipantRecord]) -> list[ParticipantRecord]:
        """Those whose process is certainly gone, or that have been silent for SILENT_SECONDS.

        participants: all of the store, at every call.
        """
        found = list(participants)
        silent = self._watch.look({one.name: one.beat_at for one in found})
        return [one for one in found if owner_is_gone(one.name) or silent[one.name] > SILENT_SECONDS]
