"""Doubtful money: what calls may have cost that were under way when their process died.
Knows nothing about how calls are lost: see claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table, func, select
from sqlmodel import Session

from workbench.store.database import Store
from workbench.store.processes import owner_is_gone
from workbench.store.sharing.tables import ClaimRow, LostCallRow
from workbench.store.tables import sql_table

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
