"""Says in words what a share of liked answers rests on, and how far raters agree.
Knows nothing about how it is estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.formatting import counted
from workbench.parts.score_labels import label_of_score
from workbench.space.scores import LIKED

if TYPE_CHECKING:
    from workbench.analysis.liked.types import LikedEstimates

LABEL = label_of_score(LIKED)


def rests_on(thumbs: int, choices: int, raters: int) -> str:
    """ "23 thumbs and 8 choices of 2 people"; "no ratings" for none."""
    parts = [counted(thumbs, "thumb")] if thumbs else []
    parts += [counted(choices, "choice")] if choices else []
    if not parts:
        return "no ratings"
    return f"{' and '.join(parts)} of {'1 person' if raters == 1 else f'{raters:,} people'}"


def describe_ratings(estimates: LikedEstimates) -> str:
    """ "Share liked rests on 23 thumbs and 8 choices of 2 people, and on what scores tell of the rest." """
    said = rests_on(estimates.thumbs, estimates.choices, estimates.raters)
    return f"{LABEL} rests on {said}, and on what scores tell of the rest."


def describe_disagreement(estimates: LikedEstimates) -> str:
    """ "Two raters disagree on 4 of the 9 answers that both rated."; it says so, too, where they agree.

    "" where no answer has thumbs of several raters.
    """
    found = estimates.disagreement
    if not found.pairs or found.share is None:
        return ""
    both = found.pairs == found.items
    who = "Two raters" if both else "Raters"
    answers = f"{counted(found.items, 'answer')} that {'both' if both else 'several of them'} rated"
    if not found.share:
        return f"{who} agree on the {answers}."
    much = f"{round(found.share * found.items)}" if both else f"{found.share:.0%}"
    return f"{who} disagree on {much} of the {answers}."
