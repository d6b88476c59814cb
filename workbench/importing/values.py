"""Reads the values of columns: texts, lists written as text, conversations, yes and no.
Knows nothing about formats and documents."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.corpus.conversation import read_turns, turns_to_json
from workbench.errors import QuestionError
from workbench.input.json_reading import UnusableJson, parse_strict_json
from workbench.input.plain_data import find_unusable

TEXT_KEYS = ("text", "content", "page_content", "context", "passage", "answer", "value", "quote", "sentence")
"""The keys under which an object holds its text."""
YES = ("true", "yes", "y", "1", "1.0")
NO = ("false", "no", "n", "0", "0.0")
USER = ("user", "human", "customer")
ASSISTANT = ("assistant", "ai", "bot", "model", "chatbot", "agent", "gpt")
OTHERS = ("system", "developer", "tool", "function")
LONGEST_LITERAL = 1_000_000
"""Characters of a cell that is read as a list of a data frame."""


def parse_cell(value: Any, *, quoted: bool = False) -> Any:
    """What a text holds that is JSON, or a list as Python writes it, as the cells of data frames are. Where
    it holds what can be neither stored nor sent, it stays a text.

    quoted: read a text in quotation marks as JSON, too.

    Returns any other value as it is.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    ends = (text[:1], text[-1:])
    if ends not in (("[", "]"), ("{", "}")) and not (quoted and ends == ('"', '"')):
        return value
    try:
        return parse_strict_json(text, lenient=True)
    except UnusableJson:
        pass
    if len(text) > LONGEST_LITERAL:
        return value
    try:
        parsed = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return value  # a text in brackets
    return value if find_unusable(parsed) else parsed


def as_text(value: Any) -> str:
    """The text of a value: a text, a number, or an object that holds a text; "" for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        for key in TEXT_KEYS:
            if text := as_text(value.get(key)) if not isinstance(value.get(key), dict | list) else "":
                return text
    return ""


def as_texts(value: Any) -> tuple[list[str], int]:
    """The texts of a value, each once, and how many of its parts hold none.

    It may be a text, a list of texts or objects, or an object that holds a list, as {"text": [...]}.
    """
    value = parse_cell(value)
    if isinstance(value, dict):
        lists = [value[key] for key in TEXT_KEYS if isinstance(value.get(key), list)]
        value = lists[0] if lists else [value]
    items = value if isinstance(value, list | tuple) else [value]
    texts: list[str] = []
    lost = 0
    for item in items:
        if isinstance(item, list | tuple):
            inner, lost_there = as_texts(list(item))
            texts += inner
            lost += lost_there
        elif text := as_text(item):
            texts.append(text)
        elif item is not None and not (isinstance(item, str) and not item.strip()):
            lost += 1
    return list(dict.fromkeys(texts)), lost


def as_truth(value: Any) -> bool | None:
    """Yes or no; None for anything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
    return True if word in YES else False if word in NO else None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation that ends with a question."""

    question: str
    """The last message of the user; empty when there is none."""
    history: tuple[dict[str, str], ...]
    """The turns before it, as in questions.jsonl."""
    reply: str
    """What the assistant said after the question; empty when the question is the end."""


def is_conversation(value: Any) -> bool:
    """Whether a value is a list of messages with roles."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(item, dict) and _role(item) != "" for item in value)
    )


def read_conversation(messages: Sequence[Any]) -> Conversation:
    """Read messages of chat models. Those of systems and tools, and empty ones, are no turns."""
    turns = [
        {"role": role, "content": text}
        for message in messages
        if (role := _role(message)) in ("user", "assistant") and (text := _content(message))
    ]
    last = max((i for i, turn in enumerate(turns) if turn["role"] == "user"), default=None)
    if last is None:
        return Conversation("", tuple(turns), "")
    replies = [turn["content"] for turn in turns[last + 1 :]]
    return Conversation(turns[last]["content"], tuple(turns[:last]), replies[0] if replies else "")


def read_history(value: Any) -> tuple[dict[str, str], ...] | None:
    """The turns of a history: messages, pairs of what the user and the assistant said, or lines that begin
    with their names; None for others."""
    value = parse_cell(value)
    if value is None or value == "" or value == [] or value == {}:
        return ()
    if isinstance(value, str):
        try:
            return tuple(turns_to_json(read_turns(value).turns))
        except QuestionError:
            return None
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if is_conversation(value):
        if any(_role(message) == "unknown" for message in value):
            return None
        return tuple(
            {"role": role, "content": text}
            for message in value
            if (role := _role(message)) in ("user", "assistant") and (text := _content(message))
        )
    pairs = value if isinstance(value, list | tuple) else []
    if pairs and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        turns = [
            (role, as_text(text))
            for pair in pairs
            for role, text in (("user", pair[0]), ("assistant", pair[1]))
        ]
        return tuple({"role": role, "content": text} for role, text in turns if text)
    return None


def _role(message: dict[str, Any]) -> str:
    """ "user", "assistant", "other", "unknown", or "" for what is no message."""
    for key in ("role", "type", "from", "speaker"):
        word = message.get(key)
        if isinstance(word, str) and any(k in message for k in ("content", "value", "text", "message")):
            word = word.lower().removesuffix("message")
            if word in USER or word in ASSISTANT:
                return "user" if word in USER else "assistant"
            if word in OTHERS:
                return "other"
            if key == "role":
                return "unknown"
    return ""


def _content(message: dict[str, Any]) -> str:
    """What a message says; of a list of parts, those that are text."""
    value = next((message[key] for key in ("content", "value", "text", "message") if key in message), None)
    if isinstance(value, list):
        return "\n".join(part for item in value if (part := as_text(item)))
    return as_text(value)
