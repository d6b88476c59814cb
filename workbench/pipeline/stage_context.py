"""What a query transform and a reranker get in addition to the question.
Knows nothing about any transform or reranker, or who calls the models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from workbench.corpus.types import History
from workbench.pipeline.searchable import Query
from workbench.pipeline.types import Hit
from workbench.providers.types import Message, Vectors

AskModel = Callable[[tuple[Message, ...]], Awaitable[str]]
"""Sends messages to a model and returns the text of its reply."""


@dataclass(frozen=True)
class TransformContext:
    """The context of a query transform, for one question."""

    ask: AskModel
    """Calls the setting's query_model. Raises ProviderError."""
    history: History = ()
    """The turns before the question, oldest first; empty for a question on its own."""


@dataclass(frozen=True)
class RerankContext:
    """The context of a reranker, for the hits of one question."""

    query: Query
    """What was searched for, of several texts the first; its vector is None when the setting has no
    embedding."""
    vectors_of: Callable[[Sequence[Hit]], Vectors]
    """The hits' vectors [hits, dimensions], unit rows. Only for settings with an embedding."""
    ask: AskModel
    """Calls the setting's rerank_model. Raises ProviderError."""
    fits: Callable[[tuple[Message, ...]], bool] = lambda messages: True
    """Whether a request and its reply fit the context of the rerank_model, as far as that is known. Counting
    tokens takes a while: call it in a thread."""
    further: tuple[Query, ...] = ()
    """The other texts that were searched for: other wordings, or the question's other parts."""
