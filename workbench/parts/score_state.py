"""Says whether one answer's score is good, unclear or poor, from the limits in the score's entry.
Knows nothing about how the score is computed, nor how the state is shown."""

from __future__ import annotations

from typing import Literal

from workbench.parts.registry import score_entry

ScoreState = Literal["good", "unclear", "poor"]


def score_state(score: str, value: float) -> ScoreState | None:
    """Return the state of a value of the named score; None where a single value says little."""
    entry = score_entry(score)
    if entry.good_from is None:
        return None
    goodness = value if entry.higher_is_better else 1.0 - value
    if goodness >= entry.good_from:
        return "good"
    return "unclear" if goodness >= entry.poor_below else "poor"
