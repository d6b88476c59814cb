"""Advice on examples in prompts: none or too few of them, and prompts without a place for them.
Knows nothing about which examples are near to a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.corpus.types import Question
from workbench.formatting import counted, listed
from workbench.pipeline.examples import ExamplePool
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment


def advise_on_examples(experiment: Experiment, questions: Sequence[Question]) -> list[Advice]:
    """questions: all of the corpus."""
    return list(_advise(experiment, questions)) if experiment.prompts else []


def _advise(experiment: Experiment, questions: Sequence[Question]) -> Iterator[Advice]:
    numbers = [number for number in experiment.retrieval.examples if number]
    placed = [prompt.label for prompt in experiment.prompts if prompt.uses_examples]
    without = [prompt.label for prompt in experiment.prompts if not prompt.uses_examples]
    if not numbers:
        if placed:
            yield Advice(
                "examples",
                f"prompts: {listed(placed)} {'has' if len(placed) == 1 else 'have'} a place for "
                "{examples}, and examples is 0, so nothing is inserted there. Set examples under retrieval.",
                "idle",
            )
        return
    if without:
        yield Advice(
            "examples",
            f"examples: {listed(without)} {'has' if len(without) == 1 else 'have'} no {{examples}} in the "
            "text, so their number makes no difference there.",
            "idle",
        )
    there = len(ExamplePool.of_questions(questions).examples)
    short = [number for number in numbers if number > there]
    if placed and short:
        have = (
            f"the train part has {counted(there, 'question')} with a reference answer"
            if there
            else ("no question of the train part has a reference answer")
        )
        yield Advice(
            "examples",
            f"examples: {have}, and {listed(short)} {'is' if len(short) == 1 else 'are'} asked for. Prompts "
            f"get {'those' if there else 'none'}. A fixed fifth of the questions belongs to training: add "
            "questions with answers.",
        )
