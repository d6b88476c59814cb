"""The most that a call can be billed, which is what the budget reserves for it.
Knows nothing about budgets or about sending calls."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.providers.prices import Prices
from workbench.providers.types import ChatRequest, RerankRequest, Usage
from workbench.space.model import Model

# No tokenizer makes more tokens of a text than it has UTF-8 bytes, except for the few of the markup around
# messages.
MARKUP_TOKENS = 32
# Machine time of an embedded model: for a call, and for each text to embed (512 tokens took 0.1 s).
COMPUTE_SECONDS = 2.0
COMPUTE_SECONDS_PER_TEXT = 0.25
# Cohere bills a search for 100 passages, and takes a passage of more tokens than this for several.
PASSAGES_PER_SEARCH, TOKENS_PER_PASSAGE = 100, 500


def worst_usage(request: ChatRequest | RerankRequest) -> Usage:
    """The most that a call may be billed. A chat request without max_tokens has no worst case: with a budget,
    preparation refuses it."""
    if isinstance(request, RerankRequest):
        return _worst_rerank_usage(request)
    sent = sum(len(m.content.encode()) + MARKUP_TOKENS for m in request.messages)
    sent += len((request.response_format or "").encode())  # some servers count a schema as prompt
    return Usage(input=sent, output=request.max_tokens or 0)


def _worst_rerank_usage(request: RerankRequest) -> Usage:
    """The most tokens and searches that reranking may be billed. The question is read with each passage."""
    question = len(request.query.encode()) + MARKUP_TOKENS
    tokens = [question + len(text.encode()) for text in request.texts]
    passages = sum(math.ceil(count / TOKENS_PER_PASSAGE) for count in tokens)
    return Usage(input=sum(tokens), searches=max(1, math.ceil(passages / PASSAGES_PER_SEARCH)))


def worst_embedding_usage(texts: Sequence[str]) -> Usage:
    """The most tokens that embedding these texts in one call may be billed."""
    return Usage(input=sum(len(t.encode()) for t in texts) + MARKUP_TOKENS)


def worst_cost(prices: Prices, model: Model, usage: Usage, texts: int = 0) -> float:
    """US dollars; 0 for a model without a price. Of a served model with an hourly price see `MachineTime`.

    usage: the most tokens.
    texts: how many texts the call embeds or reranks; 0 for a chat call.
    """
    price = prices.get(model.name)
    compute_seconds = COMPUTE_SECONDS + COMPUTE_SECONDS_PER_TEXT * texts
    seconds = compute_seconds if model.embedded else model.limits.timeout_seconds
    return (price.cost(usage, seconds) if price else None) or 0.0
