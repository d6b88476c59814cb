"""Advice on follow-up questions and on how the search for them uses their earlier turns.
Knows nothing about documents, models and prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.formatting import counted, listed
from workbench.parts.part import QueryTransform
from workbench.parts.registry import parts_of
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment
from workbench.store.records import ExperimentQuestion


def advise_on_follow_ups(experiment: Experiment, questions: Sequence[ExperimentQuestion]) -> Iterator[Advice]:
    """Advice on transforms for follow-up questions without such questions, and on the opposite."""
    follow_ups = sum(bool(item.question.history) for item in questions)
    chosen = experiment.retrieval.choices("query", QueryTransform)
    idle = [choice.text for choice in chosen if choice.part.for_follow_ups]
    if idle and not follow_ups:
        they_change = "changes" if len(idle) == 1 else "change"
        yield Advice(
            "query",
            f"query: {listed(idle)} {they_change} nothing, because no question that is asked has earlier "
            f"turns. Leave {listed(idle)} out, or add follow-up questions.",
            "idle",
        )
    if follow_ups and all(choice.part.function is None for choice in chosen):
        offered = " or ".join(n for n, part in parts_of(QueryTransform).items() if part.for_follow_ups)
        are, them, they_are = "are follow-up questions", "them", "they are"
        if follow_ups == 1:
            are, them, they_are = "is a follow-up question", "it", "it is"
        yield Advice(
            "query",
            f"query: {counted(follow_ups, 'question')} {are}, but the search ignores the turns before "
            f"{them}. Add {offered}, so that the search knows what {they_are} about.",
        )
