"""Says in words what a share of liked answers rests on, and how far raters agree.
Knows nothing about how it is estimated."""

from __future__ import annotations

from workbench.analysis.liked.types import LikedEstimates
from workbench.formatting import counted


def rests_on(thumbs: int, choices: int, raters: int) -> str:
    """ "23 thumbs and 8 choices of 2 people"; "no ratings" for none."""
    parts = [counted(thumbs, "thumb")] if thumbs else []
    parts += [counted(choices, "choice")] if choices else []
    if not parts:
        return "no ratings"
    return f"{' and '.join(parts)} of {'1 person' if raters == 1 else f'{raters:,} people'}"


def describe_ratings(estimates: LikedEstimates) -> str:
    """ "Liked rests on 23 thumbs and 8 choices of 2 people, and on scores for the other answers." """
    said = rests_on(estimates.thumbs, estimates.choices, estimates.raters)
    return f"Liked rests on {said}, and on what scores tell about the other answers."


def describe_disagreement(estimates: LikedEstimates) -> str:
    """ "Raters disagree on 44% of the 9 answers that both of them rated."; it says so, too, where they agree.

    "" where no answer has thumbs of several raters.
    """
    found = estimates.disagreement
    if not found.pairs or found.share is None:
        return ""
    answers = "the one answer" if found.items == 1 else f"the {found.items:,} answers"
    several = "both" if estimates.raters == 2 else "several"
    if not found.share:
        return f"Raters agree on {answers} that {several} of them rated."
    return f"Raters disagree on {found.share:.0%} of {answers} that {several} of them rated."
