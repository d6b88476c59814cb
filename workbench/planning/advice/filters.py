"""Checks the filters of an experiment against the metadata of its documents, and advises on them.
Knows nothing about how a filter is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.corpus.types import Document
from workbench.errors import ExperimentError
from workbench.formatting import counted, listed
from workbench.nearest import did_you_mean
from workbench.parts.filters import OWN_FILTER
from workbench.parts.part import Filter
from workbench.pipeline.metadata_index import MetadataIndex
from workbench.planning.advice.types import Advice
from workbench.space.experiment import Experiment
from workbench.space.retrieval_axes import RetrievalAxes
from workbench.store.records import ExperimentQuestion

MOST_NAMED = 3  # questions of one kind that are named


def check_filters(axes: RetrievalAxes, metadata: MetadataIndex) -> None:
    """Raise ExperimentError for a condition of the experiment with a key that no document has."""
    for choice in axes.choices("filter", Filter):
        for key in choice.arguments.get("condition", {}):
            if key not in metadata.keys:
                raise ExperimentError(
                    f"filter: no document has the metadata {key!r}.",
                    hint=did_you_mean(key, metadata.keys),
                    about="filter",
                )


def advise_on_filters(
    experiment: Experiment, questions: Sequence[ExperimentQuestion], documents: Sequence[Document]
) -> list[Advice]:
    """Advice on filters that find nothing or change nothing. Raises as `check_filters` does."""
    choices = experiment.retrieval.choices("filter", Filter)
    if all(choice.part.function is None for choice in choices):
        return []
    metadata = MetadataIndex(documents)
    check_filters(experiment.retrieval, metadata)
    found = list(_conditions(experiment, metadata))
    if any(choice.name == OWN_FILTER for choice in choices):
        found += _questions(questions, metadata)
    return found


def _conditions(experiment: Experiment, metadata: MetadataIndex) -> Iterator[Advice]:
    for choice in experiment.retrieval.choices("filter", Filter):
        condition = choice.arguments.get("condition")
        if condition is None:
            continue
        allowed = metadata.allowed(condition)
        if not allowed.any():
            yield Advice(
                "filter",
                f"filter: no document meets {choice.text}, so no question gets a passage. Correct the "
                "values.",
            )
        elif allowed.all():
            yield Advice(
                "filter", f"filter: every document meets {choice.text}, so it changes nothing.", "idle"
            )


def _questions(questions: Sequence[ExperimentQuestion], metadata: MetadataIndex) -> Iterator[Advice]:
    filtered = [item.question for item in questions if item.question.filter]
    if not filtered:
        yield Advice(
            "filter",
            f"filter: {OWN_FILTER} changes nothing: no question has a filter. Add `filter` to "
            "questions.jsonl.",
            "idle",
        )
    unknown: dict[str, list[str]] = {}
    empty: list[str] = []
    for question in filtered:
        condition = question.filter or {}
        missing = [key for key in condition if key not in metadata.keys]
        for key in missing:
            unknown.setdefault(key, []).append(question.id)
        if not missing and not metadata.allowed(condition).any():
            empty.append(question.id)
    for key, ids in unknown.items():
        yield Advice(
            "filter",
            f"filter: {counted(len(ids), 'question')} ({_named(ids)}) asks for the metadata {key!r}, which "
            f"no document has, and gets no passages. {did_you_mean(key, metadata.keys)}",
        )
    if empty:
        yield Advice(
            "filter",
            f"filter: no document meets the filter of {counted(len(empty), 'question')} ({_named(empty)}).",
        )


def _named(ids: Sequence[str]) -> str:
    return listed(ids) if len(ids) <= MOST_NAMED else f"{', '.join(ids[:MOST_NAMED])}, …"
