"""Stores what gates found.
Knows nothing about how a candidate is compared with its base."""

from __future__ import annotations

import time
from dataclasses import fields

from sqlmodel import col, select

from workbench.store.database import Store
from workbench.store.serving.records import Gate
from workbench.store.serving.tables import GateRow


def _record(row: GateRow) -> Gate:
    return Gate(**{f.name: getattr(row, f.name) for f in fields(Gate)})


def add_gate(store: Store, gate: Gate) -> Gate:
    """Store a gate; returns it with its id."""
    with store.write() as session:
        row = GateRow(**vars(gate) | {"created_at": gate.created_at or time.time()})
        session.add(row)
        session.flush()
        return _record(row)


def list_gates(store: Store) -> list[Gate]:
    """The gates, the newest first."""
    with store.read() as session:
        return [
            _record(row) for row in session.exec(select(GateRow).order_by(col(GateRow.created_at).desc()))
        ]
