"""Starts a search by its strategy's entry, and says how many answers it asks for.
Knows nothing about how any strategy works."""

from __future__ import annotations

from workbench.parts.part import load_function
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


def count_answers(search: Search, configs: int, questions: int, *, baseline: bool = False) -> tuple[int, int]:
    """(fewest, most) answers that a search of so many configurations asks for, repeats not counted.

    baseline: whether one of them is a baseline, which is asked everything, whatever the strategy leaves out.
    """
    chosen = search.chosen
    if chosen.part.count is None:
        return 0, configs * questions
    fewest, most = load_function(chosen.part.count)(configs, questions, **chosen.arguments)
    return fewest, min(configs * questions, most + questions) if baseline else most
