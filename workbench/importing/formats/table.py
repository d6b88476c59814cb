"""Any other table or list of objects: its columns are understood by their names.
Knows nothing about the tools that wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.importing.columns import guess_columns
from workbench.importing.formats.shared import flat, read_flat
from workbench.importing.types import Field, Format, Recognition, Record, Source, columns_of


def _recognise(source: Source) -> Recognition | None:
    if source.kind == "folder" or not source.records:
        return None
    columns = columns_of([Record(r.row, flat(r.values)) for r in source.records[:20]])
    question = [column for column, field in _understand(columns, ()).items() if field == "question"]
    if not question:
        return Recognition(0.05, "no format is known that has its columns")
    return Recognition(0.3, f"its column {question[0]} is a question by its name")


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    """What the columns mean: by their names, or where no name says it by what stands behind the last dot."""
    found = guess_columns(columns)
    if "question" not in found.values():
        prefixes = {column[: column.rfind(".") + 1] for column in columns if "." in column}
        inner = guess_columns(columns, sorted(prefixes))
        found = {**{c: f for c, f in inner.items() if f not in found.values()}, **found}
    return found


FORMAT = Format("table", "Table or list", _recognise, read_flat, _understand)
