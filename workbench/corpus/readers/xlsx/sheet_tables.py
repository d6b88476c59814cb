"""Finds the tables of a sheet, which empty rows and columns part, and writes them with their columns' names.
Knows nothing about files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.corpus.readers.records import (
    ROWS_LOOKED_AT,
    Records,
    find_first_row,
    is_header,
    is_numeric,
    is_value,
    join_cells,
    write_records,
)
from workbench.corpus.readers.xlsx.sheet import SheetRow


@dataclass(frozen=True)
class _Header:
    """The row that names the columns of a table, and what is below it."""

    columns: list[int]
    names: list[str]
    is_bold: bool
    body_is_bold: bool
    numeric: set[int]
    """The columns of numbers."""


def write_tables(rows: list[SheetRow]) -> list[Records]:
    """Write the rows of a sheet as its tables, in order."""
    written = []
    header: _Header | None = None
    for band in _bands(rows):
        for part in _side_by_side(band):
            records, header = _write_part(part, header)
            written.append(records)
    return written


def _bands(rows: list[SheetRow]) -> Iterator[list[SheetRow]]:
    """Rows that follow each other, without an empty one between them."""
    band: list[SheetRow] = []
    for row in rows:
        if row.after_gap and band:
            yield band
            band = []
        band.append(row)
    if band:
        yield band


def _side_by_side(band: list[SheetRow]) -> list[list[SheetRow]]:
    """The tables that stand beside each other, parted by empty columns.

    An empty column within a table, as many put behind its labels, parts nothing: each part needs two columns
    and names for all of them.
    """
    columns = _columns(band)
    starts = [b for a, b in zip(columns, columns[1:], strict=False) if b > a + 1]
    if not starts:
        return [band]
    parts = []
    for first, end in zip([columns[0], *starts], [*starts, columns[-1] + 1], strict=True):
        part = []
        for row in band:
            cells = {column: text for column, text in row.cells.items() if first <= column < end}
            if cells:
                spans = [span for span in row.spans if first <= span[0] < end]
                part.append(SheetRow(row.number, cells, row.bold.intersection(cells), False, spans))
        parts.append(part)
    return parts if all(_names_its_columns(part) for part in parts) else [band]


def _names_its_columns(part: list[SheetRow]) -> bool:
    columns = _columns(part)
    grid = _grid(part, columns)
    if len(columns) < 2:
        return False
    first = grid[find_first_row(grid, len(columns))]
    return all(cell and not is_value(cell) for cell in first)


def _columns(rows: list[SheetRow]) -> list[int]:
    return sorted({column for row in rows for column in row.cells})


def _grid(rows: list[SheetRow], columns: list[int]) -> list[list[str]]:
    return [[row.cells.get(column, "") for column in columns] for row in rows]


def _write_part(rows: list[SheetRow], above: _Header | None) -> tuple[Records, _Header | None]:
    """A table, and the header that may go on below it."""
    if above is not None and _goes_on(rows, above):
        body = [_cells_of(row, above.columns) for row in rows]
        return write_records([], above.names, body), above
    columns = _columns(rows)
    grid = _grid(rows, columns)
    if len(columns) == 1:
        return Records("\n".join(cell for (cell,) in grid)), above
    first = find_first_row(grid, len(columns))
    groups = next((row for row in rows[max(first - 1, 0) : first + 1] if _groups_columns(row, columns)), None)
    if groups is rows[first] and first + 1 < len(rows):
        first += 1
    before = [join_cells(cells) for cells in grid[:first]]
    body = grid[first + 1 :]
    if _is_form(rows[first:], grid[first:]):
        return Records("\n".join([*before, *map(_as_pair, grid[first:])])), None
    if not body or not is_header(grid[first], body[:ROWS_LOOKED_AT]):
        return Records("\n".join([*before, *map(join_cells, grid[first:])])), None
    if groups is not None:
        before.pop()
    header = _Header(
        columns,
        grid[first] if groups is None else _grouped_names(grid[first], columns, groups),
        rows[first].is_bold,
        any(row.is_bold for row in rows[first + 1 :]),
        {column for at, column in enumerate(columns) if is_numeric([cells[at] for cells in body])},
    )
    return write_records(before, header.names, [_cells_of(row, columns) for row in rows[first + 1 :]]), header


def _goes_on(rows: list[SheetRow], above: _Header) -> bool:
    """Whether rows below an empty one belong to the table above it, for they have no names of their own."""
    first = rows[0]
    if not set(_columns(rows)) <= set(above.columns) or 2 * len(first.cells) <= len(above.columns):
        return False
    if above.is_bold and not above.body_is_bold:
        return not first.is_bold
    numeric = [text for column, text in first.cells.items() if column in above.numeric]
    return bool(numeric) and is_numeric(numeric)


def _cells_of(row: SheetRow, columns: list[int]) -> list[str]:
    """The cells of a row; the one text of a row that is merged across columns is a remark between rows."""
    if row.spans and len(row.cells) == 1:
        return list(row.cells.values())
    return [row.cells.get(column, "") for column in columns]


def _groups_columns(row: SheetRow, columns: list[int]) -> bool:
    """Whether a row has cells that are merged across some columns; across all of them stands a title."""
    return any(first > columns[0] or last < columns[-1] for first, last in row.spans)


def _grouped_names(names: list[str], columns: list[int], groups: SheetRow) -> list[str]:
    """The names of columns, each behind the name that is merged across several of them: "2024 Q1"."""
    grouped = []
    for name, column in zip(names, columns, strict=True):
        spanned = (groups.cells[a] for a, b in groups.spans if a <= column <= b)
        group = next(spanned, groups.cells.get(column, ""))
        grouped.append(name if group == name else f"{group} {name}".strip())
    return grouped


def _is_form(rows: list[SheetRow], grid: list[list[str]]) -> bool:
    """Whether two columns are labels and what belongs to them, rather than a table with a header."""
    if len(grid[0]) != 2 or rows[0].is_bold and not all(row.is_bold for row in rows):
        return False
    labels, values = zip(*grid, strict=True)
    if sum(label.endswith(":") for label in labels) > len(labels) / 2:
        return True
    if len(rows) > 1 and all(min(row.cells) in row.bold and not row.is_bold for row in rows):
        return True
    kinds = {is_value(cell) for cell in values[1:] if cell}
    return len(kinds) == 2 and len(set(labels)) == len(labels) and not any(map(is_value, labels))


def _as_pair(cells: list[str]) -> str:
    label, text = cells
    return f"{label.rstrip(': ')}: {text}" if label and text else label or text
