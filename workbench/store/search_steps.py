"""Stores the steps that an experiment's search took.
Knows nothing about strategies or how a step is carried out."""

from __future__ import annotations

from sqlmodel import Session, col, select

from workbench.store.database import Store
from workbench.store.records import SearchStepRecord
from workbench.store.tables import SearchStepRow


def add_search_step(session: Session, experiment_id: str, number: int, step: SearchStepRecord) -> None:
    """Store a step of the search.

    number: the step's number, from 1.
    """
    session.add(
        SearchStepRow(
            experiment_id=experiment_id,
            number=number,
            asks=[[trial, None if ids is None else list(ids)] for trial, ids in step.asks],
            drops={str(trial): reason for trial, reason in step.drops.items()},
        )
    )


def get_search_steps(store: Store, experiment_id: str) -> list[SearchStepRecord]:
    """The steps in the order in which they were taken; none for an experiment older than this table."""
    query = (
        select(SearchStepRow)
        .where(SearchStepRow.experiment_id == experiment_id)
        .order_by(col(SearchStepRow.number))
    )
    with store.read() as session:
        return [
            SearchStepRecord(
                asks=[(trial, ids) for trial, ids in row.asks],
                drops={int(trial): reason for trial, reason in row.drops.items()},
            )
            for row in session.exec(query)
        ]
