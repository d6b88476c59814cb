"""What a chunk context, a query transform and a reranker get beside the document or the question.
Knows nothing about any of them, or who calls the models."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from workbench.corpus.types import History
from workbench.errors import ProviderError
from workbench.pipeline.asker import RerankedTexts
from workbench.pipeline.searchable import Query
from workbench.pipeline.types import Chunk, Hit
from workbench.providers.types import Message, Vectors

AskModel = Callable[[tuple[Message, ...]], Awaitable[str]]
"""Sends messages to a model and returns the text of its reply."""

ScoreTexts = Callable[[str, Sequence[str]], Awaitable[RerankedTexts]]
"""Has a reranker score texts together with a question."""


async def no_reranker(question: str, texts: Sequence[str]) -> RerankedTexts:
    raise ProviderError("This setting names no model of kind reranker.", kind="no_model")


@dataclass
class ContextWriting:
    """What the making of chunk contexts gets beside a document and its chunks."""

    ask: AskModel
    """Calls the setting's context_model. Raises ProviderError."""
    most_tokens: Callable[[Chunk], int]
    """How much of a document fits one request about this chunk, counted with the embedded tokenizer."""
    refused_tokens: int | None = None
    """The fewest tokens of a document that the model's server has refused as too many; None for none so far.
    The part notes it, so that not each chunk is refused anew."""


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
    """Calls the setting's rerank_model, a chat model. Raises ProviderError."""
    score: ScoreTexts = no_reranker
    """Calls the setting's rerank_model, one of kind reranker. Raises ProviderError."""
    most_texts: int = sys.maxsize
    """How many texts the reranker takes at once, as far as that is known."""
    learn_texts: Callable[[int], None] = lambda texts: None
    """Remembers for later questions that it takes no more than so many at once."""
    fits: Callable[[tuple[Message, ...]], bool] = lambda messages: True
    """Whether a request and its reply fit the context of the rerank_model, as far as that is known. Counting
    tokens takes a while: call it in a thread."""
    further: tuple[Query, ...] = ()
    """The other texts that were searched for: other wordings, or the question's other parts."""
