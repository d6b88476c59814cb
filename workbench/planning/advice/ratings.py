"""Advice on an objective that names `liked`: what it needs of people, and what waits without it.
Knows nothing about how it is estimated."""

from __future__ import annotations

from workbench.formatting import counted
from workbench.planning.advice.types import Advice
from workbench.space.experiment import LIKED, Experiment


def advise_on_ratings(experiment: Experiment, rated: int) -> list[Advice]:
    """Advice on the objective, where people's ratings decide.

    rated: how many thumbs and choices there are on answers to the experiment's questions, by any experiment.
    """
    if LIKED not in experiment.objective.names:
        return []
    if rated:
        text = (
            f"objective: {LIKED} is estimated from ratings, and {counted(rated, 'rating')} "
            f"{'is' if rated == 1 else 'are'} on answers to these questions. They count where the same "
            "answers come out again. Rate more on the page Review to narrow its intervals."
        )
    else:
        text = (
            f"objective: {LIKED} is estimated from people's ratings, and nobody has rated an answer to these "
            f"questions. {_what_waits(experiment)} Rate some on the page Review as soon as there are answers."
        )
    return [Advice("objective", text)]


def _what_waits(experiment: Experiment) -> str:
    part = experiment.search.chosen.part
    if part.asks != "everything" and not part.draws:
        return "The search follows ratings, so the run pauses after the first answers until there are some."
    if experiment.holdout:
        return "The run pauses before the held-out questions until there are some, and nothing is ranked."
    return "Nothing is ranked until there are some."
