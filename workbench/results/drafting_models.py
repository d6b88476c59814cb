"""Says which models that drafted an experiment's questions also answer or judge in it, or are parents of one
that does. Knows nothing about how questions are drafted: it reads the names in their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from workbench.corpus.types import QuestionSource
from workbench.formatting import counted
from workbench.scoring.judged import find_judged
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.questions import get_question_headers

WHY = {
    "answers": "models do better on questions that they wrote themselves",
    "judges": "models prefer the answers that they expected",
}


def warn_of_drafting_models(store: Store, experiment_id: str) -> list[str]:
    """The warnings of a stored experiment."""
    sources = [q.source for q in get_question_headers(store, experiment_id)]
    return describe_drafting_models(get_experiment(store, experiment_id).experiment, sources)


def describe_drafting_models(experiment: Experiment, sources: Iterable[QuestionSource | None]) -> list[str]:
    """One warning for each model that answers or judges questions that it, or its parent, drafted.

    sources: those of the questions that are asked. They hold the name that the server knows a model by, and
        no address; the name that it has here counts as well.
    """
    listed = list(sources)
    drafted = Counter(s.name for s in listed if s is not None and s.by == "model" and s.name)
    if not drafted:
        return []
    judges = {j.judge.name: j.judge for j in find_judged(experiment.scores, experiment.judge)}
    known = {m.name: m for m in (*experiment.models_tried, *judges.values())}
    warnings = []
    for role, models in (("answers", experiment.models), ("judges", judges.values())):
        for model in models:
            for name in drafted.keys() & _family(model, known):
                of = f"{drafted[name]:,} of {counted(len(listed), 'question')}"
                who = f"{name}, which drafted {of}, {role} here"
                if name not in _names(model):
                    who = f"{model.name} {role} here and was fine-tuned from {name}, which drafted {of}"
                warnings.append(f"{who}: {WHY[role]}.")
    return warnings


def _names(model: Model) -> set[str]:
    return {name for name in (model.name, model.model) if name}


def _family(model: Model, known: dict[str, Model]) -> set[str]:
    """The names of a model and of those that it was fine-tuned from, as far as they are known here."""
    names = _names(model)
    seen = {model.name}
    while model.parent is not None and model.parent not in seen:
        seen.add(model.parent)
        names.add(model.parent)
        parent = known.get(model.parent)
        if parent is None:
            break
        names |= _names(parent)
        model = parent
    return names
