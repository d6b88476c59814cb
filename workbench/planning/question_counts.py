"""Counts what a corpus's questions are for and what they can be scored by, and says when they are too few.
Knows nothing about experiments: a question's part is that of the usual held-out share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from workbench.corpus.clusters import count_groups
from workbench.corpus.types import Question, part_of
from workbench.formatting import counted, questions_text
from workbench.planning.advice.questions import count_independent, smallest_difference
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
    groups: int | None = None
    """How many groups all of them fall into; None where each stands alone, or where that is not known."""
    independent: float | None = None
    """How many independent questions tell as much as those that choose; None: as many as there are."""

    @property
    def total(self) -> int:
        return self.search + self.holdout + self.train

    def in_words(self) -> str:
        """Return what the questions are for: "20 questions: 11 to choose the winner, 5 to …"."""
        return (
            f"{questions_text(self.total, self.groups)}: {self.search} to choose the winner, "
            f"{self.holdout} to confirm it, {self.train} for training."
        )

    def advice(self) -> str:
        """Return what so few questions cannot tell; empty for enough of them."""
        if self.total >= ENOUGH:
            return ""
        few = f"Fewer than about {ENOUGH} questions rarely tell configurations apart"
        independent = self.search if self.independent is None else self.independent
        difference = smallest_difference(independent, 2)
        if difference is None or difference >= 1:
            return f"{few}; with {self.search} to choose by, no difference can be detected."
        return (
            f"{few}; with {self.search} to choose by, two configurations must differ by about "
            f"{difference:.2f} in a score."
        )


def count_parts(questions: Iterable[Question], clusters: Mapping[str, str] | None = None) -> QuestionCounts:
    """Count the questions of each part.

    clusters: question id → the name of its cluster, as `find_clusters` returns them; None where the
        documents were not read.
    """
    by_part: dict[str, list[str]] = {"search": [], "holdout": [], "train": []}
    for question in questions:
        by_part[part_of(question, DEFAULT_HOLDOUT)].append((clusters or {}).get(question.id, ""))
    return QuestionCounts(
        search=len(by_part["search"]),
        holdout=len(by_part["holdout"]),
        train=len(by_part["train"]),
        groups=count_groups([name for names in by_part.values() for name in names]),
        independent=count_independent(by_part["search"]),
    )


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
