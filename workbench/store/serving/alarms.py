"""Stores alarms, and what people say about them.
Knows nothing about when one is raised or where it is sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sqlmodel import col, select

from workbench.store.database import Store
from workbench.store.serving.records import Alarm
from workbench.store.serving.tables import AlarmRow

_TUPLES = ("requests", "deliveries")
SENDING = "is being sent"
"""The error of a delivery that has begun and not ended."""


def _record(row: AlarmRow) -> Alarm:
    values = {f.name: getattr(row, f.name) for f in fields(Alarm)}
    return Alarm(**values | {name: tuple(values[name]) for name in _TUPLES})


def raise_alarm(store: Store, alarm: Alarm, *, now: float | None = None) -> Alarm:
    """Store a new alarm, or renew the figures of the one about the same that is not closed; returns it."""
    with store.write() as session:
        same = select(AlarmRow).where(
            AlarmRow.service_id == alarm.service_id,
            AlarmRow.figure == alarm.figure,
            AlarmRow.part == alarm.part,
            col(AlarmRow.state) != "closed",
        )
        row = session.exec(same).first()
        if row is None:
            values = vars(alarm) | {name: list(getattr(alarm, name)) for name in _TUPLES}
            row = AlarmRow(**values | {"raised_at": time.time() if now is None else now})
        else:
            row.what, row.sure, row.evidence = alarm.what, alarm.sure, alarm.evidence
            row.requests = list(alarm.requests)
        session.add(row)
        session.flush()
        return _record(row)


def change_alarm(store: Store, alarm_id: int, *, now: float | None = None, **values: Any) -> Alarm | None:
    """Set `state`, `note` or `muted_until` of an alarm; returns it, None for no such one."""
    with store.write() as session:
        row = session.get(AlarmRow, alarm_id)
        if row is None:
            return None
        for name, value in values.items():
            setattr(row, name, list(value) if name in _TUPLES else value)
        if "state" in values:
            closed = values["state"] == "closed"
            row.closed_at = (time.time() if now is None else now) if closed else 0.0
        session.add(row)
        session.flush()
        return _record(row)


def claim_delivery(
    store: Store, alarm_id: int, to: str, is_due: Callable[[Alarm], bool], *, now: float
) -> Alarm | None:
    """Note that an alarm is being sent to an address, if it is due there; None if it is not.

    It is looked at and noted in one transaction, so that of two processes only one sends it.
    """
    with store.write() as session:
        row = session.get(AlarmRow, alarm_id)
        if row is None or not is_due(_record(row)):
            return None
        row.deliveries = [*row.deliveries, {"to": to, "at": now, "error": SENDING}]
        session.add(row)
        session.flush()
        return _record(row)


def finish_delivery(store: Store, alarm_id: int, to: str, error: str, *, at: float) -> None:
    """Note what became of the delivery that was claimed at that time; an empty error when it arrived."""
    with store.write() as session:
        row = session.get(AlarmRow, alarm_id)
        if row is not None:
            claimed = {"to": to, "at": at, "error": SENDING}
            row.deliveries = [{**d, "error": error} if d == claimed else d for d in row.deliveries]
            session.add(row)


def list_alarms(store: Store, service_id: str | None = None, *, closed: bool = False) -> list[Alarm]:
    """Alarms of a service, or of all (None), the newest first; with `closed` those that are over, too."""
    with store.read() as session:
        query = select(AlarmRow).order_by(col(AlarmRow.raised_at).desc())
        if service_id is not None:
            query = query.where(AlarmRow.service_id == service_id)
        if not closed:
            query = query.where(col(AlarmRow.state) != "closed")
        return [_record(row) for row in session.exec(query)]
