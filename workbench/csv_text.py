"""Writes tables as CSV whose cells no spreadsheet takes for formulas.
Knows nothing about what is in a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

# What begins a formula, and its full-width forms, which some spreadsheets take for the same.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table as CSV, with a line break after each row; None becomes an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in head])
    writer.writerows([_one_kind_of_line_break(safe_cell(value)) for value in row] for row in rows)
    return out.getvalue()


def _one_kind_of_line_break(value: Any) -> Any:
    # The csv module does not quote a lone \\r, which readers take for the end of the row.
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def safe_cell(value: Any) -> Any:
    """The value; a text that a spreadsheet would take for a formula gets a leading apostrophe.

    Numbers and intervals ("-0.03 to +0.10") stay as they are, also when they are written as text.
    """
    if not isinstance(value, str) or all(map(_is_number, value.split(" to ", 1))):
        return value
    text = value.lstrip()
    return f"'{value}" if text.startswith(_FORMULA) or value[:1] in ("\t", "\r") else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
