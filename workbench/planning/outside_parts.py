"""Checks the LlamaIndex classes that an experiment names, and says what the user should know about them.
Knows nothing about how they are carried out."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.errors import ExperimentError, MissingPackage
from workbench.outside.building import check_class
from workbench.outside.functions import load_user_function
from workbench.parts.choice import Choice, choose, in_few_words
from workbench.parts.outside import LLAMAINDEX, OutsideSettings, unplaced_in_words
from workbench.parts.part import Part, Reranker, Retriever, Splitter
from workbench.parts.retrieval_settings import PART_AXES
from workbench.planning.advice import Advice
from workbench.space.code_needed import UNCOUNTED, uncounted_parts
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


def advise_on_own_calls(experiment: Experiment) -> list[Advice]:
    """Say whose calls are not counted."""
    return [Advice(axis, f"{name} {UNCOUNTED}") for axis, name in uncounted_parts(experiment.retrieval)]


def advise_on_unplaced(unplaced: Mapping[str, int]) -> list[Advice]:
    """Say what splitters left out.

    unplaced: by splitter, how many of its pieces are in no chunk, as far as the chunks are stored.
    """
    return [
        Advice("splitter", f"{in_few_words(text)}: {unplaced_in_words(count)}")
        for text, count in unplaced.items()
        if count
    ]
