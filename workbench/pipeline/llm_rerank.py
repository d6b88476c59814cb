"""Reranks with a language model, in one listwise request. Never loses a passage.
Knows nothing about retrievers, limits or costs: the model is called through the context."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from workbench.errors import ProviderError
from workbench.pipeline.prompt_rendering import format_passages
from workbench.pipeline.rank_order import parse_order
from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Hit
from workbench.providers.types import Message

RERANK_SYSTEM = "You rank passages by how well they help to answer a question. You reply with numbers only."
# What is kept of the candidates of a request that the server refused as too long.
LESS = 0.75


def rerank_messages(question: str, hits: Sequence[Hit]) -> tuple[Message, ...]:
    """One listwise request, as in RankGPT (Sun et al. 2023, arXiv 2304.09542).

    It holds no number but those of the passages: a model that repeats an example would be taken at its word.
    """
    text = (
        f"{format_passages(hits)}\n\nQuestion: {question}\n\n"
        "Rank the passages above from most to least helpful for answering the question. Reply with their "
        "numbers only: all of them, each in square brackets, the most helpful first, separated by ' > '."
    )
    return (Message("system", RERANK_SYSTEM), Message("user", text))


async def rerank_llm(
    question: str, hits: Sequence[Hit], context: RerankContext, *, candidates: int = 20
) -> tuple[list[Hit], tuple[str, ...]]:
    """(hits, flags): the first `candidates` hits as the model orders them, then those it did not name, then
    the rest, both in their old order.

    As many candidates are sent as fit the model's context; fewer give the flag "rerank_fewer". A reply that
    names no order keeps the old one and gives "rerank_unparsed"; one that leaves passages out gives
    "rerank_partial". The new score is the reciprocal of the new rank, because a model gives no scores.
    Raises ProviderError when the call fails.
    """
    first = list(hits[:candidates])
    if len(first) < 2:
        return list(hits), ()
    sent = await asyncio.to_thread(_cut_to_context, question, first, context)
    reply, sent = await _ask(question, sent, context)
    flags: tuple[str, ...] = ("rerank_fewer",) if len(sent) < len(first) else ()
    order = parse_order(reply, len(sent))
    if order is None:
        return list(hits), (*flags, "rerank_unparsed")
    if len(order) < len(sent):
        flags += ("rerank_partial",)
    named = set(order)
    order += [i for i in range(len(sent)) if i not in named]
    reordered = [sent[i] for i in order] + list(hits[len(sent) :])
    return [Hit(h.chunk, 1.0 / rank) for rank, h in enumerate(reordered, start=1)], flags


def _cut_to_context(question: str, hits: list[Hit], context: RerankContext) -> list[Hit]:
    """The first hits, as many as fit one request."""
    for count in range(len(hits), 1, -1):
        if context.fits(rerank_messages(question, hits[:count])):
            return hits[:count]
    raise ProviderError(
        "Not even two passages fit the reranking model's context.",
        kind="context",
        hint="Lower chunk_tokens, or choose a rerank_model with a larger context.",
    )


async def _ask(question: str, hits: list[Hit], context: RerankContext) -> tuple[str, list[Hit]]:
    """The reply, and the hits that were sent: fewer where the server refuses the request as too long."""
    while True:
        try:
            return await context.ask(rerank_messages(question, hits)), hits
        except ProviderError as error:
            if error.kind != "context" or len(hits) <= 2:
                raise
            hits = hits[: max(2, int(LESS * len(hits)))]
