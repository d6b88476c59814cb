"""Finds an experiment's baseline: the configuration that people use today, which the others are held against.
Knows nothing about how it is compared."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import InputError
from workbench.space.search_space import find_baseline_config
from workbench.store.database import Store
from workbench.store.experiments import get_experiment, set_baseline
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.store.trials import get_trials


def find_baseline(record: ExperimentRecord, trials: Sequence[TrialRecord]) -> str | None:
    """The id of the baseline's trial; None before there is one.

    That is the one chosen after the run, else the file's, else the first.

    trials: those of the experiment, ordered by number.
    """
    if any(t.id == record.baseline for t in trials):
        return record.baseline
    named = find_baseline_config(record.experiment)
    if named is not None:
        return next((t.id for t in trials if t.config.id == named.id), None)
    return trials[0].id if trials else None


def get_baseline(store: Store, experiment_id: str) -> str | None:
    """The id of the baseline's trial, of a stored experiment."""
    return find_baseline(get_experiment(store, experiment_id), get_trials(store, experiment_id))


def choose_baseline(store: Store, experiment_id: str, trial_id: str | None) -> None:
    """Choose the baseline after the run. Comparisons with it are computed when they are asked for.

    trial_id: None goes back to the file's baseline, or else to the first trial.
    Raises InputError for what is no trial of the experiment.
    """
    if trial_id is not None:
        check_trials(store, experiment_id, trial_id)
    set_baseline(store, experiment_id, trial_id)


def check_trials(store: Store, experiment_id: str, *trial_ids: str) -> None:
    """Raises InputError for what is no trial of the experiment."""
    existing_ids = [t.id for t in get_trials(store, experiment_id)]
    for trial_id in trial_ids:
        if trial_id not in existing_ids:
            raise InputError(
                f"{trial_id!r} is no configuration of experiment {experiment_id}.",
                hint="The leaderboard lists the configurations with their ids.",
                remedy=("show_leaderboard", experiment_id),
            )
