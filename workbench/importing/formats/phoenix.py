"""Examples of an Arize Phoenix data set.
Knows nothing about other formats.

Shapes (src/phoenix/server/api/routers/v1/datasets.py): CSV with example_id and one column per key:
input_question, output_answer, metadata_topic; JSON of the API: examples with id, input {…}, output {…},
metadata {…}. Its exports for OpenAI evals and fine-tuning are read as OpenAI evals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.importing.formats.inputs_and_outputs import understand_pairs
from workbench.importing.formats.shared import first_objects, flat, has_columns, recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Record, Source
from workbench.importing.values import parse_cell


def _recognise(source: Source) -> Recognition | None:
    inputs = [column for column in source.columns if column.startswith("input_")]
    if inputs and has_columns(source, "example_id"):
        return recognised_by(source, 0.95, "example_id", *inputs)
    if inputs and any(column.startswith("output_") for column in source.columns):
        return recognised_by(source, 0.8, *inputs)
    rows = first_objects(source)
    if has_columns(source, "input", "output") and all(isinstance(row.get("input"), dict) for row in rows):
        return recognised_by(source, 0.8, "id", "input", "output", "metadata")
    return None


def _read(source: Source) -> Content:
    def plain(record: Record) -> Record:
        cells = {key: parse_cell(value) for key, value in record.values.items()}
        return replace(record, values=flat(cells))

    value = source.value.get("data") if isinstance(source.value, dict) else None
    examples = value.get("examples") if isinstance(value, dict) else None
    records = source.records
    if isinstance(examples, list):  # the reply of the API
        records = tuple(Record(i, e) for i, e in enumerate(examples, start=1) if isinstance(e, dict))
    return Content(tuple(map(plain, records)), (), source.problems)


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    return understand_pairs(columns, ("input_", "input."), ("output_", "output."), ids=("example_id", "id"))


FORMAT = Format("phoenix", "Phoenix data set", _recognise, _read, _understand)
