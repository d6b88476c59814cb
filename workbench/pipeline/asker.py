"""The interface through which the stages call models: to answer, embed and rerank, with kind, usage and cost.
Knows nothing about limits, retries, budgets or the ledger: implementations of `Asker` add them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from workbench.providers.types import ChatRequest, OnText, RerankRequest, Usage
from workbench.replies.system_passages import SystemPassage
from workbench.space.model import Model
from workbench.store.records import CallRecord

Kind = Literal[
    "context",
    "generate",
    "hyde",
    "rewrite",
    "filter",
    "query",
    "rerank",
    "judge",
    "draft",
    "reflect",
    "embed",
    "embed_query",
    "judge_embed",
    "count_tokens",
    "tune",
]
"""What a call is for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a chat model replied to one request."""

    text: str
    """The answer, without thinking."""
    usage: Usage
    """Tokens of the call that returned the reply."""
    cost_usd: float | None
    """What that call cost in US dollars; None when the model has no price."""
    seconds: float
    """How long that call took."""
    flags: tuple[str, ...] = ()
    """What is unusual about the reply, such as "cut_at_max_tokens"."""
    stored: bool = False
    """Whether no call was made because the same request was already answered or in flight."""
    thinking: str = ""
    """What the model wrote for itself; "" when there is none."""
    passages: tuple[SystemPassage, ...] = ()
    """What a system says it retrieved, best first; () for a model."""
    served_model: str | None = None
    """The model's name in the reply; None when the server gave none."""

    @classmethod
    def of(cls, record: CallRecord, *, stored: bool) -> Reply:
        """The reply in the ledger's row of a successful call."""
        usage = Usage(
            input=record.input_tokens,
            output=record.output_tokens,
            cached=record.cached_tokens,
            reasoning=record.reasoning_tokens,
            estimated=record.usage_estimated,
        )
        return cls(
            record.text, usage, record.cost_usd, record.seconds, record.flags, stored, record.thinking,
            record.passages, record.served_model,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmbeddedTexts:
    """The vectors of one batch of texts."""

    vectors: NDArray[Any]
    """As the model returned them: Vectors [texts, dimensions], or SparseVectors [texts]."""
    cost_usd: float | None
    """What the call cost in US dollars; None when the model has no price."""
    seconds: float
    """How long the call took."""
    too_long: tuple[bool, ...] = ()
    """For each text, whether only its beginning was encoded; empty when the server does not report it."""
    stored: bool = False
    """Whether no call was made because somebody else made the same one at the same time."""


class KeptVectors(Protocol):
    """Where the vectors of one batch are kept for all processes."""

    async def find(self) -> NDArray[Any] | None:
        """The vectors of all texts, in their order; None when one is missing."""
        ...

    async def keep(self, vectors: NDArray[Any]) -> None:
        """Keep vectors as the model returned them, as far as they are usable. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class RerankedTexts:
    """A reranker's scores for the texts of one request."""

    scores: tuple[float | None, ...]
    """In the order of the texts, higher is better; None for a text that the reply leaves out."""
    cost_usd: float | None
    """What the call cost in US dollars; None when the model has no price."""
    seconds: float
    """How long the call took."""
    flags: tuple[str, ...] = ()
    """What is unusual about the reply, such as "rerank_cut"."""

    @classmethod
    def of(cls, reply: Reply) -> RerankedTexts:
        """The scores that a reply holds as JSON, as they are stored."""
        return cls(tuple(json.loads(reply.text)), reply.cost_usd, reply.seconds, reply.flags)


@dataclass(frozen=True, slots=True)
class TypicalCall:
    """The average time and cost of one item of a kind of call: an embedding call of 64 texts has 64 items."""

    seconds: float
    """Seconds per item."""
    cost_usd: float | None
    """US dollars per item; None when the model has no price."""


class Asker(Protocol):
    """Calls models on behalf of the stages.

    Raises ProviderError when a call fails for good, and Stopped when the work is to end.
    """

    async def ask(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        """The reply to one request. An equal request of the same kind and repeat is sent only once.

        repeat: number of the repetition, from 0: repeats of one request get replies of their own.
        on_text: receives the reply's text so far, each time more of it arrives. When a call breaks off and
            is retried, the text begins again.
        """
        ...

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: KeptVectors | None = None
    ) -> EmbeddedTexts:
        """The vectors of one batch of texts, in the order of the texts.

        kept: where processes that make the same call at the same time find its vectors. They are kept there
            before the call's end is known to others.
        """
        ...

    async def rerank(self, model: Model, request: RerankRequest, *, kind: Kind) -> RerankedTexts:
        """A reranker's scores for the texts of one request. An equal request is sent only once."""
        ...

    async def context_window(self, model: Model) -> int | None:
        """Tokens of one call to this model: as declared, else as its server says; None when neither does."""
        ...

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        """The average over the calls of this kind made so far; None when there were none."""
        ...
