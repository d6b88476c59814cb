"""Feedback that users of Open WebUI gave, as an administrator exports it.
Knows nothing about other formats.

Shape (open_webui/models/feedbacks.py; described in terry-li-hm/open-webui-feedback-analyzer, SCHEMA.md): a
JSON list of {"id", "type": "rating", "data": {"rating": 1 | -1, "reason", "comment", "model_id", "tags"},
"meta": {"message_id", "chat_id"}, "snapshot": {"chat": {…, "chat": {"history": {"messages": {ID:
{"parentId", "role", "content"}}}}}}}; older and newer versions keep the history nearer to the snapshot. The
message that was rated is followed to its question, and the turns before that are the history. The reply that
was rated is in the column `reply`: it is no reference answer unless somebody says so with --map
reply=answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.importing.columns import named
from workbench.importing.formats.shared import has_columns, recognised_by
from workbench.importing.types import Content, Format, Recognition, Record, RowProblem, Source
from workbench.importing.values import as_text, as_texts

THUMBS = {"1": "thumbs up", "-1": "thumbs down"}
MOST_TURNS = 200


def _recognise(source: Source) -> Recognition | None:
    if has_columns(source, "data", "meta") and has_columns(source, any_of=("snapshot", "user_id")):
        return recognised_by(source, 0.95, "data", "meta", "snapshot")
    return None


def _read(source: Source) -> Content:
    records: list[Record] = []
    problems = list(source.problems)
    for record in source.records:
        row = record.values
        chat = read_chat(row)
        if isinstance(chat, str):
            problems.append(RowProblem(record.row, f"{chat}; it is left out"))
            continue
        turns = list(chat.turns)
        reply = turns.pop()["content"] if turns and turns[-1]["role"] == "assistant" else ""
        data = row.get("data") if isinstance(row.get("data"), dict) else {}
        assert isinstance(data, dict)
        tags = [THUMBS.get(as_text(data.get("rating")), "")] + as_texts(data.get("tags"))[0]
        records.append(
            Record(
                record.row,
                {
                    "id": row.get("id"),
                    "messages": turns,
                    "reply": reply,
                    "tags": [tag for tag in tags if tag],
                    "reason": data.get("reason"),
                    "comment": data.get("comment"),
                    "model": data.get("model_id"),
                },
            )
        )
    return Content(tuple(records), (), tuple(problems))


@dataclass(frozen=True)
class RatedChat:
    """A chat up to the message that was rated."""

    turns: tuple[dict[str, str], ...]
    """{"role", "content"} of its messages, the rated one last."""
    message: dict[str, Any]
    """The message that was rated, as the export has it."""


def read_chat(row: dict[str, Any]) -> RatedChat | str:
    """The chat of an entry of the export, or why there is none, in words."""
    messages = _messages(row.get("snapshot"))
    rated = as_text(_get(row, "meta", "message_id"))
    if not messages:
        return "it has no snapshot of the chat"
    if rated not in messages:
        return "the message that was rated is not in its chat"
    return RatedChat(tuple(_path(messages, rated)), messages[rated])


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _messages(snapshot: Any) -> dict[str, dict[str, Any]]:
    """Id → message of a chat, wherever its history stands."""
    for keys in (("chat", "chat"), ("chat",), ()):
        messages = _get(snapshot, *keys, "history", "messages")
        if isinstance(messages, list):
            messages = {as_text(m.get("id")): m for m in messages if isinstance(m, dict)}
        if isinstance(messages, dict) and messages:
            return {str(key): m for key, m in messages.items() if isinstance(m, dict)}
    return {}


def _path(messages: dict[str, dict[str, Any]], last: str) -> list[dict[str, str]]:
    """The messages from the first to this one, along its branch."""
    turns: list[dict[str, str]] = []
    while last in messages and len(turns) < MOST_TURNS:
        message = messages[last]
        turns.append({"role": as_text(message.get("role")), "content": as_text(message.get("content"))})
        last = as_text(message.get("parentId"))
    return turns[::-1]


FORMAT = Format(
    "open-webui", "Open WebUI feedback", _recognise, _read,
    named({"id": "id", "messages": "question", "tags": "tags"}),
)  # fmt: skip
