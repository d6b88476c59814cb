"""Reads CSV: one line per row, each cell with its column's name, so that a row makes sense by itself.
Knows nothing about other formats."""

from __future__ import annotations

import csv
import io

from workbench.corpus.readers.extracted_text import ReadText, Unreadable, clean
from workbench.corpus.readers.plain_text import decode


def read_csv(data: bytes) -> ReadText:
    """Read a table. Raises Unreadable for what is not text or not a table."""
    text, note = decode(data)
    text = clean(text)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(c.strip() for c in row)]
    except csv.Error as error:
        raise Unreadable(f"it is not a table: {error}") from None
    if not rows:
        return ReadText("", note=note)
    header, *body = rows
    if not body:
        return ReadText(" | ".join(header), note=note)
    lines = []
    for row in body:
        cells = [
            f"{header[i].strip()}: {cell.strip()}" if i < len(header) and header[i].strip() else cell.strip()
            for i, cell in enumerate(row)
            if cell.strip()
        ]
        lines.append("; ".join(cells))
    return ReadText("\n".join(lines), note=note)
