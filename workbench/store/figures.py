"""Defines the figures of trials as plain frozen data: what statistics read and what they return.
Knows nothing about tables, sessions or how a figure is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class AnswerFigures:
    """What a summary needs of one answer."""

    question_id: str
    repeat: int
    """The number of the repeat, from 0."""
    part: str
    """The part of the questions: "search" or "holdout"."""
    state: str
    """The state of the answer: "ok" or "failed"."""
    cost_usd: float | None
    """US dollars; None when a model has no price."""
    seconds: float
    tokens: int
    """Input and output tokens of generating the answer; 0 when it failed before."""
    passage_tokens: int | None = 0
    """Tokens of the passages that the prompt held; None for a system that reported none."""


@dataclass(frozen=True)
class ScoreFigures:
    """What a summary needs of one score of one answer."""

    question_id: str
    part: str
    """The part of the questions: "search" or "holdout"."""
    name: str
    value: float | None
    """None unless the status is "ok"."""
    status: str
    """The outcome of scoring: "ok", "failed" or "not_applicable"."""


@dataclass(frozen=True)
class RepeatedAnswer:
    """One of several answers to the same question."""

    question_id: str
    part: str
    """The part of the questions: "search" or "holdout"."""
    text: str
    refused: bool
    """Whether the answer declines the question."""
    correctness: float | None
    """The score; None where the answer has none."""


@dataclass(frozen=True)
class Figure:
    """A mean over answers with its interval. Never NaN."""

    mean: float | None
    """None where there is nothing to average."""
    low: float | None
    """The lower end of the 95% interval; None where there is no interval."""
    high: float | None
    """The upper end of the 95% interval; None where there is no interval."""
    count: int
    """How many answers were averaged."""
    failed: int
    """How many answers could not be scored."""
    not_applicable: int
    """How many answers the score does not apply to."""
    note: str = ""
    """Why there is no mean or interval, in words."""
    groups: int | None = None
    """Into how many groups the questions of these answers fall, which the interval goes by; None where every
    question stands alone."""


@dataclass(frozen=True)
class Consistency:
    """How far a trial's repeats of one question agree, over the questions with two or more sound answers."""

    questions: int
    """How many questions have two or more sound answers."""
    repeats: int
    correctness_flips: Figure | None
    """Share of questions that are right in some repeats and wrong in others (right: correctness from 0.5)."""
    refusal_flips: Figure | None
    """Share of questions that are declined in some repeats and answered in others."""
    agreement: Figure | None
    """Mean similarity of two answers to one question, in [0, 1]; 1 is the same text."""
    note: str = ""
    """What is missing, in words."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Consistency:
        """Read what `dataclasses.asdict` wrote."""
        fields: dict[str, Any] = {n: Figure(**v) if isinstance(v, dict) else v for n, v in data.items()}
        return cls(**fields)


@dataclass(frozen=True)
class Summary:
    """A trial's figures on one part of the questions."""

    trial_id: str
    part: str
    """The part of the questions: "search" or "holdout"."""
    answers: int
    """How many answers there are, failed ones included."""
    failed_answers: int
    cost_per_1k_questions: float | None
    """US dollars; None when a model has no price."""
    tokens_per_answer: float | None
    """Mean number of tokens; None without answers."""
    seconds_p50: float | None
    """Median seconds of an answer; None without answers."""
    seconds_p95: float | None
    """95th percentile of the seconds of an answer; None without answers."""
    scores: dict[str, Figure]
    """Score name → its figure."""
    consistency: Consistency | None = None
    """How far repeats agree; None without repeats."""
    defects: dict[str, int] = field(default_factory=dict)
    """What is wrong with the texts of replies (`replies/defects.py`): flag → how many answers have it."""
    passage_tokens_per_answer: float | None = None
    """Mean number of tokens of the passages that the prompt held; None without answers, for a system that
    reports no passages, and in summaries from before it was counted."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Summary:
        """Read what `dataclasses.asdict` wrote."""
        scores = {name: Figure(**figure) for name, figure in data["scores"].items()}
        consistency = data["consistency"] and Consistency.from_json(data["consistency"])
        return cls(**data | {"scores": scores, "consistency": consistency})


@dataclass(frozen=True)
class Spread:
    """What the trials scored on one question. A trial's value is the mean over its repeats."""

    question_id: str
    trials: int
    """How many trials have a value."""
    answers: int
    """How many answers have a value, repeats included."""
    lowest: float
    """The lowest value of a trial."""
    highest: float
    """The highest value of a trial."""
    between: float
    """The sum of the squared distances of the trials' values from the mean, once per answer."""
    within: float
    """The sum of the squared distances of answers from their trial's value."""


