"""Halving: all start on a few questions, the worse part is dropped, the rest are asked more, and so on.
Knows nothing about how sure any of it is: it is cheap and gives no guarantee."""

from __future__ import annotations

import math
from collections.abc import Iterator

from workbench.search.types import Ask, Field, Step, Steps, asked_so_far, best_first

# As many as the held-out final takes.
FINALISTS = 5
FIRST = 8
KEEP = 0.33


def halving(field: Field, *, first: int = FIRST, keep: float = KEEP) -> Steps:
    """Successive halving over questions (Karnin, Koren and Somekh 2013; Jamieson and Talwalkar 2016).

    first: questions of the first block.  keep: the share of configurations that goes on after each block;
    the questions asked of one in all grow by 1/keep. The last five are asked all. No guarantee: a
    configuration that is unlucky on the first questions is gone.
    """
    alive = list(range(field.configs))
    drops: dict[int, str] = {}
    for goes_on, upto in _blocks(field.configs, field.questions, first, keep):
        evidence = yield Step([Ask(c, range(upto)) for c in alive], drops)
        alive = asked_so_far(evidence, upto)
        order = best_first(evidence, alive)
        drops = {
            c: f"in the worse part after {upto} questions (place {place} of {len(alive)})"
            for place, c in enumerate(order, start=1)
            if place > goes_on
        }
        alive = sorted(order[:goes_on])


def _blocks(configs: int, questions: int, first: int, keep: float) -> Iterator[tuple[int, int]]:
    """(configurations that go on after the block, questions asked of each in all) block by block."""
    upto = min(questions, first)
    while upto < questions and configs > FINALISTS:
        goes_on = max(FINALISTS, math.ceil(configs * keep))
        yield goes_on, upto
        configs, upto = goes_on, min(questions, math.ceil(upto / keep))
    yield configs, questions


def count_halving(configs: int, questions: int, *, first: int = FIRST, keep: float = KEEP) -> tuple[int, int]:
    """(fewest, most) answers that `halving` asks for, which are the same."""
    answers, before = 0, 0
    for remaining, upto in _blocks(configs, questions, first, keep):
        answers += configs * (upto - before)
        configs, before = remaining, upto
    return answers, answers
