"""Writes tables as lines, one per row; a cell that spans rows stands in each of them.
Knows nothing about HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workbench.corpus.readers.extracted_text import table_row

LONGEST_REPEATED = 200  # characters of a cell that is written again in every row that it spans


@dataclass
class _Spanning:
    """A cell that reaches into the rows below."""

    text: str
    """What is written in each of them; "" for a long text."""
    rows: int
    """How many more rows it reaches into."""


@dataclass
class TableWriter:
    """Takes a table's cells in order and gives its lines."""

    columns: int
    """The number of cells of the longest row; a cell spans no more."""
    budget: int
    """How many characters repeated cells may add, so that a small file cannot become a large text."""
    lines: list[str | tuple[str, str]] = field(default_factory=list)
    """The lines of the rows that are complete, and blocks of code (with their languages) below their rows."""
    code: list[tuple[str, str]] = field(default_factory=list)
    """The blocks of code in the row that is being read; their cells are empty."""
    _row: list[str] = field(default_factory=list)
    """The cells of the row that is being read."""
    _spanning: dict[int, _Spanning] = field(default_factory=dict)
    """By column, the cells that reach into the row below."""

    def cell(self, text: str, column_span: int, row_span: int | None) -> None:
        """Add a cell to the row. `row_span`: None reaches to the end of the group of rows."""
        self._fill_from_above()
        column = len(self._row)
        span = max(1, min(column_span, self.columns))
        self.budget -= 3 * (span - 1)
        if self.budget < 0:
            span = 1
        self._row += [text, *[""] * (span - 1)]
        rows = 10**9 if row_span is None else row_span - 1
        if rows > 0:
            repeated = text if len(text) <= LONGEST_REPEATED else ""
            for offset in range(span):
                self._spanning[column + offset] = _Spanning(repeated if offset == 0 else "", rows)

    def end_row(self) -> None:
        """End the row; one without any text of its own is left out."""
        has_text = any(self._row)
        self._fill_from_above()
        while any(column > len(self._row) for column in self._spanning):
            self._row.append("")  # a cell that the row lacks
            self._fill_from_above()
        if has_text:
            self.lines.append(table_row(self._row))
        self.lines += self.code
        self._row, self.code = [], []

    def end_group(self) -> None:
        """End a group of rows, beyond which no cell reaches."""
        self._spanning.clear()

    def _fill_from_above(self) -> None:
        while (spanning := self._spanning.get(len(self._row))) is not None:
            column = len(self._row)
            self.budget -= len(spanning.text) + 3
            if self.budget < 0:
                self._spanning.clear()
                return
            self._row.append(spanning.text)
            spanning.rows -= 1
            if spanning.rows <= 0:
                del self._spanning[column]


def parse_span(value: str) -> int:
    """A span as HTML gives it; 1 for what is no number."""
    match = re.match(r"\d{1,6}", value)
    return int(match[0]) if match else 1
