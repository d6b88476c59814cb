"""Starts a search by its strategy's entry, and says how many answers it asks for.
Knows nothing about how any strategy works."""

from __future__ import annotations

from workbench.parts.part import load_function
from workbench.search import successive_halving
from workbench.search.types import Field, Steps
from workbench.space.experiment import Objective, Search


def start_search(search: Search, objective: Objective, field: Field) -> Steps:
    """The strategy at work on a field, with its settings."""
    chosen = search.chosen
    settings = chosen.arguments
    if chosen.part.told_aims:
        settings["objectives"] = len(objective.aims)
    steps: Steps = chosen.part.load()(field, **settings)
    return steps


def count_answers(search: Search, configs: int, questions: int) -> tuple[int, int]:
    """(fewest, most) answers that a search of so many configurations asks for, repeats not counted."""
    chosen = search.chosen
    if chosen.part.count is None:
        return 0, configs * questions
    fewest, most = load_function(chosen.part.count)(configs, questions, **chosen.arguments)
    return fewest, most


# The counts of the strategies, each (configs, questions, **settings) -> (fewest, most); that of `model` is in
# bayesian_optimisation.py.


def count_everything(configs: int, questions: int) -> tuple[int, int]:
    return configs * questions, configs * questions


def count_trials(configs: int, questions: int, *, trials: int) -> tuple[int, int]:
    tried = min(trials, configs) * questions
    return tried, tried


def count_halving(configs: int, questions: int, *, first: int, keep: float) -> tuple[int, int]:
    asked = successive_halving.count_halving(configs, questions, first=first, keep=keep)
    return asked, asked


def count_race(configs: int, questions: int, *, block: int, confidence: float) -> tuple[int, int]:
    """The fewest: all but one are dropped after the first block, whatever the confidence."""
    block = min(questions, block)
    everything = configs * questions
    return min(everything, configs * block + questions - block), everything
