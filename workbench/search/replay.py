"""A search that goes on: the steps it took are taken again as they were, then the strategy says what is next.
Knows nothing about any strategy, nor about where the steps were kept."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.search.types import Evidence, Step, Steps


def advance(steps: Steps, evidence: Evidence | None) -> Step | None:
    """The next step after this evidence, None for the first one; None at the end."""
    try:
        return next(steps) if evidence is None else steps.send(evidence)
    except StopIteration:
        return None


def replay(strategy: Steps, taken: Sequence[Step]) -> Steps:
    """The steps that were taken, then those that the strategy yields next.

    The strategy yields a step for each of them too, and is sent what they brought to light, so that it is
    where it was. What it yields meanwhile counts for nothing: it may differ, where the strategy or a library
    that draws its random numbers has changed since.
    """
    step, last, evidence = advance(strategy, None), None, None
    for stored in taken:
        evidence = yield stored
        if step is not None:
            last, step = step, advance(strategy, evidence)
    if step is None and evidence is not None and not evidence.asked.all(axis=1).any():
        step = last  # it ended sooner than it did then, and its end must leave something to pick
    while step is not None:
        evidence = yield step
        step = advance(strategy, evidence)
