"""Searches for a follow-up question after the last turns of its conversation: no model is needed.
Knows nothing about models and retrievers."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.corpus.types import Turn
from workbench.pipeline.stage_context import TransformContext

LONGEST_TURN = 400
"""Characters of a turn that are searched for: a long answer would outweigh the question."""
LAST_TURNS = 2


def after_history(question: str, history: Sequence[Turn], turns: int = LAST_TURNS) -> str:
    """The last turns, then the question, each on its own line."""
    return "\n".join([*(cut_turn(turn.text, LONGEST_TURN) for turn in history[-turns:]), question])


def cut_turn(text: str, longest: int) -> str:
    """The beginning of a turn, up to a word's end."""
    if len(text) <= longest:
        return text
    whole_words, _, _ = text[: longest + 1].rpartition(" ")
    return whole_words or text[:longest]


async def transform_history(question: str, context: TransformContext, *, turns: int = LAST_TURNS) -> str:
    """The text to search for."""
    return after_history(question, context.history, turns)
