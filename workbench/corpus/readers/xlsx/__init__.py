"""Reads XLSX: sheet by sheet, one line per row, each cell with its column's name.
Knows nothing about other formats."""

from __future__ import annotations

import re

from workbench.corpus.readers.extracted_text import LeftOutTally, ReadText
from workbench.corpus.readers.office.package import OfficeFormat, Package
from workbench.corpus.readers.records import Records
from workbench.corpus.readers.titles import choose_title
from workbench.corpus.readers.xlsx.sheet import NO_VALUE, Sheet, read_sheet
from workbench.corpus.readers.xlsx.sheet_tables import write_tables
from workbench.corpus.readers.xlsx.workbook import read_workbook
from workbench.corpus.types import TableRows

EXCEL = OfficeFormat("an Excel workbook", "Excel", ".xlsx", ".xls", "xl/workbook.xml", "x:workbook")
_DEFAULT_NAME = re.compile(
    r"(?:sheet|tabelle|table|feuil|feuille|hoja|foglio|planilha|folha|blad|ark|taul|arkusz|list|munka|foaie|sayfa"
    r"|лист|аркуш|φύλλο|工作表|シート)\s?\d*",
    re.IGNORECASE,
)


def read_xlsx(data: bytes) -> ReadText:
    """Read a workbook, one line per row. Raises Unreadable when it is damaged, encrypted or an old .xls."""
    package = Package(data, EXCEL)
    left_out = LeftOutTally()
    workbook = read_workbook(package, package.read_main())
    shown: list[tuple[str, Sheet]] = []
    for place in workbook.sheets:
        if place.is_chart:
            left_out.add("charts")
        elif place.is_hidden:
            hidden = read_sheet(workbook, place, LeftOutTally())
            cells = (cell for row in hidden.rows for cell in row.cells.values())
            left_out.add("hidden sheets", "; ".join([place.name, *cells, *hidden.drawn]))
        else:
            shown.append((place.name, read_sheet(workbook, place, left_out)))
    text = _Text()
    for title, sheet in shown:
        records = write_tables(sheet.rows)
        if not records and not sheet.drawn:
            continue
        if len(shown) > 1 or not _DEFAULT_NAME.fullmatch(title):
            text.add(Records(f"## {' '.join(title.split())}"))
        for part in [*records, *map(Records, sheet.drawn)]:
            text.add(part)
    return ReadText(
        text.text,
        title=choose_title(package.title),
        note="; ".join(filter(None, (package.note, _missing_values(left_out)))),
        left_out=left_out.entries(),
        record_tables=tuple(text.tables),
    )


class _Text:
    """Puts tables and other text one below the other."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.tables: list[TableRows] = []

    @property
    def text(self) -> str:
        return "\n\n".join(self._parts)

    def add(self, records: Records) -> None:
        """Add it. Text below a table gets a row without cells: it is no part of the table's last row."""
        start = self._length + (2 if self._parts else 0)
        columns, rows = (records.table.columns, records.table.rows) if records.table is not None else ((), ())
        placed = tuple((start + row_start, start + row_end, cells) for row_start, row_end, cells in rows)
        end = placed[0][0] - 1 if placed else start + len(records.text)
        if end > start and self.tables and self.tables[-1].columns:
            placed = ((start, end, ()), *placed)
        if placed:
            self.tables.append(TableRows(columns, placed))
        self._parts.append(records.text)
        self._length = start + len(records.text)


def _missing_values(left_out: LeftOutTally) -> str:
    """A warning about formulas whose values the file does not hold; empty where there are none."""
    count = sum(entry.count for entry in left_out.entries() if entry.kind == NO_VALUE)
    if not count:
        return ""
    formulas = "1 formula has" if count == 1 else f"{count:,} formulas have"
    return f"{formulas} no stored value; open it in Excel or LibreOffice, and save it again"
