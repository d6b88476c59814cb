"""The one way in which the stages ask models: chat and embedding calls, each with its kind, usage and cost.
Knows nothing about limits, retries, budgets or the ledger: whoever implements `Asker` has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from workbench.providers.types import ChatRequest, Usage, Vectors
from workbench.space.model import Model
from workbench.store.records import CallRecord

Kind = Literal["generate", "hyde", "rerank", "judge", "embed", "embed_query", "judge_embed"]
OnText = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a chat model replied to one request."""

    text: str
    usage: Usage
    """Tokens of the call that brought the reply."""
    cost_usd: float | None
    """What that call cost; None without a price."""
    seconds: float
    flags: tuple[str, ...] = ()
    """What is odd about the reply, such as "cut_at_max_tokens"."""
    stored: bool = False
    """Whether the same request had been answered before, or was under way already."""

    @classmethod
    def of(cls, record: CallRecord, *, stored: bool) -> Reply:
        """From the ledger's row of a call that succeeded."""
        usage = Usage(
            input=record.input_tokens,
            output=record.output_tokens,
            cached=record.cached_tokens,
            reasoning=record.reasoning_tokens,
            estimated=record.usage_estimated,
        )
        return cls(record.text, usage, record.cost_usd, record.seconds, record.flags, stored)


@dataclass(frozen=True, slots=True)
class EmbeddedTexts:
    """The vectors of one batch of texts."""

    vectors: Vectors
    """[texts, dimensions], as the model returned them."""
    cost_usd: float | None
    """What the call cost; None without a price."""
    seconds: float
    too_long: tuple[bool, ...] = ()
    """For each text, whether only its first part was encoded; empty where the server does not say."""


@dataclass(frozen=True, slots=True)
class TypicalCall:
    """What one item of a kind of call has taken on average: an embedding call of 64 texts counts as 64."""

    seconds: float
    cost_usd: float | None
    """None without a price."""


class Asker(Protocol):
    """Asks models on behalf of the stages. Raises ProviderError for a model that cannot be asked, and
    Stopped when the work is to end."""

    async def ask(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        """The reply to one request. An equal request of the same kind and repeat is asked once.

        on_text: hears of the reply's text so far, again and again while it comes. A call that breaks in
        mid-reply and is tried again begins anew.
        """
        ...

    async def embed(self, model: Model, texts: Sequence[str], *, kind: Kind) -> EmbeddedTexts:
        """The vectors of one batch of texts, in their order."""
        ...

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        """What such a call takes, by those that were made; None when there were none."""
        ...
