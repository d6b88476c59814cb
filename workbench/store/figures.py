"""Figures of trials as plain frozen data: what statistics read, and what they make of it.
Knows nothing about tables, sessions or how a figure is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AnswerFigures:
    """What a summary needs of one answer."""

    question_id: str
    repeat: int
    part: str
    state: str
    cost_usd: float | None
    seconds: float
    tokens: int


@dataclass(frozen=True)
class ScoreFigures:
    question_id: str
    part: str
    name: str
    value: float | None
    status: str


@dataclass(frozen=True)
class RepeatedAnswer:
    """One of several answers to the same question; correctness: None where it has no such score."""

    question_id: str
    part: str
    text: str
    refused: bool
    correctness: float | None


@dataclass(frozen=True)
class Figure:
    """A mean over answers. None where nothing could be averaged; never NaN.  note: why, in words."""

    mean: float | None
    low: float | None
    high: float | None
    count: int
    failed: int
    not_applicable: int
    note: str = ""


@dataclass(frozen=True)
class Consistency:
    """How a trial's repeats of one question agree. Each is over the questions with two sound answers or more.

    correctness_flips: share of questions right in some repeats and wrong in others (correctness 0.5).
    refusal_flips: share that are declined in some and answered in others.  agreement: mean likeness of two
    answers to one question, in [0, 1]; 1 is the same text.  note: what is missing, in words.
    """

    questions: int
    repeats: int
    correctness_flips: Figure | None
    refusal_flips: Figure | None
    agreement: Figure | None
    note: str = ""


@dataclass(frozen=True)
class Summary:
    """A trial's figures on one part of the questions."""

    trial_id: str
    part: str
    answers: int
    failed_answers: int
    cost_per_1k_questions: float | None
    tokens_per_answer: float | None
    seconds_p50: float | None
    seconds_p95: float | None
    scores: dict[str, Figure]
    consistency: Consistency | None = None


@dataclass(frozen=True)
class Comparison:
    """A trial against another on the questions both were asked: mean is trial minus other.

    kind: "leader", "baseline" or "pair".  p: paired permutation, two-sided; p_holm: corrected over
    `compared`.  questions: how many both were scored on.  questions_needed: to find a true difference of this
    size with 80 % power; None where it cannot be said.  better: a real difference in the trial's favour; None
    when the two cannot be told apart.  verdict: in words.  low, high, p: None where no test is possible.
    """

    kind: str
    trial_id: str
    other_id: str
    score: str
    mean: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    compared: int
    questions: int
    questions_needed: int | None
    better: bool | None
    verdict: str


@dataclass(frozen=True)
class Preferred:
    """How often people, choosing blind, took a trial's answer or the other; both_good, both_bad: neither."""

    won: int = 0
    lost: int = 0
    both_good: int = 0
    both_bad: int = 0

    @property
    def asked(self) -> int:
        return self.won + self.lost + self.both_good + self.both_bad


@dataclass(frozen=True)
class JudgeFacts:
    """One judged score over an experiment. Verdicts that answers share are counted once in `verdicts`.

    lowest, highest: of the values a judge gave.  escalated, spared: of a ladder, distinct answers that went
    to the judge, and those that the free score settled.  mean_cost_usd: of a judged answer.
    saved_usd: what verdicts that were stored already had cost.  other_language: verdicts in a language that
    is not the answer's.
    """

    name: str
    judges: tuple[str, ...]
    answers: int
    scored: int
    failed: int
    verdicts: int
    lowest: float | None
    highest: float | None
    escalated: int
    spared: int
    mean_cost_usd: float | None
    saved_usd: float
    other_language: int

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> JudgeFacts:
        """From `dataclasses.asdict`, as an experiment's progress keeps it."""
        return cls(**data | {"judges": tuple(data["judges"])})
