"""Says which of an experiment's questions its models were trained on: those answers do not count.
Knows nothing about pages, nor about how a model was trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.formatting import counted
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.learning.trained_on import find_trained_on
from workbench.store.questions import get_question_headers


def describe_trained_on(store: Store, experiment_id: str) -> list[str]:
    """One warning for each model of an experiment that was trained on some of its questions, in words."""
    experiment = get_experiment(store, experiment_id).experiment
    found = find_all_trained_on(store, experiment.models_tried)
    if not found:
        return []
    asked = frozenset(question.id for question in get_question_headers(store, experiment_id))
    return describe_overlaps(found, asked)


def find_all_trained_on(store: Store, models: Iterable[Model]) -> dict[str, frozenset[str]]:
    """Model name → the questions that it was trained on, of the models that were trained on any."""
    chat = {model.name: model for model in models if model.kind == "chat"}
    found = {name: find_trained_on(store, model) for name, model in chat.items()}
    return {name: ids for name, ids in found.items() if ids}


def describe_overlaps(found: Mapping[str, frozenset[str]], asked: frozenset[str]) -> list[str]:
    """found: as `find_all_trained_on` finds it.  asked: the ids of search and held-out questions."""
    return [in_words(name, len(asked & ids), len(asked)) for name, ids in found.items() if asked & ids]


def in_words(name: str, overlap: int, asked: int) -> str:
    if overlap == asked:
        return (
            f"{name} was trained on all {asked} of this experiment's questions: none of its answers "
            "counts, so nothing can be said about it. Ask it other questions."
        )
    return (
        f"{name} was trained on {overlap} of this experiment's {counted(asked, 'question')}: its answers to "
        f"{'it' if overlap == 1 else 'these'} do not count. Its scores are based on the others, and it is "
        "compared on those only."
    )
