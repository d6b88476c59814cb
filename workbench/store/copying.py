"""Copies all tables of one open store into another, new one, whichever databases they are in.
Knows nothing about what the tables mean. Rows stay as they are, JSON to the letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, Column, Table, bindparam, func, insert, text
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session

from workbench.store.database import Store
from workbench.store.dialects.sql import POSTGRESQL, as_json, as_text
from workbench.store.schema import all_tables

ROWS = 1_000
"""How many rows are read and written at a time."""


def copy_tables(
    source: Store, target: Store, *, on_table: Callable[[str, int], None] = lambda _name, _rows: None
) -> dict[str, int]:
    """Copy every row, in one transaction on either side: what others write meanwhile is not in the copy.

    target: a store without rows; after an error it has none.
    on_table: hears of each table that is done, with the number of its rows.

    Returns table → number of rows. Raises StoreError.
    """
    copied: dict[str, int] = {}
    with source.read() as reading, target.write() as writing:
        for table in all_tables():
            copied[table.name] = _copy(table, reading, writing)
            on_table(table.name, copied[table.name])
        if writing.get_bind().dialect.name == POSTGRESQL:
            _count_on(writing)
    return copied


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _copy(table: Table, reading: Session, writing: Session) -> int:
    columns = [as_text(c).label(c.name) if _is_json(c) else c for c in table.columns]
    values = {c.name: as_json(bindparam(c.name)) for c in table.columns if _is_json(c)}
    put = insert(table).values({c.name: values.get(c.name, bindparam(c.name)) for c in table.columns})
    query = sqlalchemy_select(*columns).order_by(*table.primary_key.columns)
    count = 0
    found = reading.execute(query, execution_options={"yield_per": ROWS})
    for batch in found.mappings().partitions():
        writing.execute(put, [dict(row) for row in batch])
        count += len(batch)
    return count


def _count_on(session: Session) -> None:
    """Have PostgreSQL number new rows from the highest number that was copied."""
    for table in all_tables():
        key = table.autoincrement_column
        if key is None:
            continue
        highest = session.execute(sqlalchemy_select(func.max(key))).scalar()
        if highest is not None:
            sequence = {"table": f'"{table.name}"', "column": key.name, "highest": highest}
            session.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"), sequence
            )
