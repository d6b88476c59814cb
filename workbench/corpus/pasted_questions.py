"""Reads pasted questions: one per line, copied cells, "Q:" and "A:" lines, a table with a header, or JSON.
Knows nothing about documents; questions.py checks what a row says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.corpus.question_csv import (
    COLUMNS,
    CSV_SEPARATOR,
    csv_row,
    explain_unknown_column,
    read_question_csv,
)
from workbench.errors import QuestionError
from workbench.input.json_reading import UnusableJson, parse_strict_json

NUMBERING = re.compile(r"^\s*(?:[-*•–]|\(?#?\d{1,4}[.):]|#\d{1,4})\s+")
NUMBER = re.compile(r"^\s*#?\d{1,5}[.):]?\s*$")  # a cell that numbers its row
COMMENT = re.compile(r"^\s*(?:#+(?!\d)|//)")
ASKED = re.compile(r"^\s*(?:q|question)\s?\d{0,4}\s?:\s*", re.IGNORECASE)
ANSWERED = re.compile(r"^\s*(?:a|answers?)\s?\d{0,4}\s?:\s*", re.IGNORECASE)
ONE_BAR = re.compile(r"(?<!\|)\|(?!\|)")
RULE = re.compile(r"^[\s|:+-]+$")  # the line below the header of a Markdown table

Row = tuple[int, Any]
"""(line from 1, a row as in JSONL, or anything else that JSON holds)."""


@dataclass
class PastedRows:
    """What a pasted text holds."""

    rows: list[Row] = field(default_factory=list)
    """The questions, in order."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    """(line from 1, what is wrong with it)."""
    comments: int = 0
    """How many lines are comments or headings (`# …`, `// …`), which are left out."""


def read_pasted(text: str) -> PastedRows:
    """Read a pasted text, in whichever of the forms it is written.

    - JSON: one object per line, or a list of objects.
    - A table whose first line names its columns, with tabs, commas, semicolons or Markdown's bars.
    - Lines that begin with "Q:" and "A:".
    - One question per line. Numbering and bullets are removed; answers follow after tabs or ||. Cells that
      a spreadsheet quoted may hold line breaks.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in text.split("\n") if line.strip()), "")
    if first.lstrip().startswith("{") or first.strip() == "[" or first.lstrip().startswith("[{"):
        return _read_json(text)
    if ASKED.match(first):
        return _read_pairs(text)
    if "\t" not in first and re.search("[,;]", first) and _is_header(re.split("[,;]", first)):
        return _read_csv(text)
    return _read_cells(text)


def _is_header(cells: Sequence[str]) -> bool:
    return "question" in (cell.strip().strip('"').lower() for cell in cells)


def _read_json(text: str) -> PastedRows:
    found = PastedRows()
    try:
        whole = parse_strict_json(text)
    except UnusableJson:
        pass
    else:
        found.rows = [(n, row) for n, row in enumerate(whole if isinstance(whole, list) else [whole], 1)]
        return found
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.rows.append((number, parse_strict_json(line.strip().removesuffix(","))))
        except UnusableJson as error:
            found.problems.append((number, f"it {error}; the line is left out"))
    return found


def _read_csv(text: str) -> PastedRows:
    try:
        table = read_question_csv(text.lstrip("\n"))
    except QuestionError as error:
        return PastedRows(problems=[(1, error.message)])
    above = len(text) - len(text.lstrip("\n"))
    unknown = [(1 + above, explain_unknown_column(name)) for name in table.unknown_columns]
    return PastedRows([(line + above, row) for line, row in table.rows], unknown)


def _read_pairs(text: str) -> PastedRows:
    """Read lines that begin with "Q:" and "A:"; a line without either goes on with the one above it."""
    found = PastedRows()
    piece: list[str] | None = None  # the lines of the question or answer that may go on
    pairs: list[tuple[int, list[str], list[list[str]]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            piece = None
        elif asked := ASKED.match(line):
            piece = [line[asked.end() :]]
            pairs.append((number, piece, []))
        elif answered := ANSWERED.match(line):
            piece = [line[answered.end() :]]
            pairs[-1][2].append(piece)
        elif COMMENT.match(line):
            found.comments += 1
        elif piece is not None:
            piece.append(line)
        else:
            found.problems.append((number, "it begins with neither Q: nor A:; the line is left out"))
    for number, question, answers in pairs:
        cells = [" ".join(part.strip() for part in lines) for lines in (question, *answers)]
        _add_list_row(found, number, cells)
    return found


def _read_cells(text: str) -> PastedRows:
    """Read one question per line, or per row of copied cells."""
    found = PastedRows()
    rows = list(_rows_of_cells(text))
    header: list[str] | None = None
    for position, (number, cells) in enumerate(rows):
        if position == 0 and _is_header(cells):
            header = [cell.strip().lower() for cell in cells]
        elif header is not None and len(header) > 1:
            named = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            found.rows.append((number, csv_row(named)))
        elif COMMENT.match(cells[0]):
            found.comments += 1
        else:
            _add_list_row(found, number, cells)
    if header is not None:
        line = rows[0][0]
        unknown = [name for name in header if name and name not in COLUMNS]
        found.problems += [(line, explain_unknown_column(name)) for name in unknown]
    return found


def _rows_of_cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the line (from 1) on which it begins."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter="\t", strict=True)
    begin, rows = 1, []
    try:
        for cells in reader:
            rows.append((begin, cells))
            begin = reader.line_num + 1
    except csv.Error:  # a quotation mark that is no spreadsheet's
        rows = [(n, line.split("\t")) for n, line in enumerate(text.split("\n"), start=1)]
    for number, cells in rows:
        bars = cells[0].strip() if len(cells) == 1 else ""
        if len(bars) > 1 and bars[0] == bars[-1] == "|" and bars[:2] != CSV_SEPARATOR:
            if RULE.match(bars):
                continue
            cells = ONE_BAR.split(bars[1:-1])
        if any(cell.strip() for cell in cells):
            yield number, cells


def _add_list_row(found: PastedRows, number: int, cells: Sequence[str]) -> None:
    """Add the row of a question with its answers, none of which has a name."""
    if len(cells) > 1 and NUMBER.match(cells[0]):
        cells = cells[1:]
    first = NUMBERING.sub("", " ".join(cells[0].split()))
    parts = [part.strip() for cell in (first, *cells[1:]) for part in cell.split(CSV_SEPARATOR)]
    question, answers = parts[0], list(dict.fromkeys(part for part in parts[1:] if part))
    row: dict[str, Any] = {"question": question} | ({"answer": answers} if answers else {})
    found.rows.append((number, row))
