"""Test sets of ragas.
Knows nothing about other formats.

Shapes: `Testset.to_csv`, `to_jsonl`, `to_pandas` of ragas 0.2 to 0.4 (ragas/dataset_schema.py,
ragas/testset/ synthesizers/testset_schema.py): user_input (a text, or messages with content and type of
"human" or "ai"), reference, reference_contexts, synthesizer_name, persona_name; response and
retrieved_contexts are what a system said. Contexts of questions over several documents begin with "<1-hop>".
ragas 0.1: question, ground_truth (or ground_truths), contexts, evolution_type, metadata, episode_done;
there, answer and contexts without evolution_type are what a system said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from workbench.importing.columns import plain_name
from workbench.importing.formats.shared import has_columns, recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Record, Source
from workbench.importing.values import as_texts

HOP = re.compile(r"^\s*<\d+-hop>\s*")
NAMES: dict[str, Field] = {
    "user_input": "question", "reference": "answer", "reference_contexts": "contexts",
    "synthesizer_name": "tags",
}  # fmt: skip
OLD_NAMES: dict[str, Field] = {
    "question": "question", "ground_truth": "answer", "ground_truths": "answer", "evolution_type": "tags",
}  # fmt: skip


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "user_input"):
        return recognised_by(source, 0.95, *NAMES, "response", "retrieved_contexts")
    if has_columns(source, "question", any_of=("ground_truth", "ground_truths")) and has_columns(
        source, any_of=("evolution_type", "contexts")
    ):
        return recognised_by(source, 0.9, *OLD_NAMES, "contexts", "episode_done")
    return None


def _read(source: Source) -> Content:
    def without_hops(record: Record) -> Record:
        value = record.values.get("reference_contexts")
        if value is None:
            return record
        contexts = [HOP.sub("", text) for text in as_texts(value)[0]]
        return replace(record, values=record.values | {"reference_contexts": contexts})

    return Content(tuple(map(without_hops, source.records)), (), source.problems)


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    plain = {column: plain_name(column) for column in columns}
    if "user_input" in plain.values():
        return {column: NAMES[name] for column, name in plain.items() if name in NAMES}
    names = OLD_NAMES | ({"contexts": "contexts"} if "evolution_type" in plain.values() else {})
    return {column: names[name] for column, name in plain.items() if name in names}


FORMAT = Format("ragas", "ragas", _recognise, _read, _understand)
