"""Reads values of requests and traces: times, numbers, thumbs, and the text in whatever a program logged.
Knows nothing about formats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from workbench.corpus.conversation import alternating
from workbench.corpus.types import History, Turn
from workbench.importing.values import ASSISTANT, USER, as_text, parse_cell

QUESTION_KEYS = ("question", "query", "user_input", "input", "prompt", "text", "content", "message")
ANSWER_KEYS = ("answer", "response", "output", "result", "completion", "text", "content", "message")
MESSAGE_KEYS = ("messages", "input_messages", "output_messages", "choices")
MOST_LEVELS = 6
_UP = set("1 1.0 up thumbs_up thumbs-up thumbsup positive like liked good true yes correct".split())
_DOWN = set(
    "-1 -1.0 0 0.0 down thumbs_down thumbs-down thumbsdown negative dislike disliked bad false no "
    "incorrect".split()
)
LATEST = 4_102_444_800.0
"""The year 2100 in Unix seconds. A request from after it or from before 1970 has a wrong time."""
MOST_COUNTED = 10**12
"""More than any request has; the database holds whole numbers up to 64 bits."""
_MILLISECONDS = 1e11  # Unix times above are in milliseconds, then microseconds, then nanoseconds


def read_time(value: Any) -> float | None:
    """Unix seconds of ISO 8601 (UTC where it names no zone) or of a Unix time in s, ms, µs or ns; None for
    what is no time, or none of a request."""
    found = _seconds_since_1970(value)
    return found if found is not None and 0 <= found < LATEST else None


def _seconds_since_1970(value: Any) -> float | None:
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    number = read_number(value)
    if number is not None:
        while abs(number) > _MILLISECONDS:
            number /= 1000
        return number
    try:
        time = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def read_number(value: Any) -> float | None:
    """A finite number, also one that is written as text."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_amount(value: Any) -> float | None:
    """Seconds or dollars: a number that is not below 0."""
    number = read_number(value)
    return None if number is None or number < 0 else number


def read_count(value: Any) -> int:
    """A number of tokens or of a page; 0 where it is not known."""
    number = read_amount(value)
    return 0 if number is None or number > MOST_COUNTED else round(number)


def read_thumb(value: Any) -> int:
    """1, -1, or 0 for what is no thumb."""
    text = str(value).strip().lower()
    if text in _UP:
        return 1
    return -1 if text in _DOWN else 0


def text_of(value: Any, keys: Sequence[str], role: Sequence[str], levels: int = MOST_LEVELS) -> str:
    """The text in what was logged: a text, JSON in a text, an object that holds it under one of `keys`, or a
    conversation, of which it is what somebody of this `role` said last."""
    value = parse_cell(value, quoted=True)
    if isinstance(value, str) or levels == 0:
        return as_text(value)
    if isinstance(value, list | tuple):
        return _last_said(value, keys, role, levels) if value else ""
    if not isinstance(value, dict):
        return as_text(value)
    for key in (*keys, *MESSAGE_KEYS, "parts", "kwargs"):
        if key in value and (text := text_of(value[key], keys, role, levels - 1)):
            return text
    inner = [item for item in value.values() if isinstance(item, dict)]
    return text_of(inner[0], keys, role, levels - 1) if len(inner) == 1 else ""


def _last_said(items: Sequence[Any], keys: Sequence[str], role: Sequence[str], levels: int) -> str:
    turns = [item for item in items if isinstance(item, dict)]
    if said := [item for item in turns if str(item.get("role", item.get("type"))).lower() in role]:
        return text_of(said[-1], keys, role, levels - 1)
    if any("role" in item for item in turns):
        return ""
    # The parts of one message, or the choices of one reply.
    texts = [text_of(item, keys, role, levels - 1) for item in items]
    return "\n".join(filter(None, texts))


def question_of(value: Any) -> str:
    return text_of(value, QUESTION_KEYS, USER)


def answer_of(value: Any) -> str:
    return text_of(value, ANSWER_KEYS, ASSISTANT)


def history_of(value: Any, question: str) -> History:
    """The turns before the question in a conversation that was logged; () where there was none."""
    value = parse_cell(value, quoted=True)
    if isinstance(value, dict):
        value = next((parse_cell(value[key]) for key in MESSAGE_KEYS if key in value), None)
    if not isinstance(value, list):
        return ()
    turns = []
    for item in value:
        role = str(item.get("role", "")).lower() if isinstance(item, dict) else ""
        if role in USER:
            turns.append(Turn("user", question_of(item)))
        elif role in ASSISTANT:
            turns.append(Turn("assistant", answer_of(item)))
    turns = [turn for turn in turns if turn.text]
    while turns and turns[-1].role == "assistant":
        turns.pop()
    if turns and turns[-1].text == question:
        turns.pop()
    return alternating(turns)
