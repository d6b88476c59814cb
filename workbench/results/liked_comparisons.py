"""Compares an experiment's trials by the share of liked answers, as the ratings are now. Nothing is stored.
Knows nothing about the statistics: analysis/liked/ has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.analysis.axes import facts_of
from workbench.analysis.leaderboard import LeaderboardRow
from workbench.analysis.liked.comparisons import compare_liked
from workbench.analysis.liked.effects import find_liked_effects
from workbench.analysis.liked.types import LikedEstimates
from workbench.analysis.significance import compare_pair, make_score_table
from workbench.errors import InputError
from workbench.results.measured import NO_RATINGS, find_liked
from workbench.space.experiment import LIKED, Objective
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.figures import Comparison
from workbench.store.trials import get_trials


def compare_by_liked(
    estimates: LikedEstimates | None,
    rows: Sequence[LeaderboardRow],
    baseline: str | None,
    objective: Objective,
) -> list[Comparison]:
    """The comparisons of ranked rows with the first of them, and with the baseline."""
    if estimates is None or not rows or rows[0].rank is None:
        return []
    ids, maximize = [row.trial.id for row in rows], objective.wants_more(LIKED)
    comparisons = compare_liked(estimates, ids, rows[0].trial.id, "leader", maximize=maximize)
    if baseline is not None:
        comparisons += compare_liked(estimates, ids, baseline, "baseline", maximize=maximize)
    return comparisons


def compare_pairs_by_liked(
    store: Store, experiment_id: str, trial_ids: Sequence[str], other_id: str
) -> list[Comparison]:
    """Compare each of these trials with another one. Raises InputError where nothing is rated."""
    estimates = _get_liked(store, experiment_id)
    maximize = get_experiment(store, experiment_id).experiment.objective.wants_more(LIKED)
    found = {c.trial_id: c for c in compare_liked(estimates, trial_ids, other_id, "pair", maximize=maximize)}
    nothing = make_score_table(LIKED, [])  # says why the others cannot be compared
    return [found.get(trial_id) or compare_pair(nothing, trial_id, other_id) for trial_id in trial_ids]


def get_liked_effects(store: Store, experiment_id: str) -> dict[str, Any]:
    """What each axis does to the share of liked answers. Raises InputError where nothing is rated."""
    estimates = _get_liked(store, experiment_id)
    maximize = get_experiment(store, experiment_id).experiment.objective.wants_more(LIKED)
    trials = get_trials(store, experiment_id)
    facts = {t.id: facts_of(t.config) for t in trials if t.config.has_settings}
    return find_liked_effects(estimates, facts, maximize=maximize)


def _get_liked(store: Store, experiment_id: str) -> LikedEstimates:
    estimates = find_liked(store, experiment_id)
    if estimates is None:
        raise InputError(
            NO_RATINGS,
            hint="Rate some answers on the page Review, or with the command rate.",
        )
    return estimates
