"""The purses of an experiment: who may spend how much of its budget, so that the cap holds wherever they run.
Knows nothing about calls: it is told what they cost."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, delete, func, select, update
from sqlmodel import Session

from workbench.store.dialects.inserts import insert_new
from workbench.store.sharing import participants
from workbench.store.sharing.participants import Participant
from workbench.store.sharing.tables import LostCallRow, ParticipantRow, PurseRow
from workbench.store.tables import CallRow, sql_table

_PURSE, _LOST, _CALL = sql_table(PurseRow), sql_table(LostCallRow), sql_table(CallRow)
_PARTICIPANT = sql_table(ParticipantRow)

CALLS_EACH = 16
"""A block of money pays for about so many of the most expensive calls, while there is plenty left."""
BLOCKS_LEFT = 4
"""A block is at most this part of an even share of what is left."""


ASSIGNED_LATER = "tune"
"""The kind of calls that may be given to an experiment after they were stored (`assign_calls`)."""


@dataclass(frozen=True)
class Summed:
    """What the calls of an experiment have cost, up to one row of the ledger."""

    last_call: int = 0
    """The id of that row; 0 before anything was summed."""
    usd: float = 0.0
    """Without calls of the kind ASSIGNED_LATER."""


@dataclass(frozen=True)
class Drawn:
    """How a purse stands after money was asked for. US dollars."""

    granted: float
    """What was added to it: 0.0 where what was needed is not left."""
    left: float
    """What nobody may spend yet."""
    spent: float
    """What the experiment's calls have cost so far."""
    lost: float
    """What its lost calls may have cost at most."""
    held_by_others: float
    """What others may still spend, and may give back."""
    is_new: bool
    """Whether the purse was not there: what was granted before is no longer the holder's."""
    ledger: Summed
    """What the ledger holds now, for the next time."""


def grant_size(left: float, needed: float, purses: int) -> float:
    """How much to grant to somebody who needs `needed` dollars: at least that, or nothing if it is not left;
    at most a part of what is left, so that the others are not kept waiting.

    purses: how many there are, this one included.
    """
    if needed > left:
        return 0.0
    return max(needed, min(CALLS_EACH * needed, left / (BLOCKS_LEFT * max(1, purses))))


def draw(
    session: Session,
    experiment_id: str,
    participant: Participant,
    cap: float,
    needed: float,
    ledger: Summed = Summed(),
) -> Drawn:
    """Ask for money. The sum of what is spent, doubtful and granted never exceeds the cap. The transaction
    must be the only one that writes.

    ledger: that of an earlier draw for the same experiment: only later calls are added to it.
    """
    participants.begin(session, participant)
    # What the dead held: their calls under way have become lost calls, and count as such.
    alive = select(_PARTICIPANT.c.name)
    session.execute(
        delete(_PURSE).where(_PURSE.c.experiment_id == experiment_id, _PURSE.c.holder.not_in(alive))
    )
    own = {"experiment_id": experiment_id, "holder": participant.name, "granted_usd": 0.0, "spent_usd": 0.0}
    is_new = insert_new(session, _PURSE, [own]) > 0
    open_usd = _PURSE.c.granted_usd - _PURSE.c.spent_usd
    rows = session.execute(
        select(_PURSE.c.holder, open_usd).where(_PURSE.c.experiment_id == experiment_id)
    ).all()
    held = {holder: max(0.0, usd) for holder, usd in rows}
    ledger = _add_later_calls(session, experiment_id, ledger)
    spent = ledger.usd + _sum(session, experiment_id, _CALL.c.kind == ASSIGNED_LATER)
    worst = select(func.sum(_LOST.c.worst_usd)).where(_LOST.c.experiment_id == experiment_id)
    lost = session.execute(worst).scalar() or 0.0
    left = cap - spent - lost - sum(held.values())
    granted = grant_size(left, needed, len(held))
    if granted:
        _change(session, experiment_id, participant.name, granted_usd=_PURSE.c.granted_usd + granted)
    others = sum(usd for holder, usd in held.items() if holder != participant.name)
    return Drawn(granted, left - granted, spent, lost, others, is_new, ledger)


def _add_later_calls(session: Session, experiment_id: str, ledger: Summed) -> Summed:
    """The sum up to the last call of the ledger. Nobody else writes at present, so ids are in the order of
    commits; and rows of the ledger keep their cost and are never deleted."""
    last = session.execute(select(func.max(_CALL.c.id))).scalar() or 0
    if not ledger.last_call:
        whole = select(func.sum(_CALL.c.cost_usd)).where(_CALL.c.experiment_id == experiment_id)
        usd = (session.execute(whole).scalar() or 0.0) - _sum(
            session, experiment_id, _CALL.c.kind == ASSIGNED_LATER
        )
        return Summed(last, usd)
    later = and_(_CALL.c.id > ledger.last_call, _CALL.c.kind != ASSIGNED_LATER)
    return Summed(last, ledger.usd + _sum(session, experiment_id, later))


def _sum(session: Session, experiment_id: str, found: ColumnElement[bool]) -> float:
    """US dollars that calls of an experiment have cost, of those that meet a condition. The experiment is no
    part of it: by its index SQLite would look at all calls of the experiment."""
    cost = case((_CALL.c.experiment_id == experiment_id, _CALL.c.cost_usd))
    return float(session.execute(select(func.sum(cost)).where(found)).scalar() or 0.0)


def is_open(session: Session, experiment_id: str, holder: str) -> bool:
    """Whether a holder still has its purse: it was deleted if others took the holder for dead."""
    return session.execute(select(_PURSE.c.holder).where(_is(experiment_id, holder))).first() is not None


def give_back(session: Session, experiment_id: str, holder: str, usd: float) -> None:
    """Return what a holder does not need at present. It must not spend it from before this on."""
    _change(session, experiment_id, holder, granted_usd=_PURSE.c.granted_usd - usd)


def note_spent(session: Session, experiment_id: str, holder: str, usd: float) -> None:
    """Note what a holder has spent, in the transaction that stores its calls."""
    _change(session, experiment_id, holder, spent_usd=_PURSE.c.spent_usd + usd)


def close(session: Session, experiment_id: str, holder: str) -> None:
    """Give up a purse: nothing is under way any more."""
    session.execute(delete(_PURSE).where(_is(experiment_id, holder)))


def _change(session: Session, experiment_id: str, holder: str, **values: object) -> None:
    session.execute(update(_PURSE).where(_is(experiment_id, holder)).values(**values))


def _is(experiment_id: str, holder: str) -> ColumnElement[bool]:
    return and_(_PURSE.c.experiment_id == experiment_id, _PURSE.c.holder == holder)
