"""Scores one answer by the scores that ask no model.
Knows nothing about any score: the catalogue's entries name the functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from workbench.parts.choice import choose
from workbench.parts.part import Score
from workbench.scoring.types import AnswerContext, ScoreValue

LONGEST_ANSWER = 50_000
"""Characters that are read of an answer. Some scores compare all of its parts with each other, which takes
minutes above this. An answer that repeats itself without end is scored by its beginning."""


def score_answer(context: AnswerContext, names: Sequence[str]) -> list[ScoreValue]:
    """Return one value per name, in order. An exception becomes a failed score with its reason."""
    if context.answer is not None and len(context.answer) > LONGEST_ANSWER:
        context = replace(context, answer=context.answer[:LONGEST_ANSWER])
    return [_guarded(name, context) for name in names]


def _guarded(name: str, context: AnswerContext) -> ScoreValue:
    chosen = choose(Score, name)
    try:
        value = chosen.part.load()(context, **chosen.arguments)
    except Exception as error:
        return ScoreValue(name, None, "failed", f"{type(error).__name__}: {error}"[:500])
    if not isinstance(value, ScoreValue):
        value = ScoreValue(name, float(value))
    if value.value is not None and not math.isfinite(value.value):
        return ScoreValue(name, None, "failed", f"The metric gave {value.value}.")
    return replace(value, name=name)