@dataclass(frozen=True)
class Failures:
    """Answers of one trial that failed for one kind of reason."""

    trial_id: str
    part: str
    """The part of the questions: "search" or "holdout"."""
    kind: str
    """The kind of ProviderError."""
    count: int
    error: str
    """The words of one of them."""


@dataclass(frozen=True)
class Comparison:
    """One trial compared with another on the questions that both were asked."""

    kind: str
    """What the trial is compared with: the "leader", the "baseline", or any other trial ("pair")."""
    trial_id: str
    other_id: str
    score: str
    """The name of the score or cost."""
    mean: float | None
    """The mean difference, trial minus other; None where there is nothing to compare."""
    low: float | None
    """The lower end of the 95% interval of the difference; None where no test is possible."""
    high: float | None
    """The upper end of the 95% interval of the difference; None where no test is possible."""
    p: float | None
    """p-value of a paired permutation test, two-sided, of this pair alone; None where no test is possible."""
    p_corrected: float | None
    """The p-value, corrected for `compared` comparisons; None where no test is possible."""
    compared: int
    """How many comparisons the correction covers: all pairs of the experiment's trials."""
    questions: int
    """How many questions both trials were scored on."""
    questions_needed: int | None
    """Questions needed to detect a true difference of this size with 80% power; None where it is unknown."""
    better: bool | None
    """The verdict: whether a significant difference, corrected, favours the trial; None when the two cannot
    be told apart."""
    better_alone: bool | None
    """The same by `p`, for this pair alone. What `better` says, it says too."""
    verdict: str
    """The result in words."""
    groups: int | None = None
    """Into how many groups these questions fall, which interval and test go by; None where every question
    stands alone."""


@dataclass(frozen=True)
class Preferred:
    """How often people, choosing blind, preferred a trial's answer to another's."""

    won: int = 0
    """How often they chose the trial's answer."""
    lost: int = 0
    """How often they chose the other answer."""
    both_good: int = 0
    """How often they found both answers good."""
    both_bad: int = 0
    """How often they found both answers bad."""

    @property
    def total(self) -> int:
        """The number of choices."""
        return self.won + self.lost + self.both_good + self.both_bad


@dataclass(frozen=True)
class JudgeFacts:
    """The figures of one judged score over an experiment."""

    name: str
    judges: tuple[str, ...]
    """Names of the models that judged."""
    answers: int
    """Answers that have this score, whatever its status."""
    scored: int
    """Answers whose status is "ok"."""
    failed: int
    """Answers whose status is "failed"."""
    verdicts: int
    """Distinct verdicts; one that several answers share counts once."""
    lowest: float | None
    """The lowest value that a judge gave; None without verdicts."""
    highest: float | None
    """The highest value that a judge gave; None without verdicts."""
    escalated: int
    """Distinct answers that the ladder passed on to the judge; 0 without a ladder."""
    spared: int
    """Distinct answers that the ladder's free score settled; 0 without a ladder."""
    mean_cost_usd: float | None
    """Mean US dollars of judging an answer; None without a price or without verdicts."""
    saved_usd: float
    """US dollars that the verdicts which were stored already had cost."""
    other_language: int
    """Verdicts given in another language than the answer's."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> JudgeFacts:
        """Read what `dataclasses.asdict` wrote into an experiment's progress."""
        return cls(**data | {"judges": tuple(data["judges"])})
