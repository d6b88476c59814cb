"""The workbench's own questions.jsonl and questions.csv, of another corpus or another machine.
Knows nothing about other formats. The keys are those of workbench/corpus/question_rows.py."""

from __future__ import annotations

from dataclasses import replace

from workbench.corpus.question_csv import COLUMNS, csv_row
from workbench.corpus.question_rows import KEYS
from workbench.importing.columns import named
from workbench.importing.formats.shared import has_columns, recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Source

OF_DRAFTS = ("kind", "checks", "quotes", "review")
"""The keys that drafts.jsonl has on top."""
NAMES: dict[str, Field] = {
    "id": "id", "question": "question", "answer": "answer", "answers": "answer", "evidence": "evidence",
    "any": "any", "answerable": "answerable", "tags": "tags", "source": "source", "group": "group",
    "history": "history",
}  # fmt: skip


def _recognise(source: Source) -> Recognition | None:
    if source.kind in ("yaml", "folder") or not has_columns(source, "question"):
        return None
    known = COLUMNS if source.kind == "csv" else KEYS
    if set(source.columns) <= {*known, *OF_DRAFTS}:
        return recognised_by(source, 0.9, *known)
    if has_columns(source, any_of=("evidence", "quote", "answerable")):
        return recognised_by(source, 0.6, *known)
    return None


def _read(source: Source) -> Content:
    if source.kind != "csv":
        return Content(source.records, (), source.problems)
    # A CSV file names evidence in the columns document and quote.
    records = []
    for record in source.records:
        others = {key: value for key, value in record.values.items() if key.lower() not in COLUMNS}
        cells = csv_row({key.lower(): value for key, value in record.values.items()})
        records.append(replace(record, values=others | cells))
    return Content(tuple(records), (), source.problems)


FORMAT = Format("workbench", "RAG Workbench", _recognise, _read, named(NAMES))
