"""Searches for a follow-up question together with what the user said before it: no model is needed.
Knows nothing about models and retrievers."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.types import Turn
from workbench.pipeline.stage_context import TransformContext

LONGEST_TURN = 400
"""Characters of a turn that are searched for: a long turn would outweigh the question."""


def with_history(question: str, history: Sequence[Turn], turns: int = 1) -> str:
    """The question, the user's last turns, and the question again, each on its own line.

    So the question weighs more than what was said before it. With the assistant's answers or the question
    once, fewer passages are found than by the question alone (benchmarks/follow_ups.py).
    """
    said = [cut_turn(turn.text, LONGEST_TURN) for turn in history if turn.role == "user"]
    return "\n".join([question, *said[-turns:], question])


def own_text(question: str, history: Sequence[Turn]) -> str:
    """What is searched for beside what a model makes of a question. A follow-up question alone finds
    little."""
    return with_history(question, history) if history else question


def cut_turn(text: str, longest: int) -> str:
    """The beginning of a turn, up to a word's end."""
    if len(text) <= longest:
        return text
    whole_words, _, _ = text[: longest + 1].rpartition(" ")
    return whole_words or text[:longest]


async def transform_history(question: str, context: TransformContext, *, turns: int = 1) -> str:
    """The text to search for."""
    return with_history(question, context.history, turns)
