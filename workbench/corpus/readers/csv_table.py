"""Reads CSV: one line per row, each cell with its column's name, so that a row makes sense by itself.
Knows nothing about how cells are parted (csv_dialect.py does) or told apart from names (records.py)."""

from __future__ import annotations

from workbench.corpus.readers.csv_dialect import read_rows
from workbench.corpus.readers.extracted_text import ReadText, clean
from workbench.corpus.readers.records import write_table
from workbench.corpus.readers.text_encoding import decode


def read_csv(data: bytes) -> ReadText:
    """Read a table. Raises Unreadable for what is not text."""
    text, note = decode(data)
    rows, width = read_rows(clean(text))
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    if width == 1:
        return ReadText("\n".join("; ".join(filter(None, row)) for row in rows), note=note)
    records = write_table(rows, width)
    tables = (records.table,) if records.table is not None else ()
    return ReadText(records.text, note=note, record_tables=tables)
