"""The most that a call can be billed, which is what the budget reserves for it.
Knows nothing about budgets or about sending calls."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.providers.prices import Prices
from workbench.providers.types import ChatRequest, Usage
from workbench.space.model import Model

# No tokenizer makes more tokens of a text than it has UTF-8 bytes, except for the few of the markup around
# messages.
MARKUP_TOKENS = 32
# Machine time of an embedded model: for a call, and for each text to embed (512 tokens took 0.1 s).
COMPUTE_SECONDS = 2.0
COMPUTE_SECONDS_PER_TEXT = 0.25


def worst_chat_usage(request: ChatRequest) -> Usage:
    """The most tokens a chat call may be billed. A request without max_tokens has no worst case: with a
    budget, preparation refuses it."""
    sent = sum(len(m.content.encode()) + MARKUP_TOKENS for m in request.messages)
    sent += len((request.response_format or "").encode())  # some servers count a schema as prompt
    return Usage(input=sent, output=request.max_tokens or 0)


def worst_embedding_usage(texts: Sequence[str]) -> Usage:
    """The most tokens that embedding these texts in one call may be billed."""
    return Usage(input=sum(len(t.encode()) for t in texts) + MARKUP_TOKENS)


def worst_cost(prices: Prices, model: Model, usage: Usage, texts: int = 0) -> float:
    """US dollars; 0 for a model without a price. Of a served model with an hourly price see `MachineTime`.

    usage: the most tokens.
    texts: how many texts the call embeds; 0 for a chat call.
    """
    price = prices.get(model.name)
    compute_seconds = COMPUTE_SECONDS + COMPUTE_SECONDS_PER_TEXT * texts
    seconds = compute_seconds if model.embedded else model.limits.timeout_seconds
    return (price.cost(usage, seconds) if price else None) or 0.0
