"""What a query transform and a reranker are given beside the question.
Knows nothing about any transform or reranker, or who asks the models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from workbench.pipeline.searchable import Query
from workbench.pipeline.types import Hit
from workbench.providers.types import Message, Vectors

AskModel = Callable[[tuple[Message, ...]], Awaitable[str]]


@dataclass(frozen=True)
class TransformContext:
    """For one question."""

    ask: AskModel
    """Asks the setting's query_model. Raises ProviderError."""


@dataclass(frozen=True)
class RerankContext:
    """For the hits of one question."""

    query: Query
    """What was searched for; its vector is None when the setting has no embedding."""
    vectors_of: Callable[[Sequence[Hit]], Vectors]
    """[hits, dimensions], unit rows. Only for settings with an embedding."""
    ask: AskModel
    """Asks the setting's rerank_model. Raises ProviderError."""
