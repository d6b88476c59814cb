"""Turns a row of a source, whose columns are understood, into a row of questions.jsonl and what its evidence
is.
Knows nothing about formats; looks nothing up in documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.corpus.conversation import EXPECTED
from workbench.corpus.question_rows import LONGEST_ID
from workbench.importing.types import Field, Record
from workbench.importing.values import (
    as_text,
    as_texts,
    as_truth,
    is_conversation,
    parse_cell,
    read_conversation,
    read_history,
)

LONGEST_TAG = 60  # characters


@dataclass
class ReadRow:
    """A row of a source, as it was understood."""

    number: int
    """The row (see Record.row)."""
    row: dict[str, Any]
    """The fields of questions.jsonl that it gives, without what `contexts` and `documents` say."""
    contexts: list[str] = field(default_factory=list)
    """Texts that hold the answer."""
    documents: list[str] = field(default_factory=list)
    """Names or titles of the documents that hold it."""
    notes: list[str] = field(default_factory=list)
    """What of the row is not used, or is read in a way that is not plain."""


def read_row(record: Record, columns: Mapping[str, Field | None]) -> ReadRow:
    """Read a row.

    columns: what each column means; None for one that is not used.
    """
    read = ReadRow(record.row, {})
    by_field: dict[Field, list[tuple[str, Any]]] = {}
    for column, meaning in columns.items():
        value = record.values.get(column)
        if meaning is not None and value is not None and value != "" and value != []:
            by_field.setdefault(meaning, []).append((column, value))
    _read_question(read, by_field)
    for column, value in by_field.get("answer", ()):
        answers = _texts(read, column, value)
        read.row["answer"] = list(dict.fromkeys([*read.row.get("answer", []), *answers]))
    for column, value in by_field.get("contexts", ()):
        read.contexts += _texts(read, column, value)
    for column, value in by_field.get("document", ()):
        read.documents += _texts(read, column, value)
    _read_tags(read, by_field)
    _read_truths(read, by_field)
    for _, value in by_field.get("id", ()):
        if (text := as_text(value)) and len(text) <= LONGEST_ID:
            read.row["id"] = text
        else:
            read.notes.append("its id cannot be used; it gets one that is made from its text")
    for _, value in by_field.get("group", ()):
        if text := as_text(value):
            read.row["group"] = text
    for key in ("source", "evidence", "any", "filter"):  # as in questions.jsonl, checked where those rows are
        for _, value in by_field.get(key, ()):
            read.row[key] = parse_cell(value)
    return read


def _texts(read: ReadRow, column: str, value: Any) -> list[str]:
    texts, lost = as_texts(value)
    if lost:
        read.notes.append(f"{lost} of the values of {column!r} have no text and are not used")
    return texts


def _read_question(read: ReadRow, by_field: Mapping[Field, list[tuple[str, Any]]]) -> None:
    """Read the question, and the turns before it: of a conversation, or of a column of its own."""
    history: tuple[dict[str, str], ...] = ()
    for column, value in by_field.get("question", ()):
        messages = parse_cell(value)
        if isinstance(messages, dict) and isinstance(messages.get("messages"), list):
            messages = messages["messages"]
        if is_conversation(messages):
            conversation = read_conversation(messages)
            if not conversation.question:
                read.notes.append(f"the conversation in {column!r} has no question of a user")
            elif conversation.reply:
                read.notes.append("the conversation ends with a reply of the assistant, which is not used")
            read.row["question"], history = conversation.question, conversation.history
        else:
            read.row["question"] = as_text(messages if isinstance(messages, dict) else value)
        if read.row["question"]:
            break
    for column, value in by_field.get("history", ()):
        turns = read_history(value)
        if turns is None:
            read.notes.insert(0, f"the history in {column!r} cannot be read: it must be {EXPECTED}")
            read.row["question"] = ""  # without the turns before it, it would be another question
        else:
            history = (*turns, *history)
    if history:
        read.row["history"] = list(history)


def _read_tags(read: ReadRow, by_field: Mapping[Field, list[tuple[str, Any]]]) -> None:
    tags: list[str] = []
    for column, value in by_field.get("tags", ()):
        for tag in _texts(read, column, value):
            if len(tag) <= LONGEST_TAG:
                tags.append(tag)
            else:
                read.notes.append(f"{column!r} has more than {LONGEST_TAG} characters and is no tag")
    if tags:
        read.row["tags"] = list(dict.fromkeys(tags))


def _read_truths(read: ReadRow, by_field: Mapping[Field, list[tuple[str, Any]]]) -> None:
    for key, meaning in (("answerable", True), ("unanswerable", False)):
        for column, value in by_field.get(key, ()):  # type: ignore[call-overload]
            truth = as_truth(value)
            if truth is None:
                read.notes.append(
                    f"{column!r} is neither yes nor no; whether the documents answer it is not known"
                )
            else:
                read.row["answerable"] = truth is meaning
