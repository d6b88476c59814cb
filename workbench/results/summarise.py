"""From an experiment's stored answers to what is said about them: summaries, comparisons, effects of axes.
Knows nothing about when: the executor calls it as it goes and at the end, the command line when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
from workbench.store.experiments import get_experiment
from workbench.store.figures import Comparison, Summary
from workbench.store.judge_summaries import get_judge_facts
from workbench.store.summaries import get_answer_figures, get_repeated_answers, get_score_figures
from workbench.store.trials import get_trials


@dataclass(frozen=True)
class Findings:
    """What is to be stored for one score of an experiment. effects: None where they were not asked for."""

    experiment_id: str
    score: str
    comparisons: list[Comparison]
    effects: dict[str, Any] | None

    def write(self, session: Session) -> None:
        stored.write_comparisons(session, self.experiment_id, self.comparisons)
        if self.effects is not None:
            stored.write_effects(session, self.experiment_id, self.score, self.effects)


def summarise_trial(store: Store, trial_id: str) -> list[Summary]:
    answers = get_answer_figures(store, trial_id)
    repeated = get_repeated_answers(store, trial_id) if any(a.repeat for a in answers) else []
    return summarise(trial_id, answers, get_score_figures(store, trial_id), repeated)


def read_table(
    store: Store, experiment_id: str, score: str, trial_ids: Sequence[str] | None = None
) -> ScoreTable:
    """A score by trial and question on the search part; of all trials, or of these."""
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
    """Every trial against the leader and against a baseline, by the objective; nothing is stored yet.

    objective: another than the experiment's.  baseline: a trial's id; else the one chosen before, else the
    experiment's first trial.
    """
    objective = objective or get_experiment(store, experiment_id).experiment.objective
    score = objective.target
    table = read_table(store, experiment_id, score)
    rows = get_leaderboard(store, experiment_id, objective)
    found: list[Comparison] = []
    if rows and rows[0].rank is not None:
        found += compare_with(table, rows[0].trial.id, "leader")
    baseline = baseline or _baseline_of(store, experiment_id, score)
    if baseline is not None:
        found += compare_with(table, baseline, "baseline")
    effects = _effects(store, experiment_id, table) if with_effects else None
    return Findings(experiment_id, score, found, effects)


def sum_up_judging(store: Store, experiment_id: str) -> list[dict[str, Any]]:
    """What judges said, for the progress, where pages read it: this looks at every judged score."""
    names = list(judged_names(get_experiment(store, experiment_id).experiment.scores))
    return [asdict(facts) for facts in get_judge_facts(store, experiment_id, names)]


def _baseline_of(store: Store, experiment_id: str, score: str) -> str | None:
    for one in stored.get_comparisons(store, experiment_id, score):
        if one.kind == "baseline":
            return one.other_id
    trials = get_trials(store, experiment_id)
    return trials[0].id if trials else None


def _effects(store: Store, experiment_id: str, table: ScoreTable) -> dict[str, Any]:
    facts = {t.id: facts_of(t.config) for t in get_trials(store, experiment_id)}
    return find_effects(table, facts)


# On demand: what was not stored yet is computed and stored.


def ensure_comparisons(store: Store, experiment_id: str, *, baseline: str | None = None) -> None:
    """See to it that comparisons with the present leader are there, and with this baseline if one is named.

    Raises InputError for a baseline that is no trial of the experiment.
    """
    score = get_experiment(store, experiment_id).experiment.objective.target
    if baseline is not None:
        _check_trials(store, experiment_id, baseline)
    rows = get_leaderboard(store, experiment_id)
    current = all(row.to_leader for row in rows[1:] if row.rank is not None)
    chosen = baseline or _baseline_of(store, experiment_id, score)
    against = all(row.to_baseline and row.to_baseline.other_id == chosen for row in _others(rows, chosen))
    if current and against:
        return
    findings = compare_experiment(store, experiment_id, baseline=baseline)
    with store.write() as session:
        findings.write(session)


def _others(rows: list[LeaderboardRow], trial_id: str | None) -> list[LeaderboardRow]:
    return [row for row in rows if row.rank is not None and row.trial.id != trial_id]


def compare_two(
    store: Store, experiment_id: str, trial_id: str, other_id: str, score: str | None = None
) -> Comparison:
    """One trial against another, by the objective or another score, stored.

    Raises InputError for what is no trial of the experiment, or a score it does not have.
    """
    _check_trials(store, experiment_id, trial_id, other_id)
    score = score or get_experiment(store, experiment_id).experiment.objective.target
    table = read_table(store, experiment_id, score, [trial_id, other_id])
    if not table.trial_ids:
        raise InputError(f"There are no answers with the score {score!r} to compare.")
    found = compare_pair(table, trial_id, other_id)
    if trial_id != other_id:
        with store.write() as session:
            stored.write_comparisons(session, experiment_id, [found])
    return found


def get_effects(store: Store, experiment_id: str, score: str | None = None) -> dict[str, Any]:
    """What each axis does to the objective or another score: as stored, else computed and stored."""
    score = score or get_experiment(store, experiment_id).experiment.objective.target
    found = stored.find_effects(store, experiment_id, score)
    if found is None:
        found = _effects(store, experiment_id, read_table(store, experiment_id, score))
        if found["axes"]:
            with store.write() as session:
                stored.write_effects(session, experiment_id, score, found)
    return {"experiment": experiment_id, **found}


def _check_trials(store: Store, experiment_id: str, *trial_ids: str) -> None:
    known = [t.id for t in get_trials(store, experiment_id)]
    for trial_id in trial_ids:
        if trial_id not in known:
            raise InputError(
                f"{trial_id!r} is no configuration of experiment {experiment_id}.",
                hint="The leaderboard lists the configurations with their ids.",
                remedy=("show_leaderboard", experiment_id),
            )
