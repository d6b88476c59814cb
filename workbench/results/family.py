"""Compares the tuned models of an experiment with their parents, on held-out questions where both have any.
Knows nothing about training, nor about pages."""

from __future__ import annotations

from typing import Any

from workbench.analysis.families import FamilyComparison, Part, compare_with_parent
from workbench.analysis.finalists import find_families, is_plain, setting_of
from workbench.results.kept import Kept
from workbench.results.summarise import read_table
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.questions import get_tags
from workbench.store.trials import get_trials

_kept: Kept[list[FamilyComparison]] = Kept(most=50, running_seconds=15.0)


def compare_families(store: Store, experiment_id: str, score: str | None = None) -> list[FamilyComparison]:
    """Each tuned model of an experiment beside its parent, where the experiment has both.

    score: None means the objective's first.
    """
    record = get_experiment(store, experiment_id)
    if not find_families(record.experiment.models):
        return []
    score = score or record.experiment.objective.target
    return _kept.get(store, record, score, lambda: _compare(store, experiment_id, score))


def _compare(store: Store, experiment_id: str, score: str) -> list[FamilyComparison]:
    experiment = get_experiment(store, experiment_id).experiment
    trials = [trial for trial in get_trials(store, experiment_id) if is_plain(trial.config)]
    by_setting = {(setting_of(t.config), t.config.model.name): t.id for t in trials}
    parts: tuple[Part, ...] = ("holdout", "search")
    tables = {part: read_table(store, experiment_id, score, part) for part in parts}
    tags = get_tags(store, experiment_id)
    compared = []
    for parent, variant in find_families(experiment.models):
        settings = dict.fromkeys(s for s, name in by_setting if name == variant)
        pairs = [
            (by_setting[setting, variant], by_setting[setting, parent])
            for setting in settings
            if (setting, parent) in by_setting
        ]
        found = [compare_with_parent(parent, variant, part, tables[part], pairs, tags) for part in parts]
        with_answers = [comparison for comparison in found if comparison.overall.mean is not None]
        nothing = compare_with_parent(parent, variant, None, tables["search"], [], tags)
        compared.append(with_answers[0] if with_answers else nothing)
    return compared


def families_to_json(store: Store, experiment_id: str, score: str | None = None) -> dict[str, Any]:
    """The document of `family --json`."""
    record = get_experiment(store, experiment_id)
    return {
        "experiment": experiment_id,
        "score": score or record.experiment.objective.target,
        "families": [comparison.to_json() for comparison in compare_families(store, experiment_id, score)],
    }
