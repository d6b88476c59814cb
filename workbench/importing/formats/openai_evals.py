"""Samples of OpenAI evals, and chats for fine-tuning, in JSONL.
Knows nothing about other formats.

Shapes: github.com/openai/evals, docs/build-eval.md: input (messages, or a text) and ideal (a text, or a list
of which any is right); the hosted evals wrap a row in "item"; Phoenix writes messages and ideal. Fine-tuning
files have messages alone, whose last message, of the assistant, is the reference answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.importing.columns import guess_columns
from workbench.importing.formats.shared import first_objects, flat, has_columns, recognised_by
from workbench.importing.types import Content, Field, Format, Recognition, Record, Source
from workbench.importing.values import is_conversation, read_conversation


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "ideal", any_of=("input", "messages")):
        return recognised_by(source, 0.95, "input", "messages", "ideal")
    rows = first_objects(source)
    if rows and all(is_conversation(row.get("messages")) for row in rows):
        return Recognition(0.8, "each row holds the messages of a chat")
    if rows and all(isinstance(row.get("item"), dict) for row in rows):
        return Recognition(0.8, "each row is an item")
    return None


def _read(source: Source) -> Content:
    def plain(record: Record) -> Record:
        values = record.values.get("item", record.values)
        values = flat(values if isinstance(values, dict) else record.values)
        messages = values.get("messages")
        if isinstance(messages, list) and is_conversation(messages) and "ideal" not in values:
            values["ideal"] = read_conversation(messages).reply
        return replace(record, values=values)

    return Content(tuple(map(plain, source.records)), (), source.problems)


def _understand(columns: Sequence[str], _: Sequence[Record]) -> dict[str, Field]:
    return guess_columns(columns)


FORMAT = Format("openai-evals", "OpenAI evals", _recognise, _read, _understand)
