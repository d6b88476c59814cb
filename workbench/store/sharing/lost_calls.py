"""Doubtful money: what calls may have cost that were under way when their process died.
Knows nothing about how calls are lost: see claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table, delete, func, select, update
from sqlmodel import Session

from workbench.store import clock
from workbench.store.database import Store
from workbench.store.processes import owner_is_gone
from workbench.store.sharing.tables import ClaimRow, LostCallRow
from workbench.store.tables import sql_table

REMEMBERED_SECONDS = 90 * 86_400.0
"""So long lost calls of no experiment are kept: by then their bill has come."""

_CLAIM, _LOST = sql_table(ClaimRow), sql_table(LostCallRow)


@dataclass(frozen=True)
class Doubt:
    """Calls whose end is not known."""

    calls: int = 0
    usd: float = 0.0
    """What they cost at most, in US dollars, as far as they have a price."""
    unpriced: int = 0
    """Those without a price; a part of `calls`."""

    def __add__(self, other: Doubt) -> Doubt:
        return Doubt(self.calls + other.calls, self.usd + other.usd, self.unpriced + other.unpriced)


def get_doubt(
    store: Store, experiment_id: str | None = None, is_lost: Callable[[str], bool] = owner_is_gone
) -> Doubt:
    """The lost calls of an experiment, or of everything.

    is_lost: of whose claims it is taken that they are lost, too, though nobody has taken them over yet; by
        the holder's name.
    """
    with store.read() as session:
        holders = select(_CLAIM.c.holder).distinct()
        if experiment_id is not None:
            holders = holders.where(_CLAIM.c.experiment_id == experiment_id)
        gone = [holder for holder in session.execute(holders).scalars() if is_lost(holder)]
        lost = _sum(session, _LOST, experiment_id)
        return lost + _sum(session, _CLAIM, experiment_id, gone) if gone else lost


def _sum(
    session: Session, table: Table, experiment_id: str | None, holders: list[str] | None = None
) -> Doubt:
    worst = table.c.worst_usd
    query = select(func.count(), func.coalesce(func.sum(worst), 0.0), func.count() - func.count(worst))
    query = query.select_from(table)
    if experiment_id is not None:
        query = query.where(table.c.experiment_id == experiment_id)
    if holders is not None:
        query = query.where(table.c.holder.in_(holders))
    calls, usd, unpriced = session.execute(query).one()
    return Doubt(int(calls), float(usd), int(unpriced))


def disown(session: Session, experiment_id: str) -> None:
    """Let the lost calls of an experiment that is deleted belong to none: they may have been charged."""
    of_it = _LOST.c.experiment_id == experiment_id
    session.execute(update(_LOST).where(of_it).values(experiment_id=None))


def forget_old(session: Session) -> None:
    """Delete the lost calls of no experiment that are older than REMEMBERED_SECONDS."""
    is_old = _LOST.c.lost_at < clock.shared_seconds(session) - REMEMBERED_SECONDS
    session.execute(delete(_LOST).where(_LOST.c.experiment_id.is_(None), is_old))
