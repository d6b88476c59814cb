"""The protocols of chat, embedding and reranking models, and the data that they take and return.
Knows nothing about any one model: embedded models and clients of servers implement these protocols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.replies.system_passages import SystemPassage
from workbench.replies.thinking import SplitReply

Vectors = NDArray[np.float32]  # shape [n, dimensions], rows of unit length

SparseVectors = NDArray[np.object_]
"""Shape [n]. Each item is an array of float32: the indexes of a vector's non-zeros, then as many weights. An
empty array stands for zero. So they are stored as dense vectors are. Indexes below MOST_INDEXES are exact."""

MOST_INDEXES = 1 << 24
"""The indexes of sparse vectors are below it. Vocabularies are smaller: BERT's 30,522, XLM-R's 250,002."""

OnText = Callable[[SplitReply], None]
"""Receives the text of a reply so far, each time more of it has come."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat request."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything about one request that can change its reply, except the model's identity.

    A parameter that is None is not sent.
    """

    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra_body: tuple[tuple[str, str], ...] = ()
    """Further fields of the request: (name, value as JSON text), sorted by name."""
    response_format: str | None = None
    """The protocol's `response_format` as JSON text, for servers that can constrain replies to a schema."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call."""

    input: int = 0
    output: int = 0
    cached: int = 0
    """Part of `input`."""
    reasoning: int = 0
    """Tokens of thinking; part of `output`. Counted here where the server does not report them."""
    estimated: bool = False
    """Whether the server reported no usage and the tokens were counted here."""
    searches: float = 0.0
    """Searches billed for reranking, of which a request with many passages may hold several."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """A model's reply to one request."""

    text: str
    """The answer, without thinking and marks of chat templates."""
    usage: Usage
    seconds: float
    """Wall time of the last attempt."""
    compute_seconds: float | None = None
    """The time that an hourly price is charged on; None when it is not known."""
    attempts: int = 1
    finish_reason: str | None = None
    """As the server reports it; None when it does not."""
    flags: tuple[str, ...] = ()
    """For example "declined", "usage_disagrees" or "cut_at_max_tokens"."""
    thinking: str = ""
    """What the model wrote for itself before it answered; "" when there is none."""
    served_model: str | None = None
    """The model's name in the reply; None when the server does not give it."""
    passages: tuple[SystemPassage, ...] = ()
    """What a system says it retrieved, best first; () for a model."""
    cost_usd: float | None = None
    """What a system says the reply cost in US dollars; None where the price decides."""
    detail: dict[str, object] = field(default_factory=dict)


class ChatModel(Protocol):
    """A chat model. Raises ProviderError, and no other error that a user could cause."""

    @property
    def identity(self) -> str:
        """Distinguishes this model from others in fingerprints: address, served name and revision, or the
        hash of an embedded model's files. Never a key, a price or a limit."""
        ...

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        """The whole reply. on_text: receives its text so far, each time more of it arrives."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EmbeddingReply:
    """An embedding model's reply for a batch of texts."""

    vectors: NDArray[Any]
    """Vectors [texts, dimensions], or SparseVectors [texts] of a model of kind sparse_embedding."""
    usage: Usage
    seconds: float
    """Wall time of the last attempt."""
    compute_seconds: float | None = None
    """The time that an hourly price is charged on; None when it is not known."""
    attempts: int = 1
    too_long: tuple[bool, ...] = ()
    """For each text, whether only its beginning was encoded; empty when it is not known."""


class EmbeddingModel(Protocol):
    """An embedding model. Vectors come back in the order of the texts; dense ones are of unit length."""

    @property
    def identity(self) -> str: ...

    @property
    def max_tokens(self) -> int | None: ...

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RerankRequest:
    """A question, and the passages that are scored together with it."""

    query: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RerankReply:
    """A reranker's scores for one request."""

    scores: tuple[float | None, ...]
    """In the order of the passages, higher is better; None for a passage that the reply leaves out."""
    usage: Usage
    seconds: float
    """Wall time of the last attempt."""
    compute_seconds: float | None = None
    """The time that an hourly price is charged on; None when it is not known."""
    attempts: int = 1
    flags: tuple[str, ...] = ()
    """For example "rerank_cut": of some passage only the beginning was read."""


class RerankModel(Protocol):
    """A cross-encoder. Raises ProviderError, and no other error that a user could cause."""

    @property
    def identity(self) -> str:
        """Distinguishes this model from others in fingerprints, as ChatModel's does."""
        ...

    async def rerank(self, request: RerankRequest) -> RerankReply: ...

    async def close(self) -> None: ...
