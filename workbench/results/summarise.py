"""Computes summaries, comparisons and effects of axes from an experiment's stored answers.
Knows nothing about when: the executor calls it during a run, commands and pages on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session

from workbench.analysis.axes import facts_of
from workbench.analysis.effects import find_effects
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.analysis.significance import ScoreTable, compare_pair, compare_with, make_score_table
from workbench.analysis.summaries import summarise
from workbench.errors import InputError
from workbench.parts.registry import score_entry
from workbench.results.status import get_leaderboard
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.space.scores import judged_names
from workbench.store import comparisons as stored
from workbench.store.database import Store
from workbench.store.defects import count_defects
from workbench.store.experiments import get_experiment
from workbench.store.figures import Comparison, Summary
from workbench.store.judge_summaries import get_judge_facts
from workbench.store.summaries import get_answer_figures, get_repeated_answers, get_score_figures
from workbench.store.trials import get_trials


@dataclass(frozen=True)
class Findings:
    """What is to be stored for one score of an experiment."""

    experiment_id: str
    score: str
    comparisons: list[Comparison]
    effects: dict[str, Any] | None
    """The effects of the axes; None when they were not computed."""

    def write(self, session: Session) -> None:
        stored.write_comparisons(session, self.experiment_id, self.comparisons)
        if self.effects is not None:
            stored.write_effects(session, self.experiment_id, self.score, self.effects)


def summarise_trial(store: Store, trial_id: str) -> list[Summary]:
    """Compute a trial's summaries, one per part of the questions."""
    answers = get_answer_figures(store, trial_id)
    repeated = get_repeated_answers(store, trial_id) if any(a.repeat for a in answers) else []
    summaries = summarise(trial_id, answers, get_score_figures(store, trial_id), repeated)
    defects = count_defects(store, trial_id)
    return [replace(summary, defects=defects.get(summary.part, {})) for summary in summaries]


def read_table(
    store: Store, experiment_id: str, score: str, trial_ids: Sequence[str] | None = None
) -> ScoreTable:
    """A score by trial and question on the search part; of all trials (None), or of these."""
    objective = get_experiment(store, experiment_id).experiment.objective
    is_cost = score in COST_MEASURES
    usual = not is_cost and score_entry(score).higher_is_better
    maximize = objective.sign > 0 if score == objective.target else usual
    cells = stored.get_score_cells(store, experiment_id, score, trial_ids)
    return make_score_table(score, cells, of_unit=not is_cost, maximize=maximize)


def compare_experiment(
    store: Store,
    experiment_id: str,
    *,
    objective: Objective | None = None,
    baseline: str | None = None,
    with_effects: bool = False,
) -> Findings:
    """Compare every trial with the leader and with a baseline, by the objective. Nothing is stored yet.

    objective: None means the experiment's.
    baseline: a trial's id; None means the one chosen before, else the first trial.
    """
    objective = objective or get_experiment(store, experiment_id).experiment.objective
    score = objective.target
    table = read_table(store, experiment_id, score)
    rows = get_leaderboard(store, experiment_id, objective)
    comparisons: list[Comparison] = []
    if rows and rows[0].rank is not None:
        comparisons += compare_with(table, rows[0].trial.id, "leader")
    baseline = baseline or _baseline_of(store, experiment_id, score)
    if baseline is not None:
        comparisons += compare_with(table, baseline, "baseline")
    effects = _effects(store, experiment_id, table) if with_effects else None
    return Findings(experiment_id, score, comparisons, effects)


def sum_up_judging(store: Store, experiment_id: str) -> list[dict[str, Any]]:
    """The figures of judged scores, for the progress, where pages read them. It reads every judged score."""
    names = list(judged_names(get_experiment(store, experiment_id).experiment.scores))
    return [asdict(facts) for facts in get_judge_facts(store, experiment_id, names)]


def _baseline_of(store: Store, experiment_id: str, score: str) -> str | None:
    for comparison in stored.get_comparisons(store, experiment_id, score):
        if comparison.kind == "baseline":
            return comparison.other_id
    trials = get_trials(store, experiment_id)
    return trials[0].id if trials else None


def _effects(store: Store, experiment_id: str, table: ScoreTable) -> dict[str, Any]:
    facts = {t.id: facts_of(t.config) for t in get_trials(store, experiment_id)}
    return find_effects(table, facts)


# On demand: what was not stored yet is computed and stored.


def ensure_comparisons(store: Store, experiment_id: str, *, baseline: str | None = None) -> None:
    """Compute and store the comparisons with the present leader and the baseline, where they are missing.

    Raises InputError for a baseline that is no trial of the experiment.
    """
    score = get_experiment(store, experiment_id).experiment.objective.target
    if baseline is not None:
        _check_trials(store, experiment_id, baseline)
    rows = get_leaderboard(store, experiment_id)
    current = all(row.to_leader for row in rows[1:] if row.rank is not None)
    chosen = baseline or _baseline_of(store, experiment_id, score)
    against = all(row.to_baseline and row.to_baseline.other_id == chosen for row in _rivals(rows, chosen))
    if current and against:
        return
    findings = compare_experiment(store, experiment_id, baseline=baseline)
    with store.write() as session:
        findings.write(session)


def _rivals(rows: list[LeaderboardRow], trial_id: str | None) -> list[LeaderboardRow]:
    return [row for row in rows if row.rank is not None and row.trial.id != trial_id]


def compare_two(
    store: Store, experiment_id: str, trial_id: str, other_id: str, score: str | None = None
) -> Comparison:
    """Compare two trials, by the objective or another score, and store the result.

    Raises InputError for what is no trial of the experiment, or a score it does not have.
    """
    _check_trials(store, experiment_id, trial_id, other_id)
    score = score or get_experiment(store, experiment_id).experiment.objective.target
    table = read_table(store, experiment_id, score, [trial_id, other_id])
    if not table.trial_ids:
        raise InputError(f"There are no answers with the score {score!r} to compare.")
    comparison = compare_pair(table, trial_id, other_id)
    if trial_id != other_id:
        with store.write() as session:
            stored.write_comparisons(session, experiment_id, [comparison])
    return comparison


def get_effects(store: Store, experiment_id: str, score: str | None = None) -> dict[str, Any]:
    """The effects of the axes on the objective or another score: as stored, else computed and stored."""
    score = score or get_experiment(store, experiment_id).experiment.objective.target
    effects = stored.find_effects(store, experiment_id, score)
    if effects is None:
        effects = _effects(store, experiment_id, read_table(store, experiment_id, score))
        if effects["axes"]:
            with store.write() as session:
                stored.write_effects(session, experiment_id, score, effects)
    return {"experiment": experiment_id, **effects}


def _check_trials(store: Store, experiment_id: str, *trial_ids: str) -> None:
    existing_ids = [t.id for t in get_trials(store, experiment_id)]
    for trial_id in trial_ids:
        if trial_id not in existing_ids:
            raise InputError(
                f"{trial_id!r} is no configuration of experiment {experiment_id}.",
                hint="The leaderboard lists the configurations with their ids.",
                remedy=("show_leaderboard", experiment_id),
            )
