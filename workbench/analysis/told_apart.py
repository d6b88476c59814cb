"""Finds the questions of an experiment that tell no configurations apart: too easy or too hard for all.
Knows nothing about the store or pages: spreads of a score in, questions out. In words: docs/scores.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.formatting import counted
from workbench.store.figures import Spread

ENOUGH_CONFIGURATIONS = 4
"""Two or three often agree; with fewer than this nothing is said of a question."""
SAME_WITHIN = 0.05
"""Values that differ by no more than this are the same: as little changes no ranking that is significant."""


@dataclass(frozen=True)
class ToldApart:
    """Which questions tell no configurations apart by one score."""

    score: str
    questions: int
    """How many questions enough configurations were scored on."""
    too_easy: tuple[str, ...]
    """The ids of the questions that every configuration answers right, and equally well."""
    too_hard: tuple[str, ...]
    """The ids of the questions that every configuration answers wrong, and equally badly."""

    @property
    def in_words(self) -> str:
        """ "31 of 120 questions tell no configurations apart: 24 too easy, 7 too hard."; "" for none."""
        apart = len(self.too_easy) + len(self.too_hard)
        if not apart:
            return ""
        parts = [
            f"{len(ids)} too {word}"
            for ids, word in ((self.too_easy, "easy"), (self.too_hard, "hard"))
            if ids
        ]
        tell = "tells" if apart == 1 else "tell"
        return f"{apart:,} of {counted(self.questions, 'question')} {tell} no configurations apart: " + (
            f"{', '.join(parts)}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as `leaderboard --json` shows it, under `told_apart`."""
        return {
            "score": self.score,
            "questions": self.questions,
            "too_easy": list(self.too_easy),
            "too_hard": list(self.too_hard),
            "in_words": self.in_words,
        }


def find_told_apart(score: str, spreads: Sequence[Spread], right_from: float, sign: int) -> ToldApart:
    """Find them.

    A question is too easy where every configuration is right and too hard where none is, as long as their
    values are the same but for noise: they lie within 0.05, or vary no more between configurations than
    between repeats of one of them.

    right_from: the value from which, in the direction of better, an answer is right.
    sign: 1 when more is better, else -1.
    """
    asked = [s for s in spreads if s.trials >= ENOUGH_CONFIGURATIONS]
    same = [s for s in asked if _is_same(s)]

    def is_right(value: float) -> bool:
        return sign * value >= sign * right_from

    easy = tuple(s.question_id for s in same if is_right(s.lowest) and is_right(s.highest))
    hard = tuple(s.question_id for s in same if not is_right(s.lowest) and not is_right(s.highest))
    return ToldApart(score, len(asked), easy, hard)


def _is_same(spread: Spread) -> bool:
    if spread.highest - spread.lowest <= SAME_WITHIN + 1e-9:
        return True
    free = spread.answers - spread.trials
    if free <= 0:
        return False
    return spread.between / (spread.trials - 1) <= spread.within / free
