"""What an experiment showed: its leaderboard, the verdict on it, and the baseline.
Knows nothing about single answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.analysis.leaderboard import LeaderboardRow, lacks_comparisons
from workbench.analysis.told_apart import ToldApart
from workbench.analysis.verdict import Verdict
from workbench.corpus.question_sources import Source
from workbench.results import baseline, status
from workbench.results.best import Best, find_best
from workbench.results.leaderboard_csv import leaderboard_csv
from workbench.results.measured import find_liked, version_of_liked
from workbench.results.optimised_prompts import OptimisedPrompts, find_optimised_prompts
from workbench.results.sources import count_experiment_sources
from workbench.results.told_apart import find_told_apart_questions
from workbench.results.usage import find_family_experiment
from workbench.space.experiment import Objective
from workbench.space.model import Model
from workbench.store import summaries, trials
from workbench.store.database import Store
from workbench.store.learning import raters
from workbench.store.records import ExperimentRecord, TrialRecord

if TYPE_CHECKING:
    from workbench.analysis.liked.types import LikedEstimates


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

    def find_family_experiment(self, model: Model) -> ExperimentRecord | None:
        """Return the newest experiment that has a tuned model and its parent; None where there is none."""
        return find_family_experiment(self.store, model)

    def get_baseline(self, experiment_id: str) -> str | None:
        """Return the id of the baseline's trial; None before there is one."""
        return baseline.get_baseline(self.store, experiment_id)

    def set_baseline(self, experiment_id: str, trial_id: str | None) -> None:
        """Choose the baseline; None goes back to the file's, or the first. The worker compares with it when
        asked for "findings"."""
        baseline.choose_baseline(self.store, experiment_id, trial_id)

    def find_optimised_prompts(self, experiment_id: str) -> list[OptimisedPrompts]:
        """Return what improving prompts brought, with every proposal; [] where none was to be improved."""
        return find_optimised_prompts(self.store, experiment_id)

    def lacks_comparisons(self, figures: status.Figures, rows: Sequence[LeaderboardRow]) -> bool:
        """Return whether "findings" are to be asked for: comparisons with the leader or the baseline."""
        return lacks_comparisons(rows, figures.baseline)

    def leaderboard_csv(self, figures: status.Figures, objective: Objective) -> str:
        """Return a leaderboard as CSV, the same as the command line's."""
        from workbench.results.leaderboard import board_to_json

        return leaderboard_csv(board_to_json(self.store, figures, objective))

    def count_sources(self, experiment_id: str) -> dict[Source, int]:
        """Return how many selection questions are from each source; empty where all are from one."""
        return count_experiment_sources(self.store, experiment_id)

    def figures_of(self, figures: status.Figures, source: Source, data: dict[str, Any]) -> status.Figures:
        """Return the figures over one source's questions, from the worker's reply to "by_source"."""
        from workbench.results.by_source import figures_from_json

        return figures_from_json(figures, source, data)

    def find_liked(self, experiment_id: str) -> LikedEstimates | None:
        """Return the estimated shares of liked answers; None where nobody has rated one."""
        return find_liked(self.store, experiment_id)

    def version_of_liked(self, experiment_id: str, objective: Objective) -> int | None:
        """Return a number that changes when ratings change what an objective ranks by."""
        return version_of_liked(self.store, experiment_id, objective)

    def list_left_out_raters(self) -> list[str]:
        """Return the raters whose ratings count nowhere, in alphabetical order."""
        return sorted(raters.left_out_raters(self.store))

    def find_told_apart(self, experiment_id: str, objective: Objective | None = None) -> ToldApart | None:
        """Return the questions that tell no configurations of a finished experiment apart."""
        return find_told_apart_questions(self.store, experiment_id, objective)

    def get_drafting_warnings(self, experiment_id: str) -> list[str]:
        """Return a warning for each model that answers or judges questions that it drafted."""
        from workbench.results.drafting_models import warn_of_drafting_models

        return warn_of_drafting_models(self.store, experiment_id)

    def find_score_names(self, experiment_id: str) -> list[str]:
        return summaries.find_score_names(self.store, experiment_id)

    def get_judging(self, experiment_id: str) -> tuple[dict[str, Any], list[str]]:
        return status.get_judging(self.store, experiment_id)

    def find_trial(self, trial_id: str) -> TrialRecord | None:
        return trials.find_trial(self.store, trial_id)
