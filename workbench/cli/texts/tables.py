"""Formats text tables and CSV.
Knows nothing about what the cells hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A text table. The first column is aligned to the left, the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    shown = [
        "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([shown[0], "  ".join("-" * w for w in widths), *shown[1:]])


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV whose cells are safe to open in a spreadsheet; None becomes an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue().rstrip("\n")


def safe_cell(value: Any) -> str:
    """The text of a CSV cell, quoted where a spreadsheet would read it as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
