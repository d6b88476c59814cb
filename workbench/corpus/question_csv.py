"""Reads a question file that is a table: its columns, what parts them, several values in a cell.
Knows nothing about documents: what a row says is checked in questions.py."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import QuestionError

CSV_SEPARATOR = "||"
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _csv_delimiter(text: str) -> str:
    """What parts the columns, by the first line: spreadsheets of many countries write semicolons."""
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    return max(",;\t", key=head.count)


def read_csv_rows(text: str) -> Iterable[tuple[int, Any]]:
    """Columns as in JSONL; several answers, tags or quotes in a cell are separated by ||; `document` names
    the quotes' document. Raises QuestionError, which does not name the file, for what is no such table."""
    reader = csv.DictReader(io.StringIO(text), delimiter=_csv_delimiter(text))
    try:
        columns = [(name or "").strip() for name in reader.fieldnames or []]
    except csv.Error as error:
        raise QuestionError(f"it is not a table: {error}.") from None
    if text.strip() and "question" not in (name.lower() for name in columns):
        found = ", ".join(repr(name) for name in columns[:8])
        raise QuestionError(
            f"its first line does not name a column 'question' (found: {found}).",
            hint="Begin with a line such as: id,question,answer,document,quote,answerable,tags",
        )
    for raw in _rows(reader):
        given = {(k or "").strip().lower(): (v or "").strip() for k, v in raw.items() if isinstance(v, str)}
        row = _csv_row(given)
        if any(row.values()):
            yield reader.line_num, row


def _rows(reader: csv.DictReader[str]) -> Iterator[dict[str | Any, Any]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise QuestionError(f"line {reader.line_num} is no row of a table: {error}.") from None


def _csv_row(given: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {k: given[k] for k in ("id", "question") if given.get(k)}
    for key in ("answer", "tags"):
        if given.get(key):
            row[key] = [part.strip() for part in given[key].split(CSV_SEPARATOR) if part.strip()]
    if given.get("answerable"):
        word = given["answerable"].lower()
        row["answerable"] = TRUTH.get(word, word)
    quotes = given.get("evidence") or given.get("quote")
    if quotes:
        row["evidence"] = [
            {"document": given.get("document", ""), "quote": q.strip()}
            for q in quotes.split(CSV_SEPARATOR)
            if q.strip()
        ]
    return row
