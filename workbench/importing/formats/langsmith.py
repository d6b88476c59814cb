"""Data sets of LangSmith.
Knows nothing about other formats.

Shapes (docs.langchain.com/langsmith/example-data-format): examples with id, inputs {…}, outputs {…},
metadata, dataset_id, source_run_id, as a JSON list or JSONL; in CSV, inputs and outputs are JSON in a cell,
or one column per key: input_question, inputs.question. Chat data sets have messages in inputs. In inputs and
outputs the usual names of questions and answers are looked for; a single key is taken whatever its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.importing.formats.inputs_and_outputs import understand_pairs
from workbench.importing.formats.shared import flat, has_columns, read_cells, recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Record, Source

CELLS = ("inputs", "outputs", "metadata", "reference_outputs")


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "inputs") and has_columns(source, any_of=("outputs", "reference_outputs")):
        return recognised_by(source, 0.9, "inputs", "outputs", "metadata", "dataset_id")
    dotted = [column for column in source.columns if column.startswith(("inputs.", "inputs_"))]
    answers = [column for column in source.columns if column.startswith(("outputs.", "outputs_"))]
    return recognised_by(source, 0.9, *dotted, *answers) if dotted and answers else None


def _read(source: Source) -> Content:
    records = tuple(replace(r, values=flat(r.values)) for r in read_cells(source, CELLS))
    return Content(records, (), source.problems)


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    return understand_pairs(
        columns, ("inputs.", "inputs_", "inputs"), ("outputs.", "outputs_", "outputs", "reference_outputs.")
    )


FORMAT = Format("langsmith", "LangSmith data set", _recognise, _read, _understand)
