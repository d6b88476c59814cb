"""Says what a column means by its name, as data sets of questions name their columns.
Knows nothing about single formats, which add the names that only they use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from workbench.errors import QuestionError
from workbench.importing.types import FIELDS, Field, Record
from workbench.nearest import did_you_mean

NAMES: dict[Field, str] = {
    "question": "question query user_input user_question question_text user_query utterance input prompt "
    "instruction request claim message messages conversation",
    "answer": "reference reference_answer reference_answers ground_truth ground_truths groundtruth truth "
    "expected_output expected_answer expected_answers expected ideal correct_answer correct_answers "
    "gold_answer gold_answers golden_answer right_answer best_answer answer answers short_answer "
    "short_answers target reference_output",
    "contexts": "reference_contexts reference_context ground_truth_context gold_contexts gold_context "
    "gold_passages gold_passage supporting_passages contexts context knowledge passages passage quotes quote "
    "source_text long_answer",
    "document": "document documents source_file source_document document_name file_name filename file source "
    "correct_chunks gold_documents",
    "id": "id qid question_id query_id example_id uuid",
    "tags": "tags tag category categories topic question_type evolution_type synthesizer_name difficulty "
    "level type subject",
    "answerable": "answerable is_answerable has_answer",
    "unanswerable": "unanswerable is_impossible is_unanswerable impossible",
    "group": "group group_id cluster",
    "history": "history conversation_history chat_history dialogue_history previous_turns",
}
"""Field → the names of its columns, the most telling first: `answer` may be what a system said where there
is a reference beside it."""
_BY_NAME = {name: field for field, names in NAMES.items() for name in names.split()}
_RANK = {name: rank for names in NAMES.values() for rank, name in enumerate(names.split())}
SEVERAL: tuple[Field, ...] = ("tags",)
"""The fields that are taken from all columns of such a name; the others from the most telling one alone."""
IGNORE = "ignore"
"""What `--map COLUMN=ignore` says."""


def plain_name(column: str) -> str:
    """A column's name in one spelling: "Expected Output" and "expectedOutput" are expected_output."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"[^\w]+", "_", words).strip("_").lower()


def guess_columns(columns: Sequence[str], prefixes: Sequence[str] = ("",)) -> dict[str, Field]:
    """What columns mean by their names.

    prefixes: what stands before the name, such as "vars."; columns without one of them mean nothing.
    """
    found: dict[str, Field] = {}
    best: dict[Field, tuple[int, str]] = {}
    for column in columns:
        for prefix in prefixes:
            name = plain_name(column[len(prefix) :]) if column.startswith(prefix) else ""
            field = _BY_NAME.get(name)
            if field in SEVERAL:
                found[column] = field
            elif field is not None and (field not in best or _RANK[name] < best[field][0]):
                best[field] = (_RANK[name], column)
    found |= {column: field for field, (_, column) in best.items()}
    return {column: found[column] for column in columns if column in found}


def named(names: Mapping[str, Field]) -> Callable[[Sequence[str], Sequence[Record]], dict[str, Field]]:
    """A function for Format.understand: the columns of these plain names, and no others."""

    def understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
        return {column: names[plain_name(column)] for column in columns if plain_name(column) in names}

    return understand


def parse_map(texts: Iterable[str]) -> dict[str, Field | None]:
    """Read `COLUMN=FIELD` texts; the field "ignore" is None. Raises QuestionError for anything else."""
    mapping: dict[str, Field | None] = {}
    for text in texts:
        column, _, name = text.rpartition("=")
        if not column:
            raise QuestionError(f"{text!r} is not COLUMN=FIELD.", hint=f"Fields are {_FIELD_LIST}.")
        mapping[column] = check_field(name.strip())
    return mapping


def check_field(name: str) -> Field | None:
    """The field of this name; None for "ignore". Raises QuestionError for a name that is none."""
    if name == IGNORE:
        return None
    for field in FIELDS:
        if field == name:
            return field
    raise QuestionError(f"{name!r} is not a field.", hint=f"Fields are {_FIELD_LIST}.")


_FIELD_LIST = f"{', '.join(FIELDS)}, and {IGNORE} for a column that is not to be used"


def apply_map(
    understood: Mapping[str, Field], columns: Sequence[str], mapping: Mapping[str, Field | None]
) -> dict[str, Field | None]:
    """What each column means: as the format understands it, and as somebody says it, which goes first.

    A field that somebody gives to a column is taken from no other column that they do not name.

    Raises QuestionError for a column that is not there, and when no column is the question.
    """
    for column in mapping:
        if column not in columns:
            raise QuestionError(f"There is no column {column!r}.", hint=did_you_mean(column, columns))
    said = {field for field in mapping.values() if field is not None}
    result: dict[str, Field | None] = {}
    for column in columns:
        field = understood.get(column)
        result[column] = mapping.get(column, None if field in said else field)
    if "question" not in result.values():
        names = ", ".join(repr(column) for column in columns[:12]) or "none"
        raise QuestionError(
            f"No column is understood as the question (the columns are: {names}).",
            hint="Name it, for example with --map prompt=question.",
        )
    return result
