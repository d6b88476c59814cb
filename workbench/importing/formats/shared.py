"""Does what several formats do alike: tell columns, flatten objects, title documents, name what is not used.
Knows nothing about single formats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from workbench.importing.types import Content, Recognition, Record, Source, SourceDocument
from workbench.importing.values import parse_cell


def has_columns(source: Source, *columns: str, any_of: Collection[str] = ()) -> bool:
    """Whether a source has all of `columns` and, where some are given, at least one of `any_of`."""
    there = set(source.columns)
    return there.issuperset(columns) and (not any_of or not there.isdisjoint(any_of))


def recognised_by(source: Source, sure: float, *columns: str) -> Recognition:
    """The recognition of a source by those of the columns that it has."""
    there = [column for column in columns if column in source.columns]
    listed = " and ".join([", ".join(there[:-1]), there[-1]] if len(there) > 1 else there)
    return Recognition(sure, f"it has the {'column' if len(there) == 1 else 'columns'} {listed}")


def read_flat(source: Source) -> Content:
    """The rows of a source, with objects in them flattened: {"a": {"b": 1}} is the column a.b."""
    return Content(tuple(replace(r, values=flat(r.values)) for r in source.records), (), source.problems)


def read_cells(source: Source, columns: Collection[str]) -> tuple[Record, ...]:
    """The rows of a source, with what these columns hold as JSON text taken out of the text."""
    return tuple(
        replace(
            record,
            values={
                key: parse_cell(value, quoted=True) if key in columns else value
                for key, value in record.values.items()
            },
        )
        for record in source.records
    )


def flat(values: dict[str, Any], levels: int = 2) -> dict[str, Any]:
    """An object whose values are no objects, down to some levels."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and levels:
            for inner, item in flat(value, levels - 1).items():
                result[f"{key}.{inner}"] = item
        else:
            result[key] = value
    return result


def unique_documents(documents: Iterable[SourceDocument]) -> tuple[SourceDocument, ...]:
    """The documents, each once: of several with one key and one text, the first; other texts get keys of
    their own."""
    by_key: dict[str, SourceDocument] = {}
    for document in documents:
        key, number = document.key, 1
        while key in by_key and by_key[key].text != document.text:
            number += 1
            key = f"{document.key} ({number})"
        by_key.setdefault(key, replace(document, key=key))
    return tuple(by_key.values())


def first_objects(source: Source, count: int = 20) -> Sequence[dict[str, Any]]:
    """The first rows as objects."""
    return [record.values for record in source.records[:count]]
