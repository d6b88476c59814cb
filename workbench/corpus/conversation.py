"""Reads, writes and joins the earlier turns of a conversation, in which a question is a follow-up question.
Knows nothing about question files, models and pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby
from typing import Any, Literal

from workbench.corpus.types import AskedQuestion, History, Turn
from workbench.errors import QuestionError
from workbench.input.plain_data import shown

NAMES: dict[Literal["user", "assistant"], str] = {"user": "User", "assistant": "Assistant"}
EXPECTED = 'a list of turns such as {"role": "user", "content": "…"}, or lines such as “User: …”'

_NAMED_LINE = re.compile(r"^(user|assistant)[ \t]*:[ \t]*", re.IGNORECASE)


@dataclass(frozen=True)
class ReadTurns:
    """The earlier turns of a question as somebody wrote them."""

    turns: History
    """The turns that can be used, oldest first, beginning with the user's."""
    left_out: tuple[str, ...] = ()
    """Which turns are left out and why, each as a clause."""


def read_turns(value: Any, question: str = "") -> ReadTurns:
    """Read a list of {"role", "content"} objects, or a text of lines that begin with "User:" or "Assistant:".

    Left out are empty turns, the assistant's turns before the first of the user's, and at the end the
    question itself. Raises QuestionError, which says what was expected, for anything else.
    """
    if value is None:
        return ReadTurns(())
    items = _split_lines(value) if isinstance(value, str) else value
    if not isinstance(items, list):
        raise QuestionError(f"history is {shown(value)}; it must be {EXPECTED}")
    turns = [_read_turn(item) for item in items]
    notes = []
    if empty := sum(not turn.text for turn in turns):
        notes.append(f"{empty} of the turns in history {'is' if empty == 1 else 'are'} empty and left out")
        turns = [turn for turn in turns if turn.text]
    begun = list(dropwhile(lambda turn: turn.role == "assistant", turns))
    if len(begun) < len(turns):
        notes.append("history begins with the assistant; the turns before the user's first are left out")
    if begun and begun[-1] == Turn("user", question.strip()):
        notes.append("history ends with the question itself, which is left out there")
        begun.pop()
    return ReadTurns(tuple(begun), tuple(notes))


def _read_turn(item: Any) -> Turn:
    role, text = (item.get("role"), item.get("content")) if isinstance(item, dict) else (None, None)
    if role not in NAMES or not isinstance(text, str):
        raise QuestionError(f"history has the turn {shown(item)}; it must be {EXPECTED}")
    return Turn(role, text.strip())


def _split_lines(text: str) -> list[dict[str, str]]:
    """The turns of a text; a line without a name goes on with the turn above it."""
    turns: list[dict[str, str]] = []
    for line in text.strip().splitlines():
        named = _NAMED_LINE.match(line)
        if named:
            turns.append({"role": named[1].lower(), "content": line[named.end() :]})
        elif turns:
            turns[-1]["content"] += f"\n{line}"
        else:
            raise QuestionError(f"history begins with {shown(line)}; it must be {EXPECTED}")
    return turns


def write_turns(history: Iterable[Turn]) -> str:
    """The turns as a text that `read_turns` reads. A line of a turn that looks like the next turn is
    indented."""
    return "\n".join(f"{NAMES[turn.role]}: {_indented(turn.text)}" for turn in history)


def _indented(text: str) -> str:
    first, *rest = text.splitlines() or [""]
    return "\n".join([first, *(f"  {line}" if _NAMED_LINE.match(line) else line for line in rest)])


def turns_to_json(history: Iterable[Turn]) -> list[dict[str, str]]:
    """The turns as questions.jsonl has them."""
    return [{"role": turn.role, "content": turn.text} for turn in history]


def alternating(history: Sequence[Turn]) -> History:
    """The turns with those of one role that follow each other joined: chat templates of many models refuse
    two in a row."""
    groups = groupby(history, key=lambda turn: turn.role)
    return tuple(Turn(role, "\n\n".join(turn.text for turn in turns)) for role, turns in groups)


def earlier_question(history: Sequence[Turn]) -> str:
    """What the user said last before the question; empty for a question on its own."""
    return next((turn.text for turn in reversed(history) if turn.role == "user"), "")


def as_line(asked: AskedQuestion) -> str:
    """The question for lists, where "And by post?" may stand twice: with what the user said before it."""
    earlier = " ".join(earlier_question(asked.history).split())
    return f"{asked.text} (after: {earlier})" if earlier else asked.text
