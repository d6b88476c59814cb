"""Deletes rows that nothing refers to any more, and shrinks the database file.
Knows nothing about other files of the data folder. It keeps ratings, experiments and what calls cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from workbench.fingerprint import fingerprint
from workbench.space.retrieval import Retrieval
from workbench.store import clock
from workbench.store.database import Store
from workbench.store.dialects.sql import among, byte_length, first_of, items_of
from workbench.store.leases import effective_state
from workbench.store.serving.tables import CanaryAnswerRow, ServedRequestRow
from workbench.store.tables import (
    AnswerRow,
    CallRow,
    ConfigRow,
    ExperimentRow,
    PassageRow,
    RankingRow,
    RatingRow,
    TrialRow,
)
from workbench.store.trials import get_trials


@dataclass(frozen=True)
class Freed:
    """What was freed of one kind, or would be in a dry run."""

    count: int = 0
    """How many rows or files."""
    bytes: int = 0
    """Bytes of content. The file shrinks by another number."""

    def __add__(self, other: Freed) -> Freed:
        return Freed(self.count + other.count, self.bytes + other.bytes)


def _under_way(session: Session) -> list[str]:
    """The ids of experiments that are being carried out right now."""
    rows = session.exec(
        select_rows(ExperimentRow).where(col(ExperimentRow.state).in_(("running", "stopping")))
    )
    now = clock.shared_seconds(session)
    return [row.id for row in rows if effective_state(row, now) in ("running", "stopping")]


def find_retrievals(store: Store, experiment_id: str) -> list[Retrieval]:
    """The distinct retrieval settings of an experiment's trials, and of the ends of its routes."""
    retrievals = [
        end.retrieval
        for trial in get_trials(store, experiment_id)
        for end in trial.config.ends
        if end.system is None
    ]
    return list({fingerprint(retrieval.content): retrieval for retrieval in retrievals}.values())


def _free_calls() -> ColumnElement[bool]:
    """Calls of deleted experiments whose reply no answer shows."""
    shown = exists().where(col(AnswerRow.call_id) == col(CallRow.id))
    return and_(
        col(CallRow.experiment_id).is_(None),
        col(CallRow.outcome).in_(("ok", "duplicate")),
        col(CallRow.text) != "",
        not_(shown),
    )


def _free_rankings(expected: Iterable[str]) -> ColumnElement[bool]:
    """Rankings that no answer refers to.

    expected: keys to keep, since an unfinished experiment will look for them.
    """
    shown = exists().where(col(AnswerRow.ranking_key) == col(RankingRow.key))
    return and_(not_(shown), not_(among(RankingRow.key, expected)))


def _free_passages(free_ranking: ColumnElement[bool]) -> ColumnElement[bool]:
    """Passages that nothing refers to that stays: no ranking, no rating (tuning reads rated passages), no
    served request and no answer to a canary."""
    item = items_of(RankingRow.items, name="item")
    ranked = select(first_of(item.c.value)).select_from(RankingRow, item)
    key = col(PassageRow.key)
    listed = (_listed(table) for table in (RatingRow, ServedRequestRow, CanaryAnswerRow))
    return and_(key.not_in(ranked.where(not_(free_ranking))), *(key.not_in(keys) for keys in listed))


def _listed(table: Any) -> Any:
    """The keys of passages in a table's column `passages`, as SQL."""
    item = items_of(table.passages, name=f"of_{table.__tablename__}")
    return select(item.c.value).select_from(table, item)


def _free_configs() -> ColumnElement[bool]:
    """Configurations without a trial."""
    return not_(exists().where(col(TrialRow.config_id) == col(ConfigRow.id)))


def _measure(session: Session, size: Any, where: ColumnElement[bool]) -> Freed:
    count, total = session.execute(select(func.count(), func.sum(byte_length(size))).where(where)).one()
    return Freed(int(count), int(total or 0))


def free_rows(
    store: Store, expected_rankings: Sequence[str], *, dry_run: bool
) -> tuple[dict[str, Freed], list[str]]:
    """Free the rows that nothing refers to.

    Returns (kind → what was freed, or would be in a dry run; ids of experiments that are under way). While
    an experiment is under way nothing is freed, since it may be about to refer to any row.

    The row of a call stays with its cost, tokens and key, so that the ledger's sum stays the same. Its text
    is deleted and its outcome becomes "cleared", so that it answers no request any more.

    expected_rankings: keys of rankings to keep.
    """
    rankings = _free_rankings(expected_rankings)
    kinds: dict[str, tuple[Any, ColumnElement[bool]]] = {
        "generations": (col(CallRow.text).concat(func.coalesce(CallRow.thinking, "")), _free_calls()),
        "passages": (PassageRow.text, _free_passages(rankings)),  # before the rankings that refer to them
        "rankings": (RankingRow.items, rankings),
        "configs": (ConfigRow.spec, _free_configs()),
    }
    with store.read() if dry_run else store.write() as session:
        if busy := _under_way(session):
            return dict.fromkeys(kinds, Freed()), busy
        freed = {kind: _measure(session, size, where) for kind, (size, where) in kinds.items()}
        if not dry_run:
            cleared = update(CallRow).where(kinds["generations"][1])
            session.execute(
                cleared.values(text="", thinking="", passages=None, outcome="cleared"),
                execution_options={"synchronize_session": False},
            )
            for table, kind in ((PassageRow, "passages"), (RankingRow, "rankings"), (ConfigRow, "configs")):
                session.execute(
                    delete(table).where(kinds[kind][1]), execution_options={"synchronize_session": False}
                )
    return freed, []
