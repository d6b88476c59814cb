"""Test sets of Giskard's RAG toolkit.
Knows nothing about other formats.

Shape (giskard/rag/testset.py): `QATestset.save` writes JSONL with id, question, reference_answer,
reference_context, conversation_history (messages with role and content) and metadata (question_type, topic,
seed_document_id). The context joins several documents as "Document 12: …" with blank lines between them;
early versions wrote lines of six dashes. Questions of the type "out of scope" have no answer in the
documents, and their reference answer says only that."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from workbench.importing.columns import named
from workbench.importing.formats.shared import flat, has_columns, recognised_by
from workbench.importing.types import Content, Format, Recognition, Record, Source
from workbench.importing.values import as_text, parse_cell

DOCUMENT = re.compile(r"(?:\A|\n\n)Document [^\s:]+: |\n?-{6}\n?")
OUT_OF_SCOPE = ("out of scope", "oos")


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "question", "reference_answer", "reference_context"):
        return recognised_by(source, 0.95, "question", "reference_answer", "reference_context", "metadata")
    return None


def _read(source: Source) -> Content:
    return Content(tuple(map(_plain, source.records)), (), source.problems)


def _plain(record: Record) -> Record:
    values: dict[str, Any] = flat(record.values | {"metadata": parse_cell(record.values.get("metadata"))})
    context = as_text(values.get("reference_context"))
    values["reference_context"] = [part.strip() for part in DOCUMENT.split(context) if part.strip()]
    if as_text(values.get("metadata.question_type")).lower() in OUT_OF_SCOPE:
        values |= {"reference_answer": "", "reference_context": [], "answerable": False}
    return replace(record, values=values)


FORMAT = Format(
    "giskard", "Giskard test set", _recognise, _read,
    named({"id": "id", "question": "question", "reference_answer": "answer", "reference_context": "contexts",
           "conversation_history": "history", "metadata_question_type": "tags", "metadata_topic": "tags",
           "answerable": "answerable"}),
)  # fmt: skip
