"""Writes a table's rows as lines, each cell with its column's name, and tells which row names the columns.
Knows nothing about the files that tables are in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.corpus.types import TableRows

_CODES = (  # of ISO 4217, without those that are words of headings: ALL, CUP, TOP
    "AED AFN AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP "
    "LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR "
    "PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TND TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER "
    "ZAR ZMW ZWG"
)
_CURRENCY = (
    rf"(?:(?:US|HK|[A-Z])?[$¢-¥฿₠-⃀﷼]|{_CODES.replace(' ', '|')}"
    r"|kr\.?|Kč|zł|Ft|Fr\.?|Rs\.?|RM|lei|лв\.?|руб\.?|元|円)"
)
_UNIT = (
    r"(?:[kmµ]?g|t|lbs?|oz|[kdcmµn]?m|mi|ft|in|[dcm]?l|h|hrs?|min|sec|m?s|[kMG]?Wh?|k?V|[kMG]?Hz|[kMGT]i?B"
    r"|°[CF]?|[hk]?Pa|bar|psi|k?J|k?cal|px|pcs?|ha|ppm|dB)[²³]?"
)
_PER = r"\s?/\s?(?:[kcm]?[mglsh]|kWh|min|hour|day|week|month|year|pcs?)[²³]?"  # 3 €/kg, 90 km/h
NUMBER = re.compile(
    rf"\(?[-+−]?\s*{_CURRENCY}?\s*[-+−]?[\d.,'’\s]*\d(?:\s*(?:[%‰]|{_CURRENCY})|\s?(?P<unit>{_UNIT}))?(?:{_PER})?\)?"
    r"|[-+]?\d+(?:\.\d+)?[eE][-+]?\d+"
)
DATE = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2})?(?:[T ][\d:.Z+]+)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?"
)
MONTH = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
CLOCK = re.compile(r"\d{1,2}:\d{2}")
YEAR = re.compile(r"(?:19|20)\d\d")
NUMERIC_SHARE = 0.9  # of a column's cells, in a column of numbers
ROWS_LOOKED_AT = 200  # for telling a row of names from a row of values


class Value(str):
    """A cell that its file has as a number, a date or a truth value, however it is shown: "CHF 3.50", "-"."""

    __slots__ = ()


@dataclass(frozen=True)
class Records:
    """A table as text."""

    text: str
    """One line per row."""
    table: TableRows | None = None
    """Its rows, as offsets in `text`; None where no row names the columns."""


def write_table(rows: list[list[str]], width: int) -> Records:
    """Write a table, whose header is told from its rows.

    rows: their cells, on one line each; one at least. width: the usual number of cells, 2 at least.
    """
    first = find_first_row(rows, width)
    before = [join_cells(row) for row in rows[:first]]  # a title or comments above the table
    header, *body = rows[first:]
    if not body:
        return Records("\n".join([*before, " | ".join(header)]))
    if not is_header(header, body[:ROWS_LOOKED_AT]):
        return Records("\n".join([*before, *map(join_cells, rows[first:])]))
    return write_records(before, header, body)


def write_records(before: list[str], header: list[str], body: list[list[str]]) -> Records:
    """Write the rows below a header; one of a single cell is a remark, which does not say its column's name.

    before: lines above the table.
    """
    lines = [_line(row, header) for row in body]
    named = [row for row in body if len(row) > 1]
    if any(name and not any(row[n : n + 1] > [""] for row in named) for n, name in enumerate(header)):
        before = [*before, " | ".join(header)]  # else the name of an empty column would be lost
    text = "\n".join([*before, *lines])
    return Records(text, TableRows(tuple(header), _places(body, lines, len(text))))


def find_first_row(rows: Sequence[list[str]], width: int) -> int:
    """The place of the first row that fills the table; 0 where none does."""
    return next((n for n, row in enumerate(rows) if _fills(row, width)), 0)


def join_cells(row: Sequence[str]) -> str:
    """The cells of a row on one line, without their columns' names."""
    return "; ".join(filter(None, row))


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


