"""Counts how the configurations do against the baseline, and says it in words.
Knows nothing about how they are compared, nor about who wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.store.figures import Comparison


@dataclass(frozen=True)
class Tally:
    """How the others did against the baseline."""

    trial_id: str
    """The baseline's trial."""
    name: str
    better: int
    """How many configurations are significantly better."""
    worse: int
    """How many are significantly worse."""
    same: int
    """How many are tied with it."""
    leader: Comparison | None
    """The first one against the baseline; None where it is the baseline itself."""

    @property
    def in_words(self) -> str:
        """ "Against the baseline (short@1): 23 better, 0 worse, 24 tied with it." """
        if self.leader is None:
            return f"The first is the baseline: {self._counts}."
        return f"Against the baseline ({self.name}): {self._counts}."

    @property
    def in_detail(self) -> str:
        """The same, and before it how the first configuration does."""
        if self.leader is None:
            return self.in_words
        first = f"Against the baseline ({self.name}): {self.leader_in_words}."
        counts = f"{self.better} are better, {self.worse} worse and {self.same} tied with it"
        return f"{first} Of all configurations, {counts}."

    @property
    def _counts(self) -> str:
        return f"{self.better} better, {self.worse} worse, {self.same} tied with it"

    @property
    def leader_in_words(self) -> str:
        """How the first configuration does against the baseline, such as "better by 0.120 (0.05 to 0.19)"."""
        found = self.leader
        if found is None:
            return "it is the baseline"
        if found.mean is None or found.better is None:
            return "tied with it"
        sign = 1 if found.mean >= 0 else -1
        words = f"{'better' if found.better else 'worse'} by {abs(found.mean):.3f}"
        if found.low is None or found.high is None:
            return words
        low, high = sorted((sign * found.low, sign * found.high))
        return f"{words} ({low:.2f} to {high:.2f})"


def tally_against(
    rows: Sequence[LeaderboardRow], leader: LeaderboardRow, baseline: str | None
) -> Tally | None:
    name = next((row.trial.name for row in rows if row.trial.id == baseline), None)
    compared = [c for row in rows if (c := row.to_baseline) is not None and c.other_id == baseline]
    if baseline is None or name is None or not compared:
        return None
    better = sum(c.better is True for c in compared)
    worse = sum(c.better is False for c in compared)
    return Tally(baseline, name, better, worse, len(compared) - better - worse, leader.to_baseline)
