"""Reads CSV: one line per row, each cell with its column's name, so that a row makes sense by itself.
Knows nothing about how the cells are parted (csv_dialect.py does)."""

from __future__ import annotations

import re

from workbench.corpus.readers.csv_dialect import read_rows
from workbench.corpus.readers.extracted_text import ReadText, clean
from workbench.corpus.readers.text_encoding import decode

NUMBER = re.compile(r"[-+−]?[\d.,'\s]*\d\s*%?|[-+]?\d+(?:\.\d+)?e[-+]?\d+", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ][\d:.Z+]+)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
YEAR = re.compile(r"(?:19|20)\d\d")
NUMERIC_SHARE = 0.9  # of a column's cells, in a column of numbers
ROWS_LOOKED_AT = 200  # for telling a row of names from a row of values


def read_csv(data: bytes) -> ReadText:
    """Read a table. Raises Unreadable for what is not text."""
    text, note = decode(data)
    rows, width = read_rows(clean(text))
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    if width == 1:
        return ReadText("\n".join("; ".join(filter(None, row)) for row in rows), note=note)
    first = next((n for n, row in enumerate(rows) if _fills(row, width)), 0)
    before = ["; ".join(filter(None, row)) for row in rows[:first]]  # a title or comments above the table
    header, *body = rows[first:]
    if not body:
        lines = [" | ".join(header)]
    elif _is_header(header, body[:ROWS_LOOKED_AT]):
        lines = [_line(row, header) for row in body]
        named = [row for row in body if len(row) > 1]  # a remark does not say its column's name
        if any(name and not any(row[n : n + 1] > [""] for row in named) for n, name in enumerate(header)):
            before.append(" | ".join(header))  # else the name of an empty column would be lost
        text = "\n".join([*before, *lines])
        return ReadText(text, note=note, columns=tuple(header), rows=_places(body, lines, len(text)))
    else:
        lines = [_line(row, []) for row in rows[first:]]
    return ReadText("\n".join([*before, *lines]), note=note)


def _places(
    body: list[list[str]], lines: list[str], length: int
) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """(start, end, cells) of the rows; a remark between them is none. length: of the text they end."""
    start = length - sum(map(len, lines)) - len(lines) + 1
    places = []
    for row, line in zip(body, lines, strict=True):
        if len(row) > 1:
            places.append((start, start + len(line), tuple(row)))
        start += len(line) + 1
    return tuple(places)


def _fills(row: list[str], width: int) -> bool:
    """Whether a row has as many cells as the table: titles and comments above it have fewer."""
    if row[0].startswith("#") and len(row) != width:
        return False
    return len(row) >= width and sum(map(bool, row)) > width / 2 or sum(map(bool, row)) >= width


def _line(row: list[str], header: list[str]) -> str:
    """A row on one line, with the name of each cell's column where it has one."""
    if len(row) == 1:
        return row[0]  # a remark between or below the rows
    names = [*header, *[""] * len(row)]
    return "; ".join(
        f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell
    )


def _is_header(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first row names the columns, and is no row of values like those below it.

    Numbers as names are years, or rise from column to column.
    """
    if any(_has_shape_of_column(column, first, body) for column in range(len(first))):
        return False
    numeric = [column for column, cell in enumerate(first) if _is_value(cell)]
    if not numeric:
        return True
    if all(YEAR.fullmatch(first[column]) for column in numeric) and any(
        cell and not _is_value(cell) for cell in first
    ):
        return True
    if len(numeric) == sum(map(bool, first)):
        return False
    if len(numeric) > 1 and _rises([first[column] for column in numeric]):
        return True
    return not any(_is_numeric([row[column] for row in body if column < len(row)]) for column in numeric)


def _is_value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell))


def _has_shape_of_column(column: int, first: list[str], body: list[list[str]]) -> bool:
    """Whether the first cell is a code like all those below it: A001 above A002, an address above others."""
    cells = [row[column] for row in body if column < len(row)]
    shape = _shape(first[column])
    is_code = shape != first[column] and "A" in shape and ("9" in shape or "@" in shape) and " " not in shape
    return is_code and all(_shape(cell) == shape for cell in cells)


def _shape(cell: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", cell))


def _is_numeric(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(_is_value, filled)) >= NUMERIC_SHARE * len(filled)


def _rises(cells: list[str]) -> bool:
    digits = [int(cell) for cell in cells if cell.isdecimal()]
    return len(digits) == len(cells) and all(a < b for a, b in zip(digits, digits[1:], strict=False))
