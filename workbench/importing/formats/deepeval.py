"""Goldens of DeepEval: `EvaluationDataset.save_as` in JSON and CSV, and exports of Confident AI.
Knows nothing about other formats.

Shapes (deepeval/dataset/golden.py and dataset.py): input, expected_output, context (a list; in CSV joined
with "|", in older versions and in files that it reads with ";"), source_file, additional_metadata;
actual_output and retrieval_context are what a system said. Confident AI writes expectedOutput, sourceFile
and so on, in an object with "goldens" and "conversationalGoldens". A conversational golden has turns (role
and content; in older versions goldens with input and expected output), and expected_outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workbench.importing.columns import named, plain_name
from workbench.importing.formats.shared import has_columns, recognised_by
from workbench.importing.types import Content, Format, Recognition, Record, Source
from workbench.importing.values import parse_cell

CONVERSATIONS = ("conversationalGoldens", "conversational_goldens")


def _recognise(source: Source) -> Recognition | None:
    if isinstance(source.value, dict) and (
        "goldens" in source.value or any(k in source.value for k in CONVERSATIONS)
    ):
        return Recognition(0.95, "it holds goldens")
    expected = ("expected_output", "expectedOutput")
    telling = ("context", "source_file", "sourceFile", "retrieval_context", "retrievalContext",
               "actual_output", "actualOutput", "additional_metadata", "additionalMetadata")  # fmt: skip
    if has_columns(source, "input", any_of=expected) and has_columns(source, any_of=telling):
        return recognised_by(source, 0.9, "input", *expected, *telling)
    if has_columns(source, "turns") and has_columns(
        source, any_of=("scenario", "expected_outcome", "expectedOutcome")
    ):
        return recognised_by(source, 0.9, "turns", "scenario", "expected_outcome", "expectedOutcome")
    return None


def _read(source: Source) -> Content:
    records = list(source.records)
    if isinstance(source.value, dict):
        more = [
            item for key in CONVERSATIONS for item in source.value.get(key) or [] if isinstance(item, dict)
        ]
        goldens = source.value.get("goldens")
        records = records if isinstance(goldens, list) else []
        records += [Record(len(records) + i, item) for i, item in enumerate(more, start=1)]
    return Content(tuple(_plain(record) for record in records), (), source.problems)


def _plain(record: Record) -> Record:
    values: dict[str, Any] = {plain_name(key): value for key, value in record.values.items()}
    context = parse_cell(values.get("context"))
    if isinstance(context, str) and "|" in context:
        values["context"] = [part.strip() for part in context.split("|")]
    if "turns" in values or "goldens" in values:
        values["turns"] = _messages(parse_cell(values.pop("goldens", None) or values.get("turns")))
    return replace(record, values=values)


def _messages(turns: Any) -> list[dict[str, Any]]:
    """Turns as messages; a golden in place of a turn is a question and its expected answer."""
    messages: list[dict[str, Any]] = []
    for turn in turns if isinstance(turns, list) else []:
        if not isinstance(turn, dict):
            continue
        if "input" in turn:
            messages.append({"role": "user", "content": turn["input"]})
            answer = turn.get("expected_output") or turn.get("expectedOutput")
            messages += [{"role": "assistant", "content": answer}] if answer else []
        else:
            messages.append(turn)
    return messages


FORMAT = Format(
    "deepeval", "DeepEval goldens", _recognise, _read,
    named({"input": "question", "turns": "question", "expected_output": "answer",
           "expected_outcome": "answer", "context": "contexts", "source_file": "document"}),
)  # fmt: skip
