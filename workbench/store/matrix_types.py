"""What the matrix of questions × trials is asked for and returns, as plain data.
Knows nothing about how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from workbench.corpus.types import AskedQuestion, History

EQUAL_WITHIN = 1e-9
"""Means that are nearer to each other than this are the same: a mean of repeats depends on their order."""

Show = Literal[
    "all", "wrong", "flips", "better", "worse", "same", "differ", "failed", "ungrounded", "disliked"
]
"""Which questions: all; no trial right; right in one and wrong in another; better, worse or the same as the
first trial; answers with different texts; with a failed, an ungrounded or a disliked answer."""
Order = Literal["spread", "gain", "loss", "wrong", "position"]
"""By the distance of best and worst; by the mean difference from the first trial, best or worst first; by how
many trials are wrong; as the questions are written."""
SHOWS: tuple[Show, ...] = get_args(Show)
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True)
class Scale:
    """The score or cost that is shown, and how its values are read."""

    name: str
    """The name of a score, or of a cost."""
    sign: int
    """1 when more is better, -1 when less is."""
    right_from: float | None
    """The value from which, in the direction of better, an answer is right; None where nothing is right or
    wrong, as for costs."""
    ungrounded_below: float
    """Answers whose grounding is less than this are ungrounded."""

    def is_right(self, value: float) -> bool:
        return self.right_from is not None and self.sign * value >= self.sign * self.right_from


@dataclass(frozen=True)
class MatrixFilter:
    """Which questions are read, and in which order."""

    show: Show = "all"
    against: str | None = None
    """The trial that is compared with the first for better, worse, same, gain and loss; None means any."""
    tag: str | None = None
    """A tag that the question must have."""
    holds: str | None = None
    """Text that the question must contain, upper or lower case."""
    order: Order = "spread"


@dataclass(frozen=True)
class Cell:
    """What one trial scored on one question."""

    value: float | None
    """The mean over repeats; None without a score."""
    answers: int
    """How many answers there are, failed ones included."""
    failed: int
    """How many of them the server failed to give."""
    not_applicable: int
    """How many of them the score does not apply to."""
    ungrounded: bool
    """Whether one of them is ungrounded."""
    liked: bool
    """Whether one of them has a thumb up."""
    disliked: bool
    """Whether one of them has a thumb down."""


@dataclass(frozen=True)
class Row:
    """A question with its cells."""

    question_id: str
    position: int
    """The question's place in the experiment, from 0."""
    text: str
    tags: tuple[str, ...]
    cells: dict[str, Cell]
    """Trial id → cell, of the trials that were asked."""
    history: History = ()
    """The turns before the question."""

    @property
    def asked(self) -> AskedQuestion:
        """The question with its earlier turns."""
        return AskedQuestion(self.text, self.history)


@dataclass(frozen=True)
class Column:
    """What one trial scored on all questions, whatever the filter."""

    scored: int = 0
    """How many questions have a value."""
    right: int = 0
    mean: float | None = None
    """Over the questions with a value; None without one."""
    better: int = 0
    """On how many questions it is better than the first trial."""
    worse: int = 0
    same: int = 0
    """On how many questions that both are scored on there is no difference."""
