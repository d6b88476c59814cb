"""Writes the share of liked answers as a figure of the leaderboard, and what all the shares rest on as JSON.
Knows nothing about how shares are estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.analysis.liked.words import describe_disagreement, describe_ratings, rests_on
from workbench.store.figures import Figure

if TYPE_CHECKING:
    from workbench.analysis.liked.types import LikedEstimates


def figure_of(estimates: LikedEstimates, trial_id: str, part: str) -> Figure | None:
    """A trial's share on one part of the questions; None when it has no answers to it.

    `count` is the number of ratings on its own answers; it may be 0, as scores and other trials tell, too.
    """
    liked = estimates.of(trial_id, part)
    if liked is None:
        return None
    note = f"its own answers have {rests_on(liked.thumbs, liked.choices, liked.raters)}"
    return Figure(liked.mean, liked.low, liked.high, liked.thumbs + liked.choices, 0, 0, note)


def estimates_to_json(estimates: LikedEstimates) -> dict[str, Any]:
    """What the shares rest on, as `leaderboard --json` shows it under `liked`."""
    found = estimates.disagreement
    return {
        "ratings": estimates.ratings,
        "thumbs": estimates.thumbs,
        "choices": estimates.choices,
        "raters": estimates.raters,
        "disagreement": {"answers": found.items, "pairs": found.pairs, "share": found.share},
        "in_words": describe_ratings(estimates),
        "disagreement_in_words": describe_disagreement(estimates),
    }
