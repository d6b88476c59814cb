"""SQL that SQLite and PostgreSQL write differently: lists inside JSON, and some sums.
Knows nothing about what any table means. A statement made of these runs on both."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, Float, Integer, String, TableValuedAlias, cast
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col

POSTGRESQL = "postgresql"


class _Items(FunctionElement[Any]):
    """Rows of the items of a JSON list: the column, and, for a list inside of it, its key."""

    inherit_cache = True
    name = "json_each"


class _NumberedItems(FunctionElement[Any]):
    """Rows of number and value of the items of a JSON list."""

    inherit_cache = True
    name = "json_each"


class _Entries(FunctionElement[Any]):
    """Rows of key and value of a JSON object."""

    inherit_cache = True
    name = "json_each"


class _First(FunctionElement[str]):
    """The first item of a JSON list, as text."""

    inherit_cache = True
    name = "json_extract"
    type = String()


class _Total(FunctionElement[float]):
    """A sum that is 0.0 of no rows."""

    inherit_cache = True
    name = "total"
    type = Float()


class _DistinctTexts(FunctionElement[str]):
    """The different texts of a group's rows, with commas between."""

    inherit_cache = True
    name = "group_concat"
    type = String()


class _ByteLength(FunctionElement[int]):
    """How many bytes a text or JSON takes."""

    inherit_cache = True
    name = "byte_length"
    type = Integer()


def _arguments(element: FunctionElement[Any], compiler: Any, **kw: Any) -> list[str]:
    return [compiler.process(argument, **kw) for argument in element.clauses]


@compiles(_Items)
def _items(element: _Items, compiler: Any, **kw: Any) -> str:
    column, *key = _arguments(element, compiler, **kw)
    return f"json_each({column}, '$.' || {key[0]})" if key else f"json_each({column})"


@compiles(_Items, POSTGRESQL)
def _items_postgresql(element: _Items, compiler: Any, **kw: Any) -> str:
    column, *key = _arguments(element, compiler, **kw)
    value = f"({column} -> {key[0]})" if key else column
    # JSON's null is no list, and has no items in SQLite.
    return f"json_array_elements_text(CASE WHEN json_typeof({value}) = 'array' THEN {value} END)"


@compiles(_NumberedItems)
def _numbered_items(element: _NumberedItems, compiler: Any, **kw: Any) -> str:
    return f"json_each({_arguments(element, compiler, **kw)[0]})"


@compiles(_NumberedItems, POSTGRESQL)
def _numbered_items_postgresql(element: _NumberedItems, compiler: Any, **kw: Any) -> str:
    listed = f"json_array_elements_text({_arguments(element, compiler, **kw)[0]})"
    numbered = f"{listed} WITH ORDINALITY AS item (value, place)"
    return f"LATERAL (SELECT place - 1 AS key, value FROM {numbered})"


@compiles(_Entries)
def _entries(element: _Entries, compiler: Any, **kw: Any) -> str:
    return f"json_each({', '.join(_arguments(element, compiler, **kw))})"


@compiles(_Entries, POSTGRESQL)
def _entries_postgresql(element: _Entries, compiler: Any, **kw: Any) -> str:
    return f"json_each_text({', '.join(_arguments(element, compiler, **kw))})"


@compiles(_First)
def _first(element: _First, compiler: Any, **kw: Any) -> str:
    return f"json_extract({_arguments(element, compiler, **kw)[0]}, '$[0]')"


@compiles(_First, POSTGRESQL)
def _first_postgresql(element: _First, compiler: Any, **kw: Any) -> str:
    return f"(CAST({_arguments(element, compiler, **kw)[0]} AS JSON) ->> 0)"


@compiles(_Total)
def _total(element: _Total, compiler: Any, **kw: Any) -> str:
    return f"total({_arguments(element, compiler, **kw)[0]})"


@compiles(_Total, POSTGRESQL)
def _total_postgresql(element: _Total, compiler: Any, **kw: Any) -> str:
    summed = f"CAST({_arguments(element, compiler, **kw)[0]} AS FLOAT)"
    return f"coalesce(sum({summed}), 0.0)"


@compiles(_DistinctTexts)
def _distinct_texts(element: _DistinctTexts, compiler: Any, **kw: Any) -> str:
    return f"group_concat(DISTINCT {_arguments(element, compiler, **kw)[0]})"


