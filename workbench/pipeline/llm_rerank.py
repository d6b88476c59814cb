"""Reranks with a language model, in one listwise request. Never loses a passage.
Knows nothing about retrievers, limits or costs: the model is called through the context."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Hit
from workbench.providers.types import Message

RERANK_SYSTEM = "You rank passages by how well they help to answer a question. You reply with numbers only."


def rerank_messages(question: str, hits: Sequence[Hit]) -> tuple[Message, ...]:
    """One listwise request, as in RankGPT (Sun et al. 2023, arXiv 2304.09542)."""
    passages = "\n\n".join(f"[{n}] {h.chunk.title}\n{h.chunk.text}" for n, h in enumerate(hits, start=1))
    text = (
        f"{passages}\n\nQuestion: {question}\n\n"
        f"Rank the {len(hits)} passages from most to least helpful for answering the question. "
        "Reply with their numbers only, like: [2] > [1] > [3]"
    )
    return (Message("system", RERANK_SYSTEM), Message("user", text))


def parse_order(reply: str, count: int) -> list[int] | None:
    """Positions (from 0) in the order in which a reply names them; None when it names none. Repeats are
    dropped."""
    named = [
        int(n) - 1 for n in re.findall(r"(?<!\d)\d{1,6}(?!\d)", reply)
    ]  # a longer one is no number of a passage
    order = list(dict.fromkeys(n for n in named if 0 <= n < count))
    return order or None


async def rerank_llm(
    question: str, hits: Sequence[Hit], context: RerankContext, *, candidates: int = 20
) -> tuple[list[Hit], tuple[str, ...]]:
    """(hits, flags): the first `candidates` hits as the model orders them, then those it did not name, then
    the rest, both in their old order.

    A reply without numbers keeps the order and gives the flag "rerank_unparsed". The new score is the
    reciprocal of the new rank, because a model gives no scores. Raises ProviderError when the call fails.
    """
    first = list(hits[:candidates])
    if len(first) < 2:
        return list(hits), ()
    order = parse_order(await context.ask(rerank_messages(question, first)), len(first))
    if order is None:
        return list(hits), ("rerank_unparsed",)
    named = set(order)
    order += [i for i in range(len(first)) if i not in named]
    reordered = [first[i] for i in order] + list(hits[candidates:])
    return [Hit(h.chunk, 1.0 / rank) for rank, h in enumerate(reordered, start=1)], ()
