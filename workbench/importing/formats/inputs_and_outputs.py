"""Says what columns mean in data sets that keep inputs and outputs apart: LangSmith, Langfuse, Phoenix.
Knows nothing about how each of them names the two."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.importing.columns import guess_columns
from workbench.importing.types import Field


def understand_pairs(
    columns: Sequence[str], inputs: Sequence[str], outputs: Sequence[str], ids: Sequence[str] = ("id",)
) -> dict[str, Field]:
    """What columns of inputs and outputs mean.

    inputs, outputs: what those columns begin with, such as "inputs."; or their whole name.
    """
    found: dict[str, Field] = {}
    asked = [column for column in columns if column.startswith(tuple(inputs))]
    said = [column for column in columns if column.startswith(tuple(outputs))]
    for column, field in guess_columns(asked, inputs).items():
        if field in ("question", "contexts", "history", "document", "answer", "tags", "id"):
            found[column] = field
    for column, field in guess_columns(said, outputs).items():
        if field in ("answer", "contexts", "document", "answerable", "unanswerable"):
            found[column] = field
    if "question" not in found.values() and (whole := _whole(asked, inputs)):
        found[whole] = "question"
    if not any(found.get(column) == "answer" for column in said) and (whole := _whole(said, outputs)):
        found[whole] = "answer"
    answers = [column for column, field in found.items() if field == "answer"]
    if len(answers) > 1:
        found = {c: f for c, f in found.items() if f != "answer" or c in said}
    tags = [c for c in columns if c.startswith(("metadata.", "metadata_"))]
    found |= {
        c: f for c, f in guess_columns(tags, ("metadata.", "metadata_")).items() if f in ("tags", "document")
    }
    return found | {column: "id" for column in columns if column in ids}


def _whole(columns: Sequence[str], prefixes: Sequence[str]) -> str | None:
    """The one column of several prefixes, or the one that says what a model said."""
    if len(columns) == 1:
        return columns[0]
    usual = ("output", "outputs", "result", "response", "text", "content", "messages", "completion")
    by_name = {column[len(p) :]: column for column in columns for p in prefixes if column.startswith(p)}
    return next((by_name[name] for name in usual if name in by_name), None)
