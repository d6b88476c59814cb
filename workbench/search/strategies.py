"""The search strategies by name, and how many answers each asks for.
Knows nothing about how any of them works."""

from __future__ import annotations

from collections.abc import Callable

from workbench.search.grid_and_random import grid, random
from workbench.search.halving import count_halving, halving
from workbench.search.model import count_model, model
from workbench.search.race import race
from workbench.search.tpe import tpe
from workbench.search.types import Field, Steps
from workbench.space.experiment import Objective, Search

STRATEGIES: dict[str, Callable[..., Steps]] = {
    "grid": grid,
    "random": random,
    "tpe": tpe,
    "halving": halving,
    "race": race,
    "model": model,
}


def start_search(search: Search, objective: Objective, field: Field) -> Steps:
    """The strategy at work on a field, with its settings."""
    settings = search.settings
    if search.strategy == "tpe":
        settings["objectives"] = len(objective.aims)
    return STRATEGIES[search.strategy](field, **settings)


def count_answers(search: Search, configs: int, questions: int) -> tuple[int, int]:
    """(fewest, most) answers that a search of so many configurations asks for, repeats not counted."""
    everything = configs * questions
    settings = search.settings
    if search.strategy in ("random", "tpe"):
        tried = min(settings["trials"], configs) * questions
        return tried, tried
    if search.strategy == "halving":
        asked = count_halving(configs, questions, **settings)
        return asked, asked
    if search.strategy == "race":
        block = min(questions, settings.get("block", 5))
        return min(everything, configs * block + questions - block), everything
    if search.strategy == "model":
        return count_model(configs, questions, **settings)
    return everything, everything
