"""Computes summaries, comparisons and effects of axes from an experiment's stored answers.
Knows nothing about when: the executor calls it during a run, commands and pages on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session

from workbench.analysis.axes import facts_of
from workbench.analysis.effects import find_effects
from workbench.analysis.leaderboard import lacks_comparisons
from workbench.analysis.significance import ScoreTable, compare_pair, compare_with, make_score_table
from workbench.analysis.summaries import summarise
from workbench.analysis.token_waste import find_token_waste
from workbench.errors import InputError
from workbench.results.baseline import check_trials, get_baseline
from workbench.results.kept import Kept
from workbench.results.liked import read_liked
from workbench.results.liked_comparisons import compare_pairs_by_liked, get_liked_effects
from workbench.results.status import get_ranking
from workbench.space.experiment import COST_MEASURES, LIKED, Objective
from workbench.space.scores import judged_names
from workbench.store import comparisons as stored
from workbench.store.database import Store
from workbench.store.defects import count_defects
from workbench.store.experiments import get_experiment
from workbench.store.figures import Comparison, Summary
from workbench.store.judge_summaries import get_judge_facts
from workbench.store.questions import get_clusters, get_clusters_of_trial
from workbench.store.records import ACTIVE
from workbench.store.summaries import get_answer_figures, get_repeated_answers, get_score_figures
from workbench.store.trials import get_trials


@dataclass(frozen=True)
class Findings:
    """What is to be stored for one score of an experiment."""

    experiment_id: str
    score: str
    comparisons: list[Comparison]
    anew: bool
    """Whether they replace all that are stored by this score, because there may be new answers."""
    effects: dict[str, Any] | None
    """The effects of the axes; None when they were not computed."""

    def write(self, session: Session) -> None:
        stored.write_comparisons(session, self.experiment_id, self.score, self.comparisons, anew=self.anew)
        if self.effects is not None:
            stored.write_effects(session, self.experiment_id, self.score, self.effects)


def summarise_trial(store: Store, trial_id: str) -> list[Summary]:
    """Compute a trial's summaries, one per part of the questions."""
    answers = get_answer_figures(store, trial_id)
    repeated = get_repeated_answers(store, trial_id) if any(a.repeat for a in answers) else []
    scores, clusters = get_score_figures(store, trial_id), get_clusters_of_trial(store, trial_id)
    summaries = summarise(trial_id, answers, scores, repeated, clusters)
    defects = count_defects(store, trial_id)
    return [replace(summary, defects=defects.get(summary.part, {})) for summary in summaries]


def read_table(store: Store, experiment_id: str, score: str, part: str = "search") -> ScoreTable:
    """A score by trial and question on one part of the questions."""
    objective = get_experiment(store, experiment_id).experiment.objective
    maximize = objective.wants_more(score)
    cells = stored.get_score_cells(store, experiment_id, score, part)
    return make_score_table(
        score,
        cells,
        get_clusters(store, experiment_id),
        of_unit=score not in COST_MEASURES,
        maximize=maximize,
    )


_tables: Kept[ScoreTable] = Kept(most=4)


def _read_kept_table(store: Store, experiment_id: str, score: str) -> ScoreTable:
    """A score's table, kept for the family of its comparisons, which takes seconds with 1,000 trials."""
    record = get_experiment(store, experiment_id)
    return _tables.get(store, record, score, lambda: read_table(store, experiment_id, score))


