"""Says whether held-out questions confirm a configuration's figure of the selection questions.
Knows nothing about which configuration it is or how it was chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.formatting import questions_text
from workbench.space.experiment import LIKED, Objective

FEW = 20
"""With fewer held-out answers than this, fewer groups of questions, or by `liked` fewer ratings of held-out
answers, nothing is said."""
_Z = 1.96


@dataclass(frozen=True)
class HeldOut:
    """What the held-out questions say."""

    kind: Literal["confirmed", "not confirmed", "too few", "none"]
    """Confirmed: the figure is not lower there by more than chance explains.  None: nothing was asked."""
    in_words: str
    """One sentence; "" where nothing was asked."""


def judge_held_out(row: LeaderboardRow, objective: Objective) -> HeldOut:
    """Compare the target on both parts of the questions, by the standard errors behind the intervals."""
    name = objective.target
    search = row.search.scores.get(name) if row.search else None
    holdout = row.holdout.scores.get(name) if row.holdout else None
    if search is None or holdout is None or search.mean is None or holdout.mean is None:
        return HeldOut("none", "")
    independent = min(holdout.count, holdout.groups or holdout.count)
    noun = "rating" if name == LIKED else "answer"  # what a figure's count counts
    if independent < FEW or None in (search.low, search.high, holdout.low, holdout.high):
        answers = questions_text(holdout.count, holdout.groups, noun)
        return HeldOut(
            "too few", f"Held-out questions: {holdout.mean:.3f} on {answers}, too few to confirm anything."
        )
    errors = [((f.high or 0.0) - (f.low or 0.0)) / (2 * _Z) for f in (search, holdout)]
    lost = objective.sign * (search.mean - holdout.mean)
    figures = (
        f"{holdout.mean:.3f} ({holdout.low:.2f} to {holdout.high:.2f}) on "
        f"{questions_text(holdout.count, holdout.groups, f'held-out {noun}')}, "
        f"{search.mean:.3f} on the selection questions"
    )
    if lost > _Z * math.hypot(*errors) and lost > 1e-9:
        return HeldOut(
            "not confirmed",
            f"Not confirmed: {figures}. The drop is larger than chance explains.",
        )
    return HeldOut("confirmed", f"Confirmed: {figures}.")
