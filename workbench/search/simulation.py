"""Plays a search strategy against a table of all answers, to see what it picks and what that takes.
Knows nothing about any strategy: benchmarks and tests use it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.search.types import Constraint, Evidence, Mask, Steps, Values, best_first


@dataclass(frozen=True)
class Outcome:
    """What a simulated search picked, and what that took."""

    pick: int
    """The best configuration of those that were asked everything."""
    answers: int
    """How many answers were asked in all."""
    regret: float
    """How much worse the pick is than the best configuration, in means over all questions."""
    asked: Mask
    dropped: frozenset[int]


def play(
    steps: Steps, worth: Values, *, unit: bool = True, constraints: tuple[tuple[str, Values, float], ...] = ()
) -> Outcome:
    """worth: configurations × questions, all known. Raises ValueError when nothing was fully asked."""
    asked = np.zeros(worth.shape, dtype=bool)
    dropped: set[int] = set()

    def evidence() -> Evidence:
        hidden = tuple(Constraint(n, np.where(asked, v, np.nan), b) for n, v, b in constraints)
        return Evidence(asked.copy(), np.where(asked, worth, np.nan), unit, hidden)

    step = next(steps)
    while True:
        for ask in step.asks:
            asked[ask.config, list(ask.questions)] = True
        dropped |= set(step.drops)
        try:
            step = steps.send(evidence())
        except StopIteration:
            break
    complete = [c for c in range(len(worth)) if asked[c].all() and c not in dropped]
    if not complete:
        raise ValueError("The search ended without a configuration that was asked every question.")
    pick = best_first(evidence(), complete)[0]
    means = worth.mean(axis=1)
    return Outcome(pick, int(asked.sum()), float(means.max() - means[pick]), asked, frozenset(dropped))