def is_header(first: list[str], body: list[list[str]]) -> bool:
    """Whether the first row names the columns, and is no row of values like those below it.

    Numbers as names are years, or rise from column to column; so do dates.
    """
    if any(_has_shape_of_column(column, first, body) for column in range(len(first))):
        return False
    numeric = [column for column, cell in enumerate(first) if is_value(cell)]
    if not numeric:
        return True
    if len(numeric) == sum(map(bool, first)):
        return False
    below = [[row[column] for row in body if column < len(row)] for column in numeric]
    names = [first[column] for column in numeric]
    if all(map(YEAR.fullmatch, names)) and not all(all(map(YEAR.fullmatch, cells)) for cells in below):
        return True
    if len(numeric) > 1 and _rises(names, below):
        return True
    return not any(
        is_numeric(cells) and _is_like(name, cells) for name, cells in zip(names, below, strict=True)
    )


def is_value(cell: str) -> bool:
    """Whether a cell holds a number, an amount, a share, a quantity, a date or a time, and no words."""
    return isinstance(cell, Value) or bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell))


def _has_shape_of_column(column: int, first: list[str], body: list[list[str]]) -> bool:
    """Whether the first cell is a code like all those below it: A001 above A002, an address above others."""
    cells = [row[column] for row in body if column < len(row)]
    shape = _shape(first[column])
    is_code = shape != first[column] and "A" in shape and ("9" in shape or "@" in shape) and " " not in shape
    return is_code and all(_shape(cell) == shape for cell in cells)


def _shape(cell: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", cell))


def is_numeric(cells: Sequence[str]) -> bool:
    """Whether the cells of a column are values; empty ones do not count."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(is_value, filled)) >= NUMERIC_SHARE * len(filled)


def steps(cells: Sequence[str]) -> list[float]:
    """By how much each number is larger than the one before it; empty where one of the cells is none."""
    numbers = [_number_in(cell) for cell in cells]
    known = [number for number in numbers if number is not None]
    same = len(known) == len(numbers)
    return [round(b - a, 9) for a, b in zip(known, known[1:], strict=False)] if same else []


def _rises(names: list[str], below: list[list[str]]) -> bool:
    """Whether numbers rise from column to column, as names do.

    Whole numbers, months and days do by themselves. Others (0.5, 10%, 5 km, 9:00) are as often values: they
    have to be written in another way than what is below them.
    """
    if all(map(MONTH.fullmatch, names)):
        return all(a < b for a, b in zip(names, names[1:], strict=False))
    rises = steps([name.replace(":", "") if CLOCK.fullmatch(name) else name for name in names])
    if not rises or min(rises) <= 0:
        return False
    if all(map(str.isdecimal, names)):
        return True
    return any(
        all(_marks(name).isdisjoint(_marks(cell)) for cell in cells if cell)
        for name, cells in zip(names, below, strict=True)
    )


def _is_like(name: str, cells: list[str]) -> bool:
    """Whether a value may be one of those below it: "5 km" above times is a name."""
    return not _has_unit(name) or any(map(_has_unit, cells))


def _has_unit(cell: str) -> bool:
    match = None if isinstance(cell, Value) else NUMBER.fullmatch(cell)
    return match is not None and match["unit"] is not None


def _marks(cell: str) -> set[str]:
    """What stands in a number beside its digits and its sign; its digits, where nothing does."""
    return set(re.sub(r"[\d\s()+−'’-]", "", cell)) or {"9"}


def _number_in(cell: str) -> float | None:
    match = re.search(r"\d[\d.,'’]*", cell)
    if match is None:
        return None
    digits = re.sub("['’]", "", match[0])
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    try:
        number = float(digits.rstrip(".,").replace(",", "."))
    except ValueError:
        return None
    return -number if cell.lstrip()[:1] in ("-", "−", "(") else number
