"""Optimises one prompt for one cell: runs the search in a thread, and says how it ended.
Knows nothing about experiments: questions, settings and callables that ask come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from workbench.prompt_optimisation.aim import Aim
from workbench.prompt_optimisation.checks import TrainTexts
from workbench.prompt_optimisation.evolution import MOST_REFUSED, Evolution, first_candidate
from workbench.prompt_optimisation.folds import make_folds
from workbench.prompt_optimisation.types import (
    Asking,
    LimitReached,
    OptimisedPrompt,
    Proposal,
    TrainQuestion,
)
from workbench.space.prompt_optimisation import PromptOptimisation

VERSION = 1
"""Raised when the same answers lead to other proposals or other verdicts."""


async def optimise_prompt(
    settings: PromptOptimisation,
    questions: Sequence[TrainQuestion],
    asking: Asking,
    aim: Aim,
    texts: TrainTexts,
    seed: int,
    on_change: Callable[[Sequence[Proposal], int], None] = lambda settled, calls: None,
) -> OptimisedPrompt:
    """Improve a prompt on train questions. The same answers and replies lead to the same result.

    on_change: hears of settled proposals and the calls so far, in the search's thread.

    Raises Stopped when the work is to end, and what a request raised that makes it impossible.
    """
    folds = make_folds([question.cluster for question in questions], settings.folds, seed)
    loop = asyncio.get_running_loop()
    evolution = Evolution(settings, questions, folds, asking, aim, texts, loop, on_change)
    try:
        await asyncio.to_thread(_evolve, evolution, folds, seed)
    finally:
        evolution.cancel()  # where this task itself was cancelled, the thread must end, too
    accepted = [p for p in evolution.proposals if p.state == "accepted" and p.parent is not None]
    best = max(accepted, key=lambda p: p.found["low"], default=None)
    return OptimisedPrompt(
        tuple(evolution.proposals),
        best.number if best else None,
        evolution.ended or "Nothing more was found to improve.",
        evolution.calls,
        evolution.cost_usd,
    )


def _evolve(evolution: Evolution, folds: Sequence[int], seed: int) -> None:
    """Run the search to its end. Raises what ended it, unless that was a limit."""
    from workbench.prompt_optimisation.gepa_search import evolve

    with suppress(LimitReached):  # gepa may also have gone on after it
        evolve(evolution, first_candidate(evolution.first), folds, seed)
    error = evolution.error
    if error is not None and not isinstance(error, LimitReached):
        raise error
    evolution.settle()
    if error is not None:
        evolution.ended = str(error)
    elif evolution.refused_in_a_row >= MOST_REFUSED:
        evolution.ended = f"Its last {MOST_REFUSED} proposals could not be used."
