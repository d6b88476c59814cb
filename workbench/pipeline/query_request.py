"""Writes what a query model is asked about a question, and knows a reply that refuses.
Knows nothing about any single query transform."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.corpus.conversation import write_turns
from workbench.corpus.types import History, Turn
from workbench.pipeline.query_history import cut_turn
from workbench.providers.types import Message

LONGEST_TURN = 2_000
"""Characters of a turn that the model reads."""
LAST_TURNS = 6
"""How many of the last turns it reads."""
LONGEST_QUESTION = 600
"""Characters of a reply that may still be a question."""
DECLINES = re.compile(
    r"^(?:(?:i['’]?m|i am) (?:sorry|afraid|unable|not able)|sorry\b|i (?:can ?not|can.t|don.t|do not)\b|"
    r"unfortunately\b|as an? (?:ai|language model)\b|the (?:documents|passages) do)",
    re.IGNORECASE,
)
"""The beginning of a reply that refuses."""
_IN_A_CONVERSATION = (
    "The question ends the conversation below. Write so that somebody who has not read the conversation "
    "understands it: replace words such as “it”, “there” or “and …?” by what they stand for."
)


def conversation(history: Sequence[Turn]) -> str:
    """The turns as a part of a request.

    A request is one user message: many models follow a conversation that is handed on as chat messages, and
    answer it.
    """
    turns = [Turn(turn.role, cut_turn(turn.text, LONGEST_TURN)) for turn in history]
    return f"Conversation:\n{write_turns(turns)}"


def ask_about(question: str, history: History, instruction: str, reply: str) -> tuple[Message, ...]:
    """The request: the instruction, the last turns of the conversation, the question, and what the reply is
    to be."""
    said = (f"{instruction} {_IN_A_CONVERSATION}", conversation(history[-LAST_TURNS:])) if history else ()
    parts = (*(said or (instruction,)), f"Question: {question}", f"{reply}:")
    return (Message("user", "\n\n".join(parts)),)
