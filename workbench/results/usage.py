"""Says how a prompt or a model did in each experiment that used it.
Knows nothing about pages. The figures are stored summaries; nothing is scored again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from workbench.analysis.finalists import find_families
from workbench.analysis.leaderboard import is_ranked, measure, order_trials
from workbench.results.measured import get_figures_of_uses
from workbench.space.experiment import Objective
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.store import usage
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.figures import Figure
from workbench.store.records import ExperimentRecord
from workbench.store.usage import ConfigCondition, TrialFigures

LOOKED_AT = 20
"""So many of the newest experiments with a model are looked at for its parent."""


@dataclass(frozen=True)
class Use:
    """How the configurations with a prompt or model did in one experiment."""

    experiment: ExperimentRecord
    configurations: int
    """How many configurations use it."""
    dropped: int
    """How many of these the search dropped."""
    target: str
    """The score or cost that the experiment ranks by."""
    figure: Figure | None
    """The mean of `target` over the ranked configurations that use it. The ends of the interval are averaged,
    too: all were asked the same questions, so averaging makes nothing more certain. None without values."""
    best_rank: int | None
    """The best rank among them; None when none is ranked."""
    ranked: int
    """How many configurations of the experiment are ranked."""
    up: int
    """Thumbs up on their answers."""
    down: int
    """Thumbs down on their answers."""


def _condition(of: Prompt | Model) -> ConfigCondition:
    return usage.uses_prompt(of) if isinstance(of, Prompt) else usage.uses_model(of.name)


def count_uses(store: Store, of: Prompt | Model) -> int:
    """How many experiments used a prompt's text, or a model of this name."""
    return usage.count_experiments(store, _condition(of))


def find_uses(store: Store, of: Prompt | Model, *, offset: int = 0, limit: int = 5) -> list[Use]:
    """How it did in each experiment that used it, newest first."""
    holds = _condition(of)
    return _uses(store, usage.find_experiments(store, holds, offset=offset, limit=limit), holds)


def last_uses(store: Store, models: Sequence[Model]) -> dict[str, tuple[Use, int]]:
    """Model name → (how it did in the newest experiment that used it, number of such experiments)."""
    newest = usage.newest_by_model(store)
    return {
        model.name: (_uses(store, [newest[model.name][0]], _condition(model))[0], newest[model.name][1])
        for model in models
        if model.name in newest
    }


def _uses(store: Store, experiment_ids: Sequence[str], holds: ConfigCondition) -> list[Use]:
    """In the order of these experiments."""
    if not experiment_ids:
        return []
    records = [get_experiment(store, id_) for id_ in experiment_ids]
    names = {name for record in records for name in record.experiment.objective.names}
    trials: dict[str, list[TrialFigures]] = {}
    for trial in get_figures_of_uses(store, experiment_ids, sorted(names), holds):
        trials.setdefault(trial.experiment_id, []).append(trial)
    thumbs = usage.count_thumbs(store, experiment_ids, holds)
    return [_use(record, trials[record.id], thumbs.get(record.id, (0, 0))) for record in records]


def _use(record: ExperimentRecord, trials: Sequence[TrialFigures], thumbs: tuple[int, int]) -> Use:
    objective = record.experiment.objective
    matching = [t for t in trials if t.matches]
    ranked = order_trials(
        [t for t in trials if is_ranked(t, t.search, objective)], {t.id: t.search for t in trials}, objective
    )
    places = [place for place, trial in enumerate(ranked, start=1) if trial.matches]
    return Use(
        experiment=record,
        configurations=len(matching),
        dropped=sum(t.state == "dropped" for t in matching),
        target=objective.target,
        figure=_average([t for t in ranked if t.matches], objective),
        best_rank=min(places, default=None),
        ranked=len(ranked),
        up=thumbs[0],
        down=thumbs[1],
    )


def _average(trials: Sequence[TrialFigures], objective: Objective) -> Figure | None:
    target = objective.target
    means = [m for t in trials if (m := measure(t.search, target)) is not None]
    if not means:
        return None
    figures = [t.search.scores[target] for t in trials if t.search and target in t.search.scores]
    lows = [f.low for f in figures if f.low is not None]
    highs = [f.high for f in figures if f.high is not None]
    whole = len(lows) == len(highs) == len(means)
    return Figure(
        mean=fmean(means),
        low=fmean(lows) if whole else None,
        high=fmean(highs) if whole else None,
        count=sum(f.count for f in figures) or sum(t.search.answers for t in trials if t.search),
        failed=sum(f.failed for f in figures),
        not_applicable=sum(f.not_applicable for f in figures),
    )


def find_family_experiment(store: Store, model: Model) -> ExperimentRecord | None:
    """The newest experiment that has a tuned model and its parent; None where there is none."""
    for experiment_id in usage.find_experiments(store, usage.uses_model(model.name), limit=LOOKED_AT):
        record = get_experiment(store, experiment_id)
        if (model.parent, model.name) in find_families(record.experiment.models):
            return record
    return None
