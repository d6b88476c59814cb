"""Says what leads an experiment so far, in one cheap look: every page of an experiment shows it.
Knows nothing about comparisons: whether it is a winner, the verdict says."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.leaderboard import is_ranked, measure, order_trials
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.standings import get_spent, get_standings


@dataclass(frozen=True)
class Best:
    """The first configuration of the leaderboard, in short."""

    trial_id: str
    name: str
    """The configuration's short name."""
    target: str
    """The score or cost that ranks."""
    mean: float
    """Its mean of `target` over the search questions."""
    spent_usd: float
    """Dollars that the experiment has spent."""


def find_best(store: Store, experiment_id: str) -> Best | None:
    """The first row of the leaderboard by the experiment's objective; None while nothing is ranked."""
    objective = get_experiment(store, experiment_id).experiment.objective
    standings = get_standings(store, experiment_id, objective.names)
    ranked = [s for s in standings if is_ranked(s, s.search, objective)]
    if not ranked:
        return None
    first = order_trials(ranked, {s.id: s.search for s in ranked}, objective)[0]
    mean = measure(first.search, objective.target)
    assert mean is not None  # it is ranked
    return Best(first.id, first.name, objective.target, mean, get_spent(store, experiment_id))
