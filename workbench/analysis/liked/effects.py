"""What each axis does to the share of liked answers, from the joint estimates of all trials.
Knows nothing about ratings: there are no values by question, only draws of what is still possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.analysis.effects import find_effects
from workbench.analysis.liked.types import LikedEstimates
from workbench.analysis.liked.words import describe_ratings
from workbench.analysis.significance import ScoreTable
from workbench.space.scores import LIKED

MOST_DRAWS = 1_000


def find_liked_effects(
    estimates: LikedEstimates, facts: Mapping[str, Mapping[str, Any]], *, maximize: bool = True
) -> dict[str, Any]:
    """The document of `effects --json` for `liked`, without its experiment: as for a score, but what is sure
    comes from the ratings, not from the spread over questions.

    facts: as in `find_effects`.
    """
    effects = find_effects(draws_as_questions(estimates, maximize=maximize), facts)
    part = estimates.parts["search"]
    asked = int(np.isfinite(part.values).any(axis=0).sum())
    return effects | {"questions": asked, "notes": [describe_ratings(estimates), *effects["notes"]]}


def draws_as_questions(estimates: LikedEstimates, *, maximize: bool = True) -> ScoreTable:
    """A table whose means are the trials' shares, and whose means' covariance is that of the draws.

    Each column is one draw, its distance from the mean widened by the root of the number of columns. Then any
    contrast of trials has the estimate and the standard error that it has in the draws, and all that is known
    of scores by question applies: the analysis of variance, its tests and its bootstrap.
    """
    part = estimates.parts["search"]
    draws = part.draws[:, :MOST_DRAWS]
    centred = draws - draws.mean(axis=1, keepdims=True)
    means = np.array([liked.mean for liked in part.liked])[:, None]
    columns = draws.shape[1]
    return ScoreTable(
        LIKED,
        part.trial_ids,
        tuple(map(str, range(columns))),
        means + centred * np.sqrt(columns),
        of_unit=False,
        maximize=maximize,
    )
