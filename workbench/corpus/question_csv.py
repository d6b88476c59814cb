"""Reads questions from a CSV file: its columns, its delimiter, and cells that hold several values.
Knows nothing about documents; questions.py checks what a row says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import QuestionError

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
)
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _csv_delimiter(text: str) -> str:
    """Guess the delimiter from the first line: spreadsheets in many countries write semicolons."""
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    return max(",;\t", key=head.count)


def read_csv_rows(text: str) -> Iterable[tuple[int, Any]]:
    """Yield (line number, row as in JSONL) for each question of a CSV text.

    The columns have the names of the JSONL keys. Several answers, tags, quotes or documents in one cell are
    separated by ||. The column `document` names the document of all quotes, or a document for each of them;
    without a quote, the whole document is the evidence.

    Raises QuestionError, which does not name the file, when the text is not such a table.
    """
    reader = csv.DictReader(io.StringIO(text), delimiter=_csv_delimiter(text))
    try:
        columns = [(name or "").strip() for name in reader.fieldnames or []]
    except csv.Error as error:
        raise QuestionError(f"it is not a table: {error}.") from None
    if text.strip() and "question" not in (name.lower() for name in columns):
        names = ", ".join(repr(name) for name in columns[:8])
        raise QuestionError(
            f"its first line has no column 'question' (it has: {names}).",
            hint="Begin the file with a line such as: id,question,answer,document,quote,answerable,tags",
        )
    for raw in _rows(reader):
        cells = {(k or "").strip().lower(): (v or "").strip() for k, v in raw.items() if isinstance(v, str)}
        row = _csv_row(cells)
        if any(row.values()):
            yield reader.line_num, row


def _rows(reader: csv.DictReader[str]) -> Iterator[dict[str | Any, Any]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise QuestionError(f"line {reader.line_num} is not a row of a table: {error}.") from None


def _csv_row(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {k: cells[k] for k in ("id", "question") if cells.get(k)}
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


def _csv_evidence(cells: dict[str, str]) -> list[dict[str, str]]:
    """The pieces of evidence: each quote with its document, or the documents where there is no quote."""
    quotes = _parts(cells.get("evidence") or cells.get("quote") or "")
    documents = _parts(cells.get("document", ""))
    if not quotes:
        return [{"document": document} for document in documents]
    if len(documents) != len(quotes):
        documents = [cells.get("document", "")] * len(quotes)
    return [{"document": document, "quote": quote} for document, quote in zip(documents, quotes, strict=True)]


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(CSV_SEPARATOR) if part.strip()]
