"""Claims: a paid call's key is claimed in the store before it is sent, so that nobody else sends it.
Knows nothing about calls themselves, or about waiting for those of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, select
from sqlmodel import Session

from workbench.store import clock
from workbench.store.database import Store
from workbench.store.dialects.inserts import insert_missing
from workbench.store.sharing import participants
from workbench.store.sharing.participants import Participant, ParticipantRecord
from workbench.store.sharing.tables import ClaimRow, LostCallRow, ParticipantRow, PurseRow
from workbench.store.tables import CallRow, sql_table

BATCH = 1_000
"""Keys in one statement."""

LONG_SILENT_SECONDS = 3600.0
"""Longer than an outage of the store that programs survive."""

_CLAIM, _LOST, _CALL = sql_table(ClaimRow), sql_table(LostCallRow), sql_table(CallRow)
_PARTICIPANT, _PURSE = sql_table(ParticipantRow), sql_table(PurseRow)


@dataclass(frozen=True)
class Claim:
    """A call that a participant is about to send."""

    key: str
    """Its content key."""
    kind: str
    """What it is for, as in the ledger."""
    model_name: str
    worst_usd: float | None = None
    """The most that it can cost, in US dollars; None without a price."""
    machine: str | None = None
    """The machine that it runs on, where that is paid by the hour."""
    is_stored_whole: bool = True
    """Whether the ledger holds all of what it brings, so that a stored success makes the claim pointless.
    False for vectors, which are kept elsewhere."""


def claim_calls(session: Session, participant: Participant, claims: Sequence[Claim]) -> set[str]:
    """Claim calls; returns the keys that the participant holds now.

    The others are held by somebody else or were stored in the meantime: look them up. The participant's row
    is written with its first claims, or again after others took it for dead.
    """
    participants.begin(session, participant)
    now = clock.shared_seconds(session)
    rows = [
        {
            "key": claim.key, "holder": participant.name, "experiment_id": participant.experiment_id,
            "kind": claim.kind, "model_name": claim.model_name, "worst_usd": claim.worst_usd,
            "machine": claim.machine, "claimed_at": now,
        }
        for claim in sorted(claims, key=lambda claim: claim.key)
    ]  # fmt: skip
    mine = insert_missing(session, _CLAIM, rows)
    if len(mine) < len(rows):  # it may hold some of them already
        others = [claim.key for claim in claims if claim.key not in mine]
        mine.update(key for key, holder in _find(session, others) if holder == participant.name)
    # Read after the claims are there: who stored a call has given up its claim in the same transaction.
    whole = [claim.key for claim in claims if claim.is_stored_whole and claim.key in mine]
    stored = _find_stored(session, whole)
    release_claims(session, participant.name, stored)
    return mine - stored


def _find(session: Session, keys: Sequence[str]) -> list[tuple[str, str]]:
    columns = select(_CLAIM.c.key, _CLAIM.c.holder)
    return [
        (key, holder)
        for begin in range(0, len(keys), BATCH)
        for key, holder in session.execute(columns.where(_CLAIM.c.key.in_(keys[begin : begin + BATCH])))
    ]


def _find_stored(session: Session, keys: Sequence[str]) -> set[str]:
    stored: set[str] = set()
    for begin in range(0, len(keys), BATCH):
        is_stored = _CALL.c.key.in_(keys[begin : begin + BATCH]), _CALL.c.outcome == "ok"
        stored.update(session.execute(select(_CALL.c.key).where(*is_stored)).scalars())
    return stored


def find_holders(store: Store, keys: Iterable[str]) -> dict[str, str]:
    """Key → the participant that holds it, of those keys that are claimed."""
    return store.query(lambda session: dict(_find(session, sorted(keys))))


def release_claims(session: Session, holder: str, keys: Iterable[str]) -> None:
    """Give up claims of calls that were not sent, or that failed: others may ask them now."""
    _delete(session, keys, _CLAIM.c.holder == holder)


def delete_claims(session: Session, keys: Iterable[str], asked_by: Sequence[str] = ()) -> None:
    """Delete the claims of calls that are being stored in this transaction, whoever holds them.

    asked_by: those whose calls they are. Where one of them was not heard of for a while and its claim was
        taken over, the call is a lost call no more. One that only somebody else has stored stays lost.
    """
    stored = list(keys)
    if asked_by:
        _delete_lost(session, stored, asked_by)
    _delete(session, stored)


def _delete_lost(session: Session, keys: Sequence[str], holders: Sequence[str]) -> None:
    """Delete these lost calls of these holders, but for those that their holder has claimed again since."""
    claimed_again = exists().where(_CLAIM.c.key == _LOST.c.key, _CLAIM.c.holder == _LOST.c.holder)
    lost = delete(_LOST).where(_LOST.c.holder.in_(holders), ~claimed_again)
    for begin in range(0, len(keys), BATCH):
        session.execute(lost.where(_LOST.c.key.in_(keys[begin : begin + BATCH])))


def _delete(session: Session, keys: Iterable[str], *conditions: object) -> None:
    ordered = sorted(keys)
    for begin in range(0, len(ordered), BATCH):
        among = _CLAIM.c.key.in_(ordered[begin : begin + BATCH])
        session.execute(delete(_CLAIM).where(among, *conditions))  # type: ignore[arg-type]


def lose_claims(session: Session, holder: str, keys: Iterable[str]) -> None:
    """Give up claims of calls that were sent and whose end is not known: they become lost calls."""
    ordered = sorted(keys)
    for begin in range(0, len(ordered), BATCH):
        _lose(session, _CLAIM.c.holder == holder, _CLAIM.c.key.in_(ordered[begin : begin + BATCH]))


def take_over(session: Session, gone: Iterable[ParticipantRecord]) -> None:
    """Remove participants that are gone. The calls that they claimed become lost calls, and may be asked by
    anybody. One that was heard of after it was read stays."""
    for participant in sorted(gone, key=lambda one: one.name):
        if participants.remove(session, participant.name, beat_at=participant.beat_at):
            _lose(session, _CLAIM.c.holder == participant.name)
            _close_purses(session, participant.name)


def end(session: Session, name: str) -> None:
    """Remove a participant that has ended its work. What it still claims is lost: it ended in mid-call."""
    participants.remove(session, name)
    _lose(session, _CLAIM.c.holder == name)
    _close_purses(session, name)


def clear_away(session: Session) -> None:
    """Remove what dead participants left, elsewhere too: those that have been silent for LONG_SILENT_SECONDS
    by the store's clock, and claims whose participant has no row."""
    names = select(_PARTICIPANT.c.name)
    silent = names.where(_PARTICIPANT.c.beat_at < clock.shared_seconds(session) - LONG_SILENT_SECONDS)
    for name in session.execute(silent).scalars().all():
        end(session, name)
    _lose(session, _CLAIM.c.holder.not_in(names))


def _close_purses(session: Session, holder: str) -> None:
    session.execute(delete(_PURSE).where(_PURSE.c.holder == holder))


def _lose(session: Session, *conditions: object) -> None:
    """Delete claims and write them down as lost calls; those of one machine at the price of one."""
    taken = session.execute(delete(_CLAIM).where(*conditions).returning(*_CLAIM.c))  # type: ignore[arg-type]
    now, lost, paid = clock.shared_seconds(session), [], set[tuple[str, str]]()
    for row in sorted(taken.mappings().all(), key=lambda row: -(row["worst_usd"] or 0.0)):
        call = {name: value for name, value in row.items() if name != "machine"} | {"lost_at": now}
        if row["machine"] is not None:
            if (row["holder"], row["machine"]) in paid:
                call["worst_usd"] = 0.0
            paid.add((row["holder"], row["machine"]))
        lost.append(call)
    if lost:
        session.execute(insert(_LOST), lost)
