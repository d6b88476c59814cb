"""Items of a Langfuse data set.
Knows nothing about other formats.

Shapes (the API's DatasetItem, which exports in JSON, JSONL and CSV follow): id, input, expectedOutput,
metadata, sourceTraceId, sourceObservationId, status, datasetName, createdAt; the Python client writes
expected_output and so on. input and expectedOutput are any JSON: a text, an object, or messages; in CSV they
are JSON in a cell. Items with the status ARCHIVED are left out, and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.importing.formats.inputs_and_outputs import understand_pairs
from workbench.importing.formats.shared import flat, has_columns, read_cells, recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Record, RowProblem, Source

TELLING = ("sourceTraceId", "source_trace_id", "datasetId", "dataset_id", "datasetName", "dataset_name",
           "status", "sourceObservationId", "source_observation_id")  # fmt: skip
OUTPUTS = ("expectedOutput", "expected_output")


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "input", any_of=OUTPUTS) and has_columns(source, any_of=TELLING):
        return recognised_by(source, 0.95, "input", *OUTPUTS, *TELLING)
    if has_columns(source, "input", "expectedOutput"):
        return recognised_by(source, 0.7, "input", "expectedOutput")
    return None


def _read(source: Source) -> Content:
    records, problems = [], list(source.problems)
    for record in read_cells(source, ("input", "metadata", *OUTPUTS)):
        if record.values.get("status") == "ARCHIVED":
            problems.append(RowProblem(record.row, "it is archived; it is left out"))
        else:
            records.append(replace(record, values=flat(record.values)))
    return Content(tuple(records), (), tuple(problems))


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    return understand_pairs(
        columns, ("input.", "input"), tuple(f"{o}{dot}" for o in OUTPUTS for dot in (".", ""))
    )


FORMAT = Format("langfuse", "Langfuse data set", _recognise, _read, _understand)
