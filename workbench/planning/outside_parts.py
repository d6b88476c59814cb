"""Checks the LlamaIndex classes that an experiment names, and says what the user should know about them.
Knows nothing about how they are carried out."""

from __future__ import annotations

from workbench.errors import ExperimentError, MissingPackage
from workbench.outside.building import check_class
from workbench.outside.functions import load_user_function
from workbench.parts.choice import Choice, choose
from workbench.parts.outside import CORE, LLAMAINDEX, OutsideSettings, named_in
from workbench.parts.part import Part, Reranker, Retriever, Splitter
from workbench.parts.retrieval_settings import PART_AXES
from workbench.pipeline.types import unplaced_in_words
from workbench.planning.advice import Advice
from workbench.space.experiment import Experiment

KIND_OF_CLASS: dict[type[Part], str] = {
    Splitter: "NodeParser",
    Retriever: "BaseRetriever",
    Reranker: "BaseNodePostprocessor",
}


def outside_choices(experiment: Experiment) -> list[tuple[str, type[Part], Choice[Part], OutsideSettings]]:
    """(axis, kind, choice, its settings) of each part from outside on the axes."""
    found = []
    for axis, kind in PART_AXES.items():
        for text in getattr(experiment.retrieval, axis):
            choice: Choice[Part] = choose(kind, text)
            if isinstance(choice.settings, OutsideSettings):
                found.append((axis, kind, choice, choice.settings))
    return found


def check_classes(experiment: Experiment) -> None:
    """Import the classes and functions that the axes name, which the user has allowed by now.

    Raises MissingPackage with what to install, and ExperimentError for one that is not there or of another
    kind, naming the axis.
    """
    for axis, kind, choice, settings in outside_choices(experiment):
        try:
            if choice.name == LLAMAINDEX:
                check_class(settings.part, KIND_OF_CLASS[kind])
            else:
                load_user_function(settings.part)
        except (ExperimentError, MissingPackage) as error:
            raise type(error)(
                f"retrieval.{axis}: {error.message}", hint=error.hint, remedy=error.remedy
            ) from None


def advise_on_outside(experiment: Experiment, unplaced: dict[str, int]) -> list[Advice]:
    """Say whose calls are not counted, and what splitters left out.

    unplaced: by splitter, how many of its pieces are in no chunk, as far as the chunks are stored.
    """
    advice = []
    for axis, _, choice, settings in outside_choices(experiment):
        if makes_own_calls(choice.name, settings):
            text = f"{choice.part.label} may call models itself: its calls are not counted."
            advice.append(Advice(axis, text))
        if count := unplaced.get(choice.text):
            advice.append(Advice(axis, f"{choice.part.label}: {unplaced_in_words(count)}"))
    return advice


def makes_own_calls(door: str, settings: OutsideSettings) -> bool:
    """Whether a part may call models that are not ours: a function may do anything, and so may a class of
    another package than LlamaIndex's core, and a model that is named in a part's arguments."""
    return any(
        door != LLAMAINDEX or not path.startswith(CORE) for path, _ in named_in(settings.part, settings.with_)
    )
