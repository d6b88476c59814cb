"""Inserts rows that may be there already, or puts them in their place, in SQLite and PostgreSQL alike.
Knows nothing about what any table means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Float,
    Integer,
    String,
    Table,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)  # fmt: skip
from sqlmodel import AutoString, Session

from workbench.replies.untrusted import REPLACEMENT, is_storable, storable
from workbench.store.dialects.sql import POSTGRESQL

_ROWS = "rows"
_PLAIN = (Integer, Float, Boolean, JSON, String, AutoString)
"""The types of columns whose values JSON can hold."""


def _insert(table: Table, dialect: str) -> Any:
    if dialect == POSTGRESQL:  # late: with SQLite it is never imported
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert(table)


@cache
def _insert_new(
    table: Table, names: tuple[str, ...], returning: tuple[str, ...], dialect: str
) -> tuple[Any, bool]:
    """(The statement, whether it takes all rows as one JSON text, `_ROWS`).

    One statement for each row, or one with as many values as there are rows and columns, takes PostgreSQL's
    client several times as long: each value is a parameter.
    """
    statement = _insert(table, dialect)
    as_one = dialect == POSTGRESQL and all(type(c.type) in _PLAIN for c in table.c)
    if as_one:
        statement = statement.from_select(names, _rows_of_json(table, names))
    statement = statement.on_conflict_do_nothing()
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement, as_one


def _rows_of_json(table: Table, names: Sequence[str]) -> Any:
    """The rows of a JSON list of objects, in its order."""
    kinds = {name: table.c[name].type for name in names}
    columns = [
        column(name, BigInteger() if isinstance(kind, Integer) else kind) for name, kind in kinds.items()
    ]
    listed = func.json_to_recordset(cast(bindparam(_ROWS, type_=String), JSON))
    given = listed.table_valued(*columns, name="given").render_derived(with_types=True)
    return select(*(_as_stored(given.c[name], kind) for name, kind in kinds.items()))


def _as_stored(value: Any, kind: Any) -> Any:
    """PostgreSQL takes null inside the list for no value; a JSON column may hold it as one."""
    is_value = isinstance(kind, JSON) and not kind.none_as_null
    return func.coalesce(value, literal_column("'null'::json")) if is_value else value


def _add(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    order: Sequence[str],
    returning: Sequence[str] = (),
) -> Any:
    """Insert those rows that are not there yet, in the order of these columns: those who insert the same rows
    at one time do it in one order, so that none waits in a circle."""
    dialect = session.get_bind().dialect.name
    statement, as_one = _insert_new(table, tuple(rows[0]), tuple(returning), dialect)
    ordered = _in_order(rows, order)
    given: Any = {_ROWS: _rows_as_json(table, ordered)} if as_one else ordered
    return session.execute(statement, given, execution_options={"preserve_rowcount": not returning})


def _rows_as_json(table: Table, rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one JSON text that PostgreSQL reads: with the names of floats that JSON has no number for, with
    storable values in JSON columns, and without NUL in texts.

    Raises UnicodeEncodeError, as a driver does, for a text column's value that holds half a character.
    """
    try:
        written = json.dumps(rows, ensure_ascii=False, allow_nan=False)
    except ValueError:
        named = [{name: _named(value) for name, value in row.items()} for row in rows]
        written = json.dumps(named, ensure_ascii=False)
    if is_storable(written):
        return written
    cleaned = [
        {
            name: storable(v) if isinstance(table.c[name].type, JSON) else _as_text(v)
            for name, v in row.items()
        }
        for row in json.loads(written)
    ]
    return json.dumps(cleaned, ensure_ascii=False)


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value.encode()  # raises for half a character
    return value.replace("\0", REPLACEMENT)


def _named(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not isfinite(value) else value


@cache
def _put(table: Table, keys: tuple[str, ...], kept: tuple[str, ...], dialect: str) -> Any:
    statement = _insert(table, dialect)
    fixed = {*keys, *kept, *(column.name for column in table.primary_key)}
    changed = {c.name: statement.excluded[c.name] for c in table.c if c.name not in fixed}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _in_order(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: tuple(row[key] for key in keys)) if len(rows) > 1 else list(rows)


def insert_new(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], *, in_order_of: Sequence[str] = ()
) -> int:
    """Store the rows whose key or unique column is not there yet; what is stored already stays. Returns how
    many were stored.

    in_order_of: the columns by which others that insert the same rows order them; () for the primary key.
    """
    if not rows:
        return 0
    keys = in_order_of or [key.name for key in table.primary_key if key.name in rows[0]]
    return int(_add(session, table, rows, keys).rowcount)


def insert_missing(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    """As `insert_new`, for a table whose primary key is one column; returns the keys that were stored."""
    if not rows:
        return set()
    (key,) = table.primary_key
    return set(_add(session, table, rows, [key.name], [key.name]).scalars())


def insert_absent(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    in_order_of: Sequence[str],
    returning: tuple[str, ...],
) -> list[Any]:
    """As `insert_new`; returns these columns of the rows that were stored, in no order."""
    return list(_add(session, table, rows, in_order_of, returning)) if rows else []


def put(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[str] | None = None,
    kept: Sequence[str] = (),
) -> None:
    """Store rows, or what changed of those that are stored, in the order of their keys.

    keys: the columns that tell rows apart, which have a unique index; None for the primary key.
    kept: columns that stay as they are stored.
    """
    if not rows:
        return
    names = tuple(keys or (column.name for column in table.primary_key))
    statement = _put(table, names, tuple(kept), session.get_bind().dialect.name)
    session.execute(statement, _in_order(rows, names))
