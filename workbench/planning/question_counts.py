"""Counts what a corpus's questions are for and what they can be scored by, and says when they are too few.
Knows nothing about experiments: a question's part is that of the usual held-out share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workbench.corpus.types import Question, part_of_question
from workbench.formatting import counted
from workbench.planning.advice.questions import smallest_difference
from workbench.space.experiment import DEFAULT_HOLDOUT

ENOUGH = 50
"""From about so many questions, half of them for search, differences of 0.2 can be detected."""

NO_EVIDENCE = (
    "No question has marked evidence, so Recall@k, Precision@k, MRR and nDCG cannot be computed. To mark "
    "some, open a document on the Corpora page and select the words that hold an answer."
)


@dataclass(frozen=True)
class QuestionCounts:
    """How many questions are in each part, at the usual held-out share."""

    search: int
    """Questions that choose the winner."""
    holdout: int
    """Held-out questions, which confirm it."""
    train: int
    """Questions that no experiment asks: for `tune`."""

    @property
    def total(self) -> int:
        return self.search + self.holdout + self.train

    def in_words(self) -> str:
        """Return what the questions are for: "20 questions: 11 to choose the winner, 5 to …"."""
        return (
            f"{counted(self.total, 'question')}: {self.search} to choose the winner, {self.holdout} to "
            f"confirm it, {self.train} for training."
        )

    def advice(self) -> str:
        """Return what so few questions cannot tell; empty for enough of them."""
        if self.total >= ENOUGH:
            return ""
        few = f"Fewer than about {ENOUGH} questions rarely tell configurations apart"
        difference = smallest_difference(self.search, 2)
        if difference is None or difference >= 1:
            return f"{few}; with {self.search} to choose by, no difference can be detected."
        return (
            f"{few}; with {self.search} to choose by, two configurations must differ by about "
            f"{difference:.2f} in a score."
        )


def count_parts(question_ids: Iterable[str]) -> QuestionCounts:
    """Count the questions of each part."""
    parts = Counter(part_of_question(i, DEFAULT_HOLDOUT) for i in question_ids)
    return QuestionCounts(parts["search"], parts["holdout"], parts["train"])


def describe_gaps(questions: Collection[Question]) -> list[str]:
    """Say which scores these questions cannot have, because none of them has what the score needs."""
    if not questions:
        return []
    gaps = []
    if not any(q.answers for q in questions):
        gaps.append("No question has a reference answer, so correctness cannot be computed.")
    if not any(q.evidence for q in questions):
        gaps.append(NO_EVIDENCE)
    unknown = sum(q.answerable is None for q in questions)
    if unknown:
        them = "it" if unknown == 1 else "them"
        gaps.append(
            f"It is not known whether the documents answer {counted(unknown, 'question')}; refusal accuracy "
            f"leaves {them} out."
        )
    return gaps
