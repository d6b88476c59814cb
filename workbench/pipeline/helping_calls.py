"""Calls helping models on behalf of one question, adds up what that takes, and says how it failed.
Knows nothing about what they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import ProviderError
from workbench.pipeline.asker import Asker, Kind, Reply, RerankedTexts
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.types import FAILURES_OF_MODELS
from workbench.providers.types import Message, RerankRequest
from workbench.space.model import Model


@dataclass
class Meter:
    """Calls one model on behalf of one question, and adds up time and cost."""

    asker: Asker
    model: Model | None
    """None for a part that needs no model."""
    kind: Kind
    calls: int = 0
    seconds: float = 0.0
    cost_usd: float | None = 0.0
    """None when a call has no price."""

    async def ask(self, messages: tuple[Message, ...]) -> str:
        assert self.model is not None  # Retrieval checks that the setting names one
        reply = await self.asker.ask(self.model, build_request(self.model, messages), kind=self.kind)
        self._note(reply)
        return reply.text

    async def score(self, question: str, texts: Sequence[str]) -> RerankedTexts:
        assert self.model is not None
        reply = await self.asker.rerank(self.model, RerankRequest(question, tuple(texts)), kind=self.kind)
        self._note(reply)
        return reply

    def _note(self, reply: Reply | RerankedTexts) -> None:
        self.calls += 1
        self.seconds += reply.seconds
        self.cost_usd = add_costs(self.cost_usd, reply.cost_usd)


def flags_of_failure(stage: str, error: ProviderError) -> tuple[str, ...]:
    """The flags of a ranking that goes without a helping model's reply: that it failed, and why. Empty when
    the error is its server's, not the model's: then the same request may well be answered later."""
    if error.kind not in FAILURES_OF_MODELS:
        return ()
    return (f"{stage}_failed", f"{stage}_{error.kind}")


def add_costs(*costs: float | None) -> float | None:
    """The sum in US dollars; None when one of them has no price."""
    return None if None in costs else sum(cost for cost in costs if cost is not None)
