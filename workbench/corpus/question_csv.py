"""Reads questions from a CSV file: its columns, its delimiter, and cells that hold several values.
Knows nothing about documents; questions.py checks what a row says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from workbench.corpus.readers.csv_dialect import long_cells
from workbench.errors import QuestionError
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean

CSV_SEPARATOR = "||"
SEPARATOR_LINE = re.compile(r"\A\"?sep=(.)\"?[ \t]*\n", re.IGNORECASE)  # Excel's
COLUMNS = (
    "id",
    "question",
    "answer",
    "answers",
    "document",
    "quote",
    "evidence",
    "any",
    "answerable",
    "tags",
    "history",
    "filter",
)
END_ROW = "\x04"
"""A row put behind the last one. Where it becomes a part of a cell, the quotation mark before stays open."""
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class QuestionTable:
    """The questions of a CSV text."""

    rows: tuple[tuple[int, dict[str, Any]], ...]
    """(line number, row as in JSONL) of each question."""
    unknown_columns: tuple[str, ...]
    """The columns that say nothing about a question here; their cells are in no row."""


def _csv_delimiter(text: str) -> str:
    """Guess the delimiter from the first line: spreadsheets in many countries write semicolons."""
    return max(",;\t", key=text.split("\n", 1)[0].count)


def read_question_csv(text: str) -> QuestionTable:
    """Read the questions of a CSV text.

    The columns have the names of the JSONL keys. Several answers, tags, quotes or documents in one cell are
    separated by ||, or are a JSON list. The column `document` names the document of all quotes, or a document
    for each of them; without a quote, the whole document is the evidence. The earlier turns of a follow-up
    question are a JSON list, or lines that begin with "User:" and "Assistant:". A filter is written as
    region=NL, year=2025 or as JSON.

    Raises QuestionError, which does not name the file, when the text is not such a table.
    """
    table = read_csv_table(text)
    columns = table.columns
    if any(columns) and "question" not in (name.lower() for name in columns):
        names = ", ".join(repr(name) for name in columns[:8])
        raise QuestionError(
            f"its first line has no column 'question' (it has: {names}).",
            hint="Begin the file with a line such as: id,question,answer,document,quote,answerable,tags",
        )
    rows = []
    for line, raw in table.rows:
        row = csv_row({name.lower(): cell for name, cell in raw.items()})
        if any(row.values()):
            rows.append((line, row))
    unknown = tuple(name for name in columns if name and name.lower() not in COLUMNS)
    return QuestionTable(tuple(rows), unknown)


@dataclass(frozen=True)
class CsvTable:
    """A table whose first row names its columns."""

    columns: tuple[str, ...]
    """Their names, without white space around them; empty for a column without a name."""
    rows: tuple[tuple[int, dict[str, str]], ...]
    """(number of its last line, column → cell) of each row. Cells without a column are in no row."""
    longer: tuple[int, ...] = ()
    """The lines of the rows that have more cells than there are columns."""


def read_csv_table(text: str, *, any_length: bool = False) -> CsvTable:
    """Read a CSV text with any usual delimiter.

    any_length: whether a cell may have more than 131,072 characters, as whole documents have.

    Raises QuestionError, which does not name the file, when it is no table.
    """
    text = text.removeprefix("\ufeff")
    separator = SEPARATOR_LINE.match(text)
    table = text[separator.end() :] if separator else text
    reader = csv.DictReader(
        io.StringIO(f"{table}\n{END_ROW}\n"), delimiter=separator[1] if separator else _csv_delimiter(table)
    )
    with long_cells() if any_length else nullcontext():
        try:
            columns = tuple((name or "").strip() for name in reader.fieldnames or [])
        except csv.Error as error:
            raise QuestionError(f"it is not a table: {error}.") from None
        line = 1 + bool(separator)
        if any(END_ROW in name for name in columns):
            raise _never_closed(line)
        rows: list[tuple[int, dict[str, str]]] = []
        longer: list[int] = []
        for raw in _rows(reader):
            cells = {(k or "").strip(): (v or "").strip() for k, v in raw.items() if isinstance(v, str)}
            if _is_end(raw):
                break
            if any(END_ROW in cell for cell in (*cells.values(), *raw.get(None, ()))):
                raise _never_closed(line + 1)
            line = reader.line_num + bool(separator)
            if None in raw:
                longer.append(line)
            rows.append((line, cells))
    return CsvTable(columns, tuple(rows), tuple(longer))


def _is_end(raw: dict[str | Any, Any]) -> bool:
    first = next(iter(raw.values()), None)
    return first in (END_ROW, [END_ROW])


def _never_closed(line: int) -> QuestionError:
    return QuestionError(
        f"a quotation mark in line {line} is never closed, so that all that follows would be one cell.",
        hint='Close it, or write "" for a quotation mark within a cell.',
    )


def explain_unknown_column(name: str) -> str:
    """What is wrong with a column that says nothing about a question here, and which one may be meant."""
    hint = did_you_mean(name.lower(), COLUMNS)
    return (
        f"the column {shown(name)} is not known and is ignored; {hint[0].lower()}{hint[1:].removesuffix('.')}"
    )


def _rows(reader: csv.DictReader[str]) -> Iterator[dict[str | Any, Any]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise QuestionError(f"line {reader.line_num} is not a row of a table: {error}.") from None


def csv_row(cells: dict[str, str]) -> dict[str, Any]:
    """The JSONL row of a table's row, given as column → cell."""
    row: dict[str, Any] = {k: cells[k] for k in ("id", "question") if cells.get(k)}
    if history := cells.get("history"):
        row["history"] = _json_or_text(history)
    if cells.get("filter"):
        row["filter"] = cells["filter"]
    for key in ("answer", "answers", "tags"):
        if cells.get(key):
            row[key] = _parts(cells[key])
    for key in ("answerable", "any"):
        if cells.get(key):
            word = cells[key].lower()
            row[key] = TRUTH.get(word, word)
    if evidence := _csv_evidence(cells):
        row["evidence"] = evidence
    return row


def _csv_evidence(cells: dict[str, str]) -> list[Any]:
    """The pieces of evidence: each quote with its document, or the documents where there is no quote."""
    quotes = _parts(cells.get("evidence") or cells.get("quote") or "")
    documents = _parts(cells.get("document", ""))
    if not quotes:
        return [{"document": document} for document in documents]
    if len(documents) != len(quotes):
        documents = [cells.get("document", "")] * len(quotes)
    return [
        quote if isinstance(quote, dict) else {"document": document, "quote": quote}
        for document, quote in zip(documents, quotes, strict=True)
    ]


def _json_or_text(cell: str) -> Any:
    """The JSON list or object of a cell, as tables of data frames have; else its text."""
    if (cell[:1], cell[-1:]) in (("[", "]"), ("{", "}")):
        try:
            return parse_strict_json(cell)
        except UnusableJson:  # a text in brackets
            pass
    return cell


def _parts(cell: str) -> list[Any]:
    """The values of a cell: those of a JSON list, or texts separated by ||."""
    value = _json_or_text(cell)
    if not isinstance(value, str):
        return value if isinstance(value, list) else [value]
    return [part.strip() for part in cell.split(CSV_SEPARATOR) if part.strip()]
