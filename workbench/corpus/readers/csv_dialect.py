"""Finds out how a delimited text is written, by parsing all of it in each likely way, and returns its rows.
Knows nothing about what the cells mean."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

# Where two fit equally well, the earlier wins: commas are also in prose and in numbers.
DELIMITERS = "\t;|,"
NO_DELIMITER = "\x1f"  # in no text: readers remove control characters
SEPARATOR_LINE = re.compile(r"\A\s*\"?sep=([^\n\"'\w]|\\t)\"?[ \t]*(?:\n|\Z)", re.IGNORECASE)  # Excel's
LEAST_PARTED = 0.6  # of the rows, that must have several cells
PROSE_SHARE = 0.8  # of the commas that are followed by a space, in prose
MOST_REPAIRS = 100  # quotes that are never closed; with more, no quote counts
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


class CsvReader(Protocol):
    """What csv.reader returns."""

    line_num: int
    """How many lines it has read."""

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    delimiter: str
    """What stands between two cells."""
    quote: str = '"'
    """What stands around a cell that holds a delimiter or a line break."""
    escape: str | None = None
    """The character before a quote inside a cell; None where such a quote is doubled."""

    def reader(self, lines: Iterator[str], *, quoted: bool = True, strict: bool = False) -> CsvReader:
        """Parse lines with this dialect; unquoted, a quote is a character like others."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=True,
            skipinitialspace=self.delimiter != "\t",
            strict=strict,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        )

    def is_clean(self, lines: list[str]) -> bool:
        """Whether every quote that ends a cell in these lines stands before a delimiter or a line's end."""
        try:
            list(self.reader(iter(lines), strict=True))
        except csv.Error:
            return False
        return True


def read_rows(text: str) -> tuple[list[list[str]], int]:
    """The rows that are not empty, and the usual number of cells in a row: 1 for a text of one column."""
    with long_cells():
        separator = SEPARATOR_LINE.match(text)
        if separator is None:
            return _best_rows(text)
        rows = _parse(text[separator.end() :], Dialect(separator[1].replace("\\t", "\t")))
        return rows, _usual_width(rows)[0]


@contextmanager
def long_cells() -> Iterator[None]:
    """Let a cell be longer than 131,072 characters; the limit belongs to the process, so it is set back."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _best_rows(text: str) -> tuple[list[list[str]], int]:
    best_rows, best_width, best_fit = _parse(text, Dialect(NO_DELIMITER)), 1, (0.0, 0)
    for dialect in _candidates(text):
        rows = _parse(text, dialect)
        width, fit = _usual_width(rows)
        parted = sum(len(row) > 1 for row in rows) >= LEAST_PARTED * len(rows)
        if width > 1 and parted and (fit, width) > best_fit and not _is_prose(text, dialect, rows, width):
            best_rows, best_width, best_fit = rows, width, (fit, width)
    return best_rows, best_width


def _candidates(text: str) -> Iterator[Dialect]:
    start = text.lstrip()[:1]
    quote = "'" if start == "'" else '"'
    escapes: tuple[str | None, ...] = ("\\", None) if f"\\{quote}" in text else (None,)
    for delimiter in DELIMITERS:
        if delimiter in text:
            for escape in escapes:
                yield Dialect(delimiter, quote, escape)


def _usual_width(rows: list[list[str]]) -> tuple[int, float]:
    """The most frequent number of cells (of several, the first row's), and the share of rows with it."""
    counts = Counter(len(row) for row in rows)
    if not counts:
        return 1, 1.0
    width, count = max(counts.items(), key=lambda item: (item[1], item[0] == len(rows[0]), item[0]))
    return width, count / len(rows)


def _is_prose(text: str, dialect: Dialect, rows: list[list[str]], width: int) -> bool:
    """Whether the commas are those of sentences or of numbers: "Yes, gladly" and "1,50" are one cell."""
    if dialect.delimiter != "," or len(rows[0]) == width:
        return False
    commas = text.count(",")
    inside = text.count(", ") + len(DECIMAL_COMMA.findall(text))
    return inside >= PROSE_SHARE * commas


def _parse(text: str, dialect: Dialect) -> list[list[str]]:
    """The rows. One with a quote that is never closed is read without quotes; nothing after it is lost."""
    lines = [line + "\n" for line in text.split("\n")]
    rows: list[list[str]] = []
    start = repairs = 0
    while start < len(lines):
        # A line after the end, which stands in a row of its own unless a quote is open.
        source = iter([*lines[start:], NO_DELIMITER])
        reader = dialect.reader(source, quoted=repairs < MOST_REPAIRS)
        row_start = 0
        parsed: list[list[str]] = []
        with suppress(csv.Error):
            for row in reader:
                if reader.line_num > len(lines) - start:  # the row with the line after the end
                    break
                lines_of_row = lines[start + row_start : start + reader.line_num]
                if len(lines_of_row) > 1 and not dialect.is_clean(lines_of_row):
                    break  # a quote that is never closed, and ended where the next one begins
                parsed.append(row)
                row_start = reader.line_num
        rows += parsed
        start += row_start
        if start < len(lines):  # an open quote, or what the parser refuses
            rows += islice(dialect.reader(iter([lines[start]]), quoted=False), 1)
            start += 1
            repairs += 1
    return [row for row in rows if any(cell.strip() for cell in row)]
