"""Grid and random: every configuration, or some of them drawn by the seed, each asked every question.
Knows nothing about what the answers are: neither looks at them."""

from __future__ import annotations

import random as random_numbers

from workbench.search.types import Ask, Field, Step, Steps


def grid(field: Field) -> Steps:
    everything = range(field.questions)
    yield Step([Ask(c, everything) for c in range(field.configs)])


def random(field: Field, *, trials: int) -> Steps:
    """`trials` configurations drawn without repetition."""
    everything = range(field.questions)
    drawn = random_numbers.Random(field.seed).sample(range(field.configs), min(trials, field.configs))
    yield Step([Ask(c, everything) for c in drawn])


def count_grid(configs: int, questions: int) -> tuple[int, int]:
    """(fewest, most) answers that `grid` asks for."""
    return configs * questions, configs * questions


def count_trials(configs: int, questions: int, *, trials: int) -> tuple[int, int]:
    """(fewest, most) answers of a strategy that asks `trials` configurations every question."""
    answers = min(trials, configs) * questions
    return answers, answers
