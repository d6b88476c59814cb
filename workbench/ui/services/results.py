"""What an experiment showed: its leaderboard, the verdict on it, and the baseline.
Knows nothing about single answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.analysis.leaderboard import LeaderboardRow, lacks_comparisons
from workbench.analysis.verdict import Verdict
from workbench.results import baseline, status
from workbench.results.best import Best, find_best
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.space.experiment import Objective
from workbench.store import summaries, trials
from workbench.store.database import Store
from workbench.store.records import TrialRecord


@dataclass(frozen=True)
class Results:
    """What an experiment showed."""

    store: Store

    def read_figures(self, experiment_id: str) -> status.Figures:
        return status.read_figures(self.store, experiment_id)

    def rank(self, figures: status.Figures, objective: Objective | None = None) -> list[LeaderboardRow]:
        """Return the leaderboard, ranked by the experiment's objective or another."""
        return status.rank(self.store, figures, objective)

    def get_ranking(self, experiment_id: str, also: Sequence[str] = ()) -> list[LeaderboardRow]:
        """Return the leaderboard's rows in order, with only the scores that rank them and those named in
        `also`."""
        return status.get_ranking(self.store, experiment_id, also)

    def get_verdict(self, experiment_id: str, objective: Objective | None = None) -> Verdict:
        """Return what the experiment has shown, by its objective or another."""
        return status.get_verdict(self.store, experiment_id, objective)

    def judge(self, figures: status.Figures, rows: Sequence[LeaderboardRow], objective: Objective) -> Verdict:
        """Return the verdict on a leaderboard that was read and ranked already."""
        return status.judge(self.store, figures, rows, objective)

    def get_best(self, experiment_id: str) -> Best:
        """Return the first configuration so far and what was spent."""
        return find_best(self.store, experiment_id)

    def get_baseline(self, experiment_id: str) -> str | None:
        """Return the id of the baseline's trial; None before there is one."""
        return baseline.get_baseline(self.store, experiment_id)

    def set_baseline(self, experiment_id: str, trial_id: str | None) -> None:
        """Choose the baseline; None goes back to the file's, or the first. The worker compares with it when
        asked for "findings"."""
        baseline.choose_baseline(self.store, experiment_id, trial_id)

    def lacks_comparisons(self, figures: status.Figures, rows: Sequence[LeaderboardRow]) -> bool:
        """Return whether "findings" are to be asked for: comparisons with the leader or the baseline."""
        return lacks_comparisons(rows, figures.baseline)

    def leaderboard_csv(self, experiment_id: str, objective: Objective | None = None) -> str:
        """Return the leaderboard as CSV, the same as the command line's."""
        return leaderboard_csv(status.leaderboard_to_json(self.store, experiment_id, objective))

    def find_score_names(self, experiment_id: str) -> list[str]:
        return summaries.find_score_names(self.store, experiment_id)

    def get_judging(self, experiment_id: str) -> tuple[dict[str, Any], list[str]]:
        return status.get_judging(self.store, experiment_id)

    def find_trial(self, trial_id: str) -> TrialRecord | None:
        return trials.find_trial(self.store, trial_id)
