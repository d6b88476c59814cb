"""Finds the tables of a sheet, which empty rows and columns part, and writes them with their columns' names.
Knows nothing about files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from workbench.corpus.readers.records import (
    MONTH,
    ROWS_LOOKED_AT,
    YEAR,
    Records,
    find_first_row,
    is_header,
    is_numeric,
    is_value,
    join_cells,
    steps,
    write_records,
)
from workbench.corpus.readers.xlsx.sheet import SheetRow

_Span: TypeAlias = tuple[int, int]  # the first column and the last


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
    if above is not None:
        lead = next((at for at, row in enumerate(rows) if len(row.cells) > 1), 0)  # such as "Hot drinks"
        if _goes_on(rows[lead:], above, has_title=lead > 0):
            body = [_cells_of(row, above.columns) for row in rows[lead:]]
            return write_records(
                [], above.names, [[*row.cells.values()] for row in rows[:lead]] + body
            ), above
    columns = _columns(rows)
    grid = _grid(rows, columns)
    if len(columns) == 1:
        return Records("\n".join(cell for (cell,) in grid)), above
    top, first = _header_rows(rows, grid, columns)
    before = [join_cells(cells) for cells in grid[:top]]
    body = grid[first + 1 :]
    if _is_form(rows[first:], grid[first:]):
        return Records(
            "\n".join([*before, *map(join_cells, grid[top:first]), *map(_as_pair, grid[first:])])
        ), None
    if not body or not (_is_bold_above_plain(rows[first:]) or is_header(grid[first], body[:ROWS_LOOKED_AT])):
        return Records("\n".join([*before, *map(join_cells, grid[top:])])), None
    header = _Header(
        columns,
        _joined_names(rows[top : first + 1], columns),
        rows[first].is_bold,
        any(row.is_bold for row in rows[first + 1 :]),
        {column for at, column in enumerate(columns) if is_numeric([cells[at] for cells in body])},
    )
    return write_records(before, header.names, [_cells_of(row, columns) for row in rows[first + 1 :]]), header


def _goes_on(rows: list[SheetRow], above: _Header, *, has_title: bool) -> bool:
    """Whether rows below an empty one belong to the table above it, for they have no names of their own.

    Signs of names of their own, from the surest: names of the table above once more, merged cells above
    others, years or other numbers that go on like those above, bold type, words above numbers, a title.
    """
    first, rest = rows[0], rows[1:]
    columns = _columns(rows)
    if not set(columns) <= set(above.columns) or 2 * len(first.cells) <= len(above.columns):
        return False
    names = dict(zip(above.columns, above.names, strict=True))
    if any(names[column] == text for column, text in first.cells.items()):
        return False
    grid = _grid(rows, columns)
    if _groups_columns(first, above.columns) or _has_labels(rows, grid) or _has_numbers_as_names(rows, names):
        return False
    numeric = [text for column, text in first.cells.items() if column in above.numeric]
    if numeric and is_numeric(numeric):
        return True  # also where it is bold: a total
    if _is_bold_above_plain(rows):
        return False
    if above.is_bold and not above.body_is_bold:
        return not first.is_bold
    words = [column for column, text in first.cells.items() if not is_value(text)]
    if any(is_numeric([row.cells.get(column, "") for row in rest]) for column in words):
        return False
    return columns == above.columns and not has_title


def _has_numbers_as_names(rows: list[SheetRow], above: dict[int, str]) -> bool:
    """Whether the numbers of the first row are names: years, months, or what comes after the names above."""
    first, rest = rows[0], rows[1:]
    numeric = [column for column, text in sorted(first.cells.items()) if is_value(text)]
    if len(numeric) < 2 or len(numeric) == len(first.cells):
        return False
    cells, names = [first.cells[column] for column in numeric], [above[column] for column in numeric]
    for period in (YEAR, MONTH):
        if all(map(period.fullmatch, cells)):
            below = [row.cells.get(column, "") for row in rest for column in numeric]
            is_above_others = any(text and not period.fullmatch(text) for text in below)
            return is_above_others or all(map(period.fullmatch, names))
    step = set(steps([*names, *cells]))
    return len(step) == 1 and min(step) > 0


def _is_bold_above_plain(rows: list[SheetRow]) -> bool:
    return rows[0].is_bold and len(rows) > 1 and not rows[1].is_bold


def _cells_of(row: SheetRow, columns: list[int]) -> list[str]:
    """The cells of a row; the one text of a row that is merged across columns is a remark between rows."""
    if row.spans and len(row.cells) == 1:
        return list(row.cells.values())
    return [row.cells.get(column, "") for column in columns]


def _header_rows(rows: list[SheetRow], grid: list[list[str]], columns: list[int]) -> tuple[int, int]:
    """The first row of the header and its last; those before the last have names for several columns each."""
    top = last = find_first_row(grid, len(columns))
    while top > 0 and _groups_columns(rows[top - 1], columns):
        top -= 1
    spans: list[_Span] = []
    for row in rows[top:last]:
        spans = _spans_of(row, spans)
    while last + 1 < len(rows) and _stands_above_names(rows[last], rows[last + 1], columns, spans):
        spans = _spans_of(rows[last], spans)
        last += 1
    return top, last


def _groups_columns(row: SheetRow, columns: list[int]) -> bool:
    """Whether a row has cells that are merged across some columns.

    A title is merged across all of them, or stands alone and begins at the first.
    """
    if len(row.cells) == 1 and any(first == columns[0] for first, _ in row.spans):
        return False
    return any(first > columns[0] or last < columns[-1] for first, last in row.spans)


def _stands_above_names(row: SheetRow, below: SheetRow, columns: list[int], spans: list[_Span]) -> bool:
    """Whether a row has names for several columns each, and the next one those of each column.

    spans: of the row above, within which the row's own are.
    """
    if not spans:
        return _groups_columns(row, columns)
    own = sorted(_spans_of(row, spans))
    inner = [
        (a, b)
        for a, b in own
        if any(first <= a and b <= last and b - a < last - first for first, last in spans)
    ]
    named = [column for first, last in inner for column in range(first, last + 1) if column in columns]
    cells = [below.cells.get(column, "") for column in named]
    if not all(cells) or not cells:
        return False
    is_counted = all(map(str.isdecimal, cells)) and min(steps(cells), default=0) > 0
    return is_counted or all(YEAR.fullmatch(cell) or not is_value(cell) for cell in cells)


def _spans_of(row: SheetRow, above: list[_Span]) -> list[_Span]:
    """The columns that each name of a row is for: those it is merged across, or up to the next name below a
    name of the row above."""
    found = list(row.spans)
    for first, last in above:
        starts = [column for column in sorted(row.cells) if first <= column <= last]
        merged = {start for start, _ in row.spans}
        for start, after in zip(starts, [*starts[1:], last + 1], strict=bool(starts)):
            if start not in merged and after - 1 > start:
                found.append((start, after - 1))
    return found


def _joined_names(header: list[SheetRow], columns: list[int]) -> list[str]:
    """The names of columns, each behind the names that stand above it for several columns: "2024 H1 Q1"."""
    names: list[list[str]] = [[] for _ in columns]
    spans: list[_Span] = []
    for row in header:
        spans = _spans_of(row, spans) if row is not header[-1] else []
        for column, parts in zip(columns, names, strict=True):
            spanned = (row.cells[a] for a, b in spans if a <= column <= b)
            part = row.cells.get(column) or next(spanned, "")
            if part and parts[-1:] != [part]:
                parts.append(part)
    return [" ".join(parts) for parts in names]


def _is_form(rows: list[SheetRow], grid: list[list[str]]) -> bool:
    """Whether two columns are labels and what belongs to them, rather than a table with a header."""
    if len(grid[0]) != 2 or rows[0].is_bold and not all(row.is_bold for row in rows):
        return False
    if _has_labels(rows, grid):
        return True
    labels, values = zip(*grid, strict=True)
    kinds = {is_value(cell) for cell in values[1:] if cell}
    return len(kinds) == 2 and len(set(labels)) == len(labels) and not any(map(is_value, labels))


def _has_labels(rows: list[SheetRow], grid: list[list[str]]) -> bool:
    """Whether two columns are labels, with a colon or bold, and what belongs to them."""
    if len(grid[0]) != 2:
        return False
    if sum(label.endswith(":") for label, _ in grid) > len(grid) / 2:
        return True
    return len(rows) > 1 and all(min(row.cells) in row.bold and not row.is_bold for row in rows)


def _as_pair(cells: list[str]) -> str:
    label, text = cells
    return f"{label.rstrip(': ')}: {text}" if label and text else label or text
