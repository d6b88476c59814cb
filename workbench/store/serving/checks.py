"""Stores checks: when a service's canaries were asked again, what they answered, what was found.
Knows nothing about how answers are compared."""

from __future__ import annotations

import time
from dataclasses import fields
from typing import Any

from sqlmodel import col, select

from workbench.store.database import Store
from workbench.store.serving.records import CanaryAnswer, ServiceCheck
from workbench.store.serving.tables import CanaryAnswerRow, ServiceCheckRow


def _record(row: ServiceCheckRow) -> ServiceCheck:
    return ServiceCheck(**{f.name: getattr(row, f.name) for f in fields(ServiceCheck)})


def start_check(
    store: Store, service_id: str, *, day: int, corpus_version: str, now: float | None = None
) -> ServiceCheck:
    """Store that a check has begun."""
    with store.write() as session:
        row = ServiceCheckRow(
            service_id=service_id,
            day=day,
            corpus_version=corpus_version,
            started_at=time.time() if now is None else now,
            found={},
        )
        session.add(row)
        session.flush()
        return _record(row)


def add_canary_answer(store: Store, check_id: int, answer: CanaryAnswer) -> None:
    """Store one answer as soon as it is there: an interrupted check goes on with the rest."""
    with store.write() as session:
        session.merge(
            CanaryAnswerRow(check_id=check_id, **vars(answer) | {"passages": list(answer.passages)})
        )


def interrupt_check(store: Store, check_id: int, message: str) -> None:
    """Store why a check could not go on. It can be taken up again."""
    with store.write() as session:
        row = session.get(ServiceCheckRow, check_id)
        if row is not None:
            row.message = message
            session.add(row)


def finish_check(
    store: Store, check_id: int, found: dict[str, Any], *, message: str = "", now: float | None = None
) -> None:
    with store.write() as session:
        row = session.get(ServiceCheckRow, check_id)
        if row is not None:
            row.finished_at, row.found, row.message = (time.time() if now is None else now), found, message
            session.add(row)


def list_checks(store: Store, service_id: str) -> list[ServiceCheck]:
    """A service's checks, the oldest first."""
    with store.read() as session:
        query = select(ServiceCheckRow).where(ServiceCheckRow.service_id == service_id)
        return [_record(row) for row in session.exec(query.order_by(col(ServiceCheckRow.started_at)))]


def list_canary_answers(store: Store, check_id: int) -> list[CanaryAnswer]:
    with store.read() as session:
        query = select(CanaryAnswerRow).where(CanaryAnswerRow.check_id == check_id)
        return [
            CanaryAnswer(
                **{f.name: getattr(row, f.name) for f in fields(CanaryAnswer)}
                | {"passages": tuple(row.passages)}
            )
            for row in session.exec(query.order_by(CanaryAnswerRow.canary_id, col(CanaryAnswerRow.repeat)))
        ]
