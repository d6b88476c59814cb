"""Inserts that leave the rows that are there already, in the words of the session's database.
Knows nothing about what the rows are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


def insert_missing(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    """Insert those of the rows whose primary keys are not there; the others stay as they are.

    Several transactions may insert equal keys at once: sort the rows by their keys, so that none waits for
    another that waits for it.

    table: one whose primary key is a single column. Returns the keys of the rows that were inserted.
    """
    if not rows:
        return set()
    of_postgresql = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert(table) if of_postgresql else sqlite.insert(table)
    (key,) = table.primary_key
    return set(session.execute(insert.on_conflict_do_nothing().returning(key), list(rows)).scalars())
