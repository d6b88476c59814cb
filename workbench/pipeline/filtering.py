"""Finds the condition on metadata under which each question is searched: its own, a given or a derived one.
Knows nothing about how a restricted corpus is searched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.corpus.types import AskedQuestion
from workbench.input.conditions import Condition
from workbench.pipeline.metadata_index import MetadataIndex, key_of
from workbench.pipeline.stage_context import AskModel
from workbench.space.retrieval import Retrieval


@dataclass(frozen=True)
class FilterContext:
    """What a filter that asks a model gets beside the question."""

    ask: AskModel
    """Calls the setting's query_model. Raises ProviderError."""
    metadata: MetadataIndex
    """The metadata of the documents."""


def own_condition(question: AskedQuestion) -> Condition | None:
    """The question's own condition; None when it has none."""
    return json.loads(question.filter) if question.filter else None


def given_condition(question: AskedQuestion, *, condition: Mapping[str, Any]) -> Condition:
    """The condition of the setting, whatever the question."""
    return condition


def fixed_condition(retrieval: Retrieval, question: AskedQuestion) -> Condition | None:
    """The condition under which a question is searched; None for all documents, or where a model says it."""
    chosen = retrieval.filtering
    if chosen.part.function is None or chosen.part.calls:
        return None
    condition: Condition | None = chosen.part.load()(question, **chosen.arguments)
    return condition


def keys_within(
    metadata: MetadataIndex, retrieval: Retrieval, questions: Sequence[AskedQuestion]
) -> list[str]:
    """Of each question, what its ranking rests on beside the chunks: the part of the corpus that is searched,
    or all metadata where a model derives the condition; empty where all is searched."""
    part = retrieval.filtering.part
    if part.function is None:
        return [""] * len(questions)
    if part.calls:
        return [metadata.identity] * len(questions)
    conditions = [fixed_condition(retrieval, question) for question in questions]
    return ["" if c is None else key_of(metadata.allowed(c)) for c in conditions]