def compare_experiment(
    store: Store, experiment_id: str, *, objective: Objective | None = None, with_effects: bool = False
) -> Findings:
    """Compare every trial with the leader and with the baseline, by the objective. Nothing is stored yet.

    objective: None means the experiment's.
    """
    record = get_experiment(store, experiment_id)
    objective = objective or record.experiment.objective
    score = objective.target
    if score == LIKED:  # ratings change it at any time, so its comparisons are made when they are read
        return Findings(experiment_id, score, [], record.state in ACTIVE, None)
    table = _read_kept_table(store, experiment_id, score)
    rows = get_ranking(store, experiment_id, objective=objective)
    comparisons: list[Comparison] = []
    if rows and rows[0].rank is not None:
        comparisons += compare_with(table, rows[0].trial.id, "leader")
    baseline = get_baseline(store, experiment_id)
    if baseline is not None:
        comparisons += compare_with(table, baseline, "baseline")
    effects = _effects(store, experiment_id, table) if with_effects else None
    return Findings(experiment_id, score, comparisons, record.state in ACTIVE, effects)


def sum_up_judging(store: Store, experiment_id: str) -> list[dict[str, Any]]:
    """The figures of judged scores, for the progress, where pages read them. It reads every judged score."""
    names = list(judged_names(get_experiment(store, experiment_id).experiment.scores))
    return [asdict(facts) for facts in get_judge_facts(store, experiment_id, names)]


def _effects(store: Store, experiment_id: str, table: ScoreTable) -> dict[str, Any]:
    trials = get_trials(store, experiment_id)
    facts = {t.id: facts_of(t.config) for t in trials if t.config.has_settings}
    effects = find_effects(table, facts)
    tokens = read_table(store, experiment_id, "tokens_per_answer")
    return effects | {"tokens": find_token_waste(table, tokens, facts)}


# On demand: what was not stored yet is computed and stored.


def ensure_comparisons(store: Store, experiment_id: str, objective: Objective | None = None) -> None:
    """Compute and store the comparisons with the present leader and the baseline, where they are missing.

    objective: None means the experiment's.
    """
    rows = get_ranking(store, experiment_id, objective=objective)
    if not lacks_comparisons(rows, get_baseline(store, experiment_id)):
        return
    findings = compare_experiment(store, experiment_id, objective=objective)
    with store.write() as session:
        findings.write(session)


def compare_two(
    store: Store, experiment_id: str, trial_id: str, other_id: str, score: str | None = None
) -> Comparison:
    """Compare two trials, by the objective or another score, and store the result.

    Raises InputError for what is no trial of the experiment, or a score it does not have.
    """
    [comparison] = compare_with_one(store, experiment_id, [trial_id], other_id, score)
    return comparison


def compare_with_one(
    store: Store, experiment_id: str, trial_ids: Sequence[str], other_id: str, score: str | None = None
) -> list[Comparison]:
    """Compare each of these trials with another one, as `compare_two` does; the scores are read once."""
    check_trials(store, experiment_id, *trial_ids, other_id)
    score = score or get_experiment(store, experiment_id).experiment.objective.target
    if score == LIKED:
        read_liked(store, experiment_id)
        return compare_pairs_by_liked(store, experiment_id, trial_ids, other_id)
    table = _read_kept_table(store, experiment_id, score)
    if not {*trial_ids, other_id}.intersection(table.trial_ids):
        raise InputError(f"There are no answers with the score {score!r} to compare.")
    comparisons = [compare_pair(table, trial_id, other_id) for trial_id in trial_ids]
    with store.write() as session:
        distinct = [c for c in comparisons if c.trial_id != c.other_id]
        stored.write_comparisons(session, experiment_id, score, distinct, anew=False)
    return comparisons


def get_effects(store: Store, experiment_id: str, score: str | None = None) -> dict[str, Any]:
    """The effects of the axes on the objective or another score: as stored, else computed and stored."""
    score = score or get_experiment(store, experiment_id).experiment.objective.target
    if score == LIKED:
        read_liked(store, experiment_id)
        return {"experiment": experiment_id, **get_liked_effects(store, experiment_id)}
    effects = stored.find_effects(store, experiment_id, score)
    if effects is None:
        effects = _effects(store, experiment_id, read_table(store, experiment_id, score))
        if effects["axes"]:
            with store.write() as session:
                stored.write_effects(session, experiment_id, score, effects)
    return {"experiment": experiment_id, **effects}