@compiles(_DistinctTexts, POSTGRESQL)
def _distinct_texts_postgresql(element: _DistinctTexts, compiler: Any, **kw: Any) -> str:
    return f"string_agg(DISTINCT {_arguments(element, compiler, **kw)[0]}, ',')"


@compiles(_ByteLength)
def _byte_length(element: _ByteLength, compiler: Any, **kw: Any) -> str:
    return f"length(CAST({_arguments(element, compiler, **kw)[0]} AS BLOB))"


@compiles(_ByteLength, POSTGRESQL)
def _byte_length_postgresql(element: _ByteLength, compiler: Any, **kw: Any) -> str:
    return f"octet_length(CAST({_arguments(element, compiler, **kw)[0]} AS TEXT))"


def items_of(column: Any, key: str | None = None, *, name: str | None = None) -> TableValuedAlias:
    """Rows with the items of a JSON list as texts, in the column `value`. What is no list has none.

    key: the list is the value of this key of the column's object; None where the column is the list.
    name: the alias of a table that stands beside the column's own in FROM; None for one that is joined, or
        stands alone.
    """
    arguments = (column,) if key is None else (column, key)
    return _Items(*arguments).table_valued("value", name=name, joins_implicitly=name is not None)


def numbered_items_of(column: Any, *, name: str) -> TableValuedAlias:
    """As `items_of`, of a column that holds a list in each row, with the number of each item, from 0, in the
    column `key`."""
    return _NumberedItems(column).table_valued("key", "value", name=name, joins_implicitly=True)


def entries_of(column: Any, *, name: str) -> TableValuedAlias:
    """Rows with the keys of a JSON object and their values, in the columns `key` and `value`, to stand beside
    the column's table in FROM. Numbers are to be cast: PostgreSQL gives them as texts."""
    return _Entries(column).table_valued("key", "value", name=name, joins_implicitly=True)


def first_of(item: Any) -> ColumnElement[str]:
    """The first item of a list that `items_of` gave, as text."""
    return _First(item)


def total(value: Any) -> ColumnElement[float]:
    """The sum of a group's values; 0.0 where there are none."""
    return _Total(value)


def distinct_texts(text: Any) -> ColumnElement[str]:
    """The different texts of a group, with commas between; NULL where there are none."""
    return _DistinctTexts(text)


def byte_length(value: Any) -> ColumnElement[int]:
    """How many bytes a text or a JSON value takes."""
    return _ByteLength(value)


def among(column: Any, values: Iterable[str] | BindParameter[str]) -> ColumnElement[bool]:
    """`column` is one of these: as one variable, however many there are.

    A bound parameter takes them as JSON text: for a statement that is made once and executed often.
    """
    as_json: Any = values if isinstance(values, BindParameter) else json.dumps(list(values))
    listed = _Listed(as_json).table_valued("value")
    is_listed: ColumnElement[bool] = col(column).in_(sqlalchemy_select(listed.c.value))
    return is_listed


class _Listed(FunctionElement[Any]):
    """Rows of the items of a list that is given as JSON text."""

    inherit_cache = True
    name = "json_each"


@compiles(_Listed)
def _listed(element: _Listed, compiler: Any, **kw: Any) -> str:
    return f"json_each({_arguments(element, compiler, **kw)[0]})"


@compiles(_Listed, POSTGRESQL)
def _listed_postgresql(element: _Listed, compiler: Any, **kw: Any) -> str:
    return f"json_array_elements_text(CAST({_arguments(element, compiler, **kw)[0]} AS JSON))"


def as_text(column: Any) -> ColumnElement[str]:
    """A JSON column as it is stored, unread."""
    return cast(column, String)


class _AsJson(FunctionElement[Any]):
    """JSON text as the value of a JSON column."""

    inherit_cache = True
    name = "as_json"
    type = String()


@compiles(_AsJson)
def _as_json(element: _AsJson, compiler: Any, **kw: Any) -> str:
    return _arguments(element, compiler, **kw)[0]


@compiles(_AsJson, POSTGRESQL)
def _as_json_postgresql(element: _AsJson, compiler: Any, **kw: Any) -> str:
    return f"CAST({_arguments(element, compiler, **kw)[0]} AS JSON)"


def as_json(written: Any) -> ColumnElement[Any]:
    """JSON text, as the value of a JSON column that is stored to the letter."""
    return _AsJson(written)
