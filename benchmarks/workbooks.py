"""What reading a large workbook takes, in the reading process, beside openpyxl that reads the bare cells.
Knows nothing about how cells become text.

    python -m benchmarks.workbooks [--quick]

The workbook has one sheet of ten columns: texts that cells share, numbers, dates and truth values.
"""

from __future__ import annotations

import argparse
import datetime
import io
import time

import openpyxl
import psutil
import xlsxwriter

from benchmarks.figures import Figure, run_alone
from benchmarks.memory import most_memory
from workbench.corpus.bounded_reading import LIMITS, close_processes, read_within

ROWS, QUICK_ROWS = 100_000, 5_000
COLUMNS = ("id", "customer", "town", "amount", "count", "day", "state", "note", "price", "open")
FIRST_DAY = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)


def make_workbook(rows: int) -> bytes:
    """A workbook of so many rows below its header."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet("Orders")
        euros, day = (workbook.add_format({"num_format": code}) for code in ('#,##0.00 "€"', "d.m.yyyy"))
        sheet.write_row(0, 0, COLUMNS)
        for n in range(rows):
            texts = (n, f"Customer {n % 5000}", f"Town {n % 50}")
            sheet.write_row(n + 1, 0, texts)
            sheet.write_number(n + 1, 3, n * 1.1, euros)
            sheet.write_number(n + 1, 4, n % 7)
            sheet.write_datetime(n + 1, 5, FIRST_DAY + datetime.timedelta(n % 365), day)
            sheet.write_row(n + 1, 6, ("open", f"note {n}", 3.5, n % 2 == 0))
    return out.getvalue()


def measure_reader(data: bytes) -> tuple[float, int]:
    """(processor seconds, most bytes of memory) of the reading process, its start included."""
    close_processes()
    others = set(psutil.Process().children())
    read_within(LIMITS, ".xlsx", data)
    (reader,) = set(psutil.Process().children()) - others  # it waits for the next file
    used, memory = reader.cpu_times(), most_memory(reader.pid)
    close_processes()
    return used.user + used.system, memory


def measure_openpyxl(data: bytes) -> float:
    """Processor seconds for each cell's value and number format."""
    started = time.process_time()
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for row in workbook.worksheets[0].iter_rows():
        for cell in row:
            _ = cell.value, cell.number_format
    return time.process_time() - started


def measure(options: argparse.Namespace) -> list[Figure]:
    rows = QUICK_ROWS if options.quick else ROWS
    data = make_workbook(rows)
    seconds, memory = measure_reader(data)
    note = f"{rows:,} rows of {len(COLUMNS)} cells, {len(data) / 1e6:.1f} MB"
    return [
        Figure("processor time a row, ms", seconds / rows * 1_000, note=note),
        Figure("beside openpyxl's bare cells", seconds / measure_openpyxl(data), note="the same runs"),
        Figure("most memory, MB", memory / 1e6, note="of the reading process"),
    ]


if __name__ == "__main__":
    raise SystemExit(run_alone("workbooks", measure, __doc__))
