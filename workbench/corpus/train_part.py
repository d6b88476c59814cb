"""Finds the questions of the train part: those that experiments never ask in their search.
Knows nothing about what is learned from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from workbench.corpus.types import Question, part_of


def train_questions(questions: Iterable[Question], tags: Collection[str], holdout: float) -> list[Question]:
    """The train questions that have any of these tags (all without tags), drafts left out.

    holdout: the share of questions that is held out.
    """
    wanted = set(tags)
    return [
        question
        for question in questions
        if part_of(question, holdout) == "train"
        and not question.is_draft
        and (not wanted or wanted & set(question.tags))
    ]
