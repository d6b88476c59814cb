"""How what configurations share, a prompt or a model, did in each experiment that it was used in.
Knows nothing about pages. The figures are stored summaries; nothing is scored again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from workbench.analysis.leaderboard import is_ranked, measure, place_of
from workbench.space.experiment import Objective
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.store import usage
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.figures import Figure
from workbench.store.records import ExperimentRecord
from workbench.store.usage import ConfigCondition, TrialFigures


@dataclass(frozen=True)
class Use:
    """What holds the prompt or model in one experiment.

    figure: the objective's measure, averaged over those of its configurations that the search did not drop;
    so are the ends of its interval, for they were asked the same questions: averaging makes no figure surer.
    count: the answers scored in all.  best_rank: of `ranked` configurations of the experiment.
    """

    experiment: ExperimentRecord
    configurations: int
    dropped: int
    target: str
    figure: Figure | None
    best_rank: int | None
    ranked: int
    up: int
    down: int


def _condition(of: Prompt | Model) -> ConfigCondition:
    return usage.uses_prompt(of) if isinstance(of, Prompt) else usage.uses_model(of.name)


def count_uses(store: Store, of: Prompt | Model) -> int:
    """In how many experiments a prompt's text, or a model of this name, was used."""
    return usage.count_experiments(store, _condition(of))


def find_uses(store: Store, of: Prompt | Model, *, offset: int = 0, limit: int = 5) -> list[Use]:
    """The newest experiments first."""
    holds = _condition(of)
    return _uses(store, usage.find_experiments(store, holds, offset=offset, limit=limit), holds)


def last_uses(store: Store, models: Sequence[Model]) -> dict[str, tuple[Use, int]]:
    """Model's name → how it did in the newest experiment it was in, and in how many it was."""
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
    for trial in usage.get_figures(store, experiment_ids, sorted(names), holds):
        trials.setdefault(trial.experiment_id, []).append(trial)
    thumbs = usage.count_thumbs(store, experiment_ids, holds)
    return [_use(record, trials[record.id], thumbs.get(record.id, (0, 0))) for record in records]


def _use(record: ExperimentRecord, trials: Sequence[TrialFigures], thumbs: tuple[int, int]) -> Use:
    objective = record.experiment.objective
    own = [t for t in trials if t.matches]
    ranked = [t for t in trials if is_ranked(t, t.search, objective)]
    ranked.sort(key=lambda t: place_of(t, t.search, objective))
    places = [place for place, trial in enumerate(ranked, start=1) if trial.matches]
    return Use(
        experiment=record,
        configurations=len(own),
        dropped=sum(t.state == "dropped" for t in own),
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
