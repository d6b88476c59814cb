"""Reads requests that a service of one's own logged: one a line, or one a row.
Knows nothing about traces.

    {"id": "r1", "question": "How long?", "answer": "30 days.", "time": "2026-11-29T12:00:00Z",
     "passages": [{"document": "returns.md", "text": "Within 30 days …"}], "history": [], "user": "u7",
     "model": "local-8b", "seconds": 1.2, "tokens": {"input": 900, "output": 20}, "cost_usd": 0.0004,
     "feedback": 1, "comment": "", "better_answer": "", "error": ""}

Only the question and the time are required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.corpus.conversation import read_turns
from workbench.corpus.types import History
from workbench.errors import QuestionError
from workbench.fingerprint import fingerprint
from workbench.importing.types import Record, Source
from workbench.importing.values import as_text, parse_cell
from workbench.traces.requests_of_spans import passage_of
from workbench.traces.types import ImportedPassage, ImportedRequest
from workbench.traces.values import (
    answer_of,
    history_of,
    question_of,
    read_amount,
    read_count,
    read_thumb,
    read_time,
)

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "request_id", "request"),
    "question": ("question", "query", "user_input", "input", "prompt", "messages"),
    "answer": ("answer", "response", "output", "completion"),
    "time": ("time", "asked_at", "timestamp", "created_at", "created", "date"),
    "passages": ("passages", "contexts", "retrieved_contexts", "context", "documents", "sources"),
    "history": ("history", "chat_history"),
    "user": ("user", "user_id"),
    "model": ("model", "served_model"),
    "seconds": ("seconds", "latency", "duration"),
    "cost_usd": ("cost_usd", "cost"),
    "input_tokens": ("input_tokens", "prompt_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens"),
    "tokens": ("tokens", "usage"),
    "feedback": ("feedback", "rating", "thumb", "value"),
    "comment": ("comment",),
    "better_answer": ("better_answer", "corrected_answer"),
    "error": ("error",),
}
"""Fact → the columns that may hold it, the first that is there counts."""


def is_own(source: Source) -> bool:
    columns = set(source.columns)
    return all(columns & set(NAMES[name]) for name in ("question", "time"))


def read_own(record: Record) -> ImportedRequest:
    """The request of a row. Raises QuestionError, which does not name the row, when it cannot be used."""
    values = {
        name: next((record.values[c] for c in columns if record.values.get(c) not in (None, "")), None)
        for name, columns in NAMES.items()
    }
    question = question_of(values["question"])
    asked_at = read_time(values["time"])
    if not question:
        raise QuestionError("it has no question")
    if asked_at is None:
        raise QuestionError(f"time is {str(values['time'])[:40]!r}, which is no time")
    tokens = parse_cell(values["tokens"])
    tokens = tokens if isinstance(tokens, dict) else {}
    answer = answer_of(values["answer"])
    return ImportedRequest(
        key=as_text(values["id"]) or fingerprint(question, answer, asked_at)[:24],
        question=question,
        answer=answer,
        asked_at=asked_at,
        passages=_passages(values["passages"]),
        history=_history(values["history"], values["question"], question),
        error=as_text(values["error"]),
        user=as_text(values["user"]),
        model=as_text(values["model"]) or None,
        cost_usd=read_amount(values["cost_usd"]),
        input_tokens=read_count(
            _first(values["input_tokens"], tokens.get("input"), tokens.get("prompt_tokens"))
        ),
        output_tokens=read_count(
            _first(values["output_tokens"], tokens.get("output"), tokens.get("completion_tokens"))
        ),
        seconds=read_amount(values["seconds"]) or 0.0,
        thumb=read_thumb(values["feedback"]),
        comment=as_text(values["comment"]),
        better_answer=as_text(values["better_answer"]),
    )


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _passages(value: Any) -> tuple[ImportedPassage, ...]:
    value = parse_cell(value)
    items = value if isinstance(value, list) else [value]
    passages = []
    for item in items:
        if text := as_text(item):
            metadata = item if isinstance(item, dict) else {}
            passages.append(passage_of(text, metadata))
    return tuple(passages)


def _history(history: Any, asked: Any, question: str) -> History:
    """The turns in `history`, else those before the question in a conversation."""
    return (
        read_turns(parse_cell(history), question).turns
        if history is not None
        else history_of(asked, question)
    )
