"""Finds the tables in a text, with the rows that name their columns.
Knows nothing about chunks, and nothing about what is in the cells.

A table is lines with cells between "|": as Markdown has them, and as the readers of HTML, DOCX, PPTX and PDF
write them. Readers of CSV and XLSX repeat each column's name beside its cell, so their lines need no header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.markdown import outline_markdown

RULE = re.compile(r"[ \t|:+-]*-[ \t|:+-]*")
"""The line below the header of a Markdown table."""

LEAST_ROWS = 3
"""Fewer lines without such a rule are no table: two commands with pipes are as long."""

_VALUE = re.compile(r"[-+−~<>≤≥]?\s*[$£€¥]?\s*[\d.,'\s]*\d[\d.,'\s]*\s*[%°\w]{0,3}")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where a table with a header is in a text, in characters."""

    start: int
    """The first character of the header row."""
    header_end: int
    """After the header row."""
    rule_end: int
    """After the rule below the header row; where there is none, header_end."""
    end: int
    """After the last row."""


def is_row(line: str) -> bool:
    """Whether a line has the form of a table row."""
    return line.count("|") >= 2 or " | " in line


def find_tables(text: str) -> list[TablePlace]:
    """The tables that have a header and a row below it, in order; none in blocks of code.

    In a table without a rule, the first row is the header, unless it holds a value such as a price.
    """
    tables = [table for block in _blocks(text) if (table := _read_table(block)) is not None]
    if not tables:
        return []
    code = outline_markdown(text).code
    return [t for t in tables if not any(start <= t.start < end for start, end in code)]


_Line = tuple[int, str]
"""(offset, text) of a line."""


def _blocks(text: str) -> Iterator[list[_Line]]:
    """Rows that follow each other."""
    if "|" not in text:
        return
    start = 0
    block: list[_Line] = []
    for line in text.split("\n"):
        if is_row(line) or (block and RULE.fullmatch(line)):
            block.append((start, line))
        elif block:
            yield block
            block = []
        start += len(line) + 1
    if block:
        yield block


def _read_table(block: Sequence[_Line]) -> TablePlace | None:
    first, header = block[0]
    has_rule = len(block) > 1 and RULE.fullmatch(block[1][1]) is not None
    if not (len(block) > 2 if has_rule else _names_columns(block)) or RULE.fullmatch(header):
        return None
    start = first + len(header) - len(header.lstrip())
    ends = [offset + len(line.rstrip()) for offset, line in block]
    return TablePlace(start, ends[0], ends[1] if has_rule else ends[0], ends[-1])


def _names_columns(block: Sequence[_Line]) -> bool:
    """Whether the first row of a table without a rule reads as its header."""
    if len(block) < LEAST_ROWS:
        return False
    names, values = (_cells(line) for _, line in block[:2])
    said = [name for name in names if name]
    are_names = not any(_VALUE.fullmatch(name) and not _YEAR.fullmatch(name) for name in said)
    return len(names) == len(values) > 1 and bool(said) and are_names


def _cells(line: str) -> list[str]:
    line = line.strip()
    bare = line[1:-1] if line.startswith("|") and line.endswith("|") and len(line) > 1 else line
    return [cell.strip() for cell in bare.split("|")]
