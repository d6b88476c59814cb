"""Copies one table from one store into another, in batches, JSON to the letter, and compares the two.
Knows nothing about what a table means. Rows that are there and equal are left alone: it can be run again."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    Table,
    func,
    insert,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import UserDefinedType
from sqlmodel import Session

from workbench.errors import StoreError
from workbench.replies.untrusted import REPLACEMENT, storable
from workbench.store.database import Store
from workbench.store.dialects.inserts import insert_new, put
from workbench.store.dialects.sql import POSTGRESQL, as_json, as_text, total

BATCH = 500
"""Rows of one transaction."""
SAME = 1e-9
"""How far two sums may differ, relative to their size: databases add in different orders."""

Row = tuple[Any, ...]


class _UnreadJSON(UserDefinedType[str]):
    """JSON that is copied without being read: as exactly what it is, a missing value and a null included."""

    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> Any:
        return as_json(bindvalue)


@dataclass(frozen=True)
class Copied:
    """What became of one table."""

    rows: int
    """How many the source has, as has the target."""
    written: int
    """How many were not there yet, or otherwise."""
    without_nul: int
    """In how many of those a text had a NUL character, which PostgreSQL refuses: it became U+FFFD."""
    sums: dict[str, float]
    """Numeric column → its sum, in both."""


@cache
def _unread(table: Table) -> Table:
    """The table with JSON that is not read, for reading and writing whole rows."""
    columns: list[Column[Any]] = [
        Column(c.name, _UnreadJSON() if isinstance(c.type, JSON) else c.type, primary_key=c.primary_key)
        for c in table.c
    ]
    return Table(table.name, MetaData(), *columns)


def copy_table(
    source: Session, target: Store, table: Table, on_rows: Callable[[int], None] = lambda done: None
) -> tuple[int, int]:
    """Copy all rows; returns how many were written, and of those how many had a NUL character.

    source: a consistent view of the store that is copied.
    on_rows: hears how many rows are done.

    Raises StoreError when the target refuses a row.
    """
    strict = target.writer.dialect.name == POSTGRESQL
    written = without_nul = done = 0
    names = [column.name for column in table.c]
    for rows in _batches(source, table):
        whole = [_without_nul(row) for row in rows] if strict else list(rows)
        there = _read_range(target, table, whole)
        keys = _keys(table)
        new = [row for row in whole if there.get(_key(row, keys)) != row]
        if new:
            originals = dict(zip(map(id, whole), rows, strict=True))
            without_nul += sum(originals[id(row)] != row for row in new)
            _write(target, table, [dict(zip(names, row, strict=True)) for row in new])
            written += len(new)
        done += len(rows)
        on_rows(done)
    return written, without_nul


def fill_table(source: Session, target: Session, table: Table) -> None:
    """Copy all rows into a table without any, as they are.

    source: a consistent view of the store that is copied.
    target: of a SQLite file, which holds whatever PostgreSQL does and numbers new rows by itself.
    """
    names, insertion = [column.name for column in table.c], insert(_unread(table))
    for rows in _batches(source, table):
        target.execute(insertion, [dict(zip(names, row, strict=True)) for row in rows])


def _write(target: Store, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    unread = _unread(table)

    def work(session: Session) -> None:
        if len(table.primary_key) == len(table.c):  # nothing else that could have changed
            insert_new(session, unread, rows)
        else:
            put(session, unread, rows)

    try:
        target.transact(work)
    except IntegrityError as error:
        reason = " ".join(str(error.orig).split())[:300]
        raise StoreError(
            f"{target.address} refuses rows of the table {table.name}: {reason}",
            hint="The store that is moved may be damaged: check it.",
            remedy=("check_installation",),
        ) from None


def _batches(session: Session, table: Table) -> Iterator[Sequence[Row]]:
    """The rows in the order of their primary keys, a batch at a time."""
    query = _select(table).order_by(*table.primary_key).execution_options(yield_per=BATCH)
    for rows in session.execute(query).partitions():
        yield [tuple(row) for row in rows]


def _read_range(target: Store, table: Table, rows: Sequence[Row]) -> dict[Row, Row]:
    """The target's rows between the first and the last of these, by their keys."""
    keys = _keys(table)
    key, first, last = tuple_(*table.primary_key), _key(rows[0], keys), _key(rows[-1], keys)
    with target.read() as session:
        found = session.execute(_select(table).where(key >= first, key <= last))
        return {_key(tuple(row), keys): tuple(row) for row in found}


def _select(table: Table) -> Any:
    return select(*(as_text(c).label(c.name) if isinstance(c.type, JSON) else c for c in table.c))


def _keys(table: Table) -> list[int]:
    names = [column.name for column in table.c]
    return [names.index(column.name) for column in table.primary_key]


def _key(row: Row, keys: Sequence[int]) -> Row:
    return tuple(row[i] for i in keys)


def _without_nul(row: Row) -> Row:
    """The row as PostgreSQL can store it."""
    if not any(isinstance(value, str) and ("\0" in value or "\\u0000" in value) for value in row):
        return row
    return tuple(_clean(value) if isinstance(value, str) else value for value in row)


def _clean(value: str) -> str:
    if "\\u0000" in value:
        try:
            return json.dumps(storable(json.loads(value)))
        except ValueError:
            pass  # a text that speaks of it
    return value.replace("\0", REPLACEMENT)


def sum_up(session: Session, table: Table) -> tuple[int, dict[str, float]]:
    """How many rows a table has, and the sums of its numbers."""
    numeric = [c for c in table.c if isinstance(c.type, Float | Integer) and not isinstance(c.type, Boolean)]
    row = session.execute(select(func.count(), *(total(c) for c in numeric)).select_from(table)).one()
    return int(row[0]), {c.name: float(value) for c, value in zip(numeric, row[1:], strict=True)}


def find_difference(here: tuple[int, dict[str, float]], there: tuple[int, dict[str, float]]) -> str | None:
    """What differs between two `sum_up`, in words; None where nothing does."""
    if here[0] != there[0]:
        return f"{here[0]:,} rows and {there[0]:,} rows"
    for name, value in here[1].items():
        if not math.isclose(value, there[1][name], rel_tol=SAME, abs_tol=SAME):
            return f"the sum of {name} is {value!r} and {there[1][name]!r}"
    return None


def continue_numbers(session: Session, table: Table) -> None:
    """Let the target number new rows after those that were copied. SQLite does so by itself."""
    [*key] = table.primary_key
    if session.get_bind().dialect.name != POSTGRESQL or len(key) != 1 or not isinstance(key[0].type, Integer):
        return
    named = {"table": f'"{table.name}"', "column": key[0].name}
    sequence = session.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), named).scalar()
    if sequence is not None:
        highest = session.execute(select(func.max(key[0]))).scalar()
        if highest is not None:
            session.execute(
                text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
            )
