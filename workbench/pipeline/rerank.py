"""Reorders a ranking: for variety (MMR), or by a language model's judgement. Never loses a passage.
Knows nothing about retrievers, limits or money: the model is asked through a function."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.types import Hit
from workbench.providers.types import Message, Vectors

MMR_BALANCE = 0.7
LLM_CANDIDATES = 20
RERANK_SYSTEM = "You rank passages by how well they help to answer a question. You reply with numbers only."


def rerank_mmr(
    query: NDArray[np.float32], hits: Sequence[Hit], vectors: Vectors, *, balance: float = MMR_BALANCE
) -> list[Hit]:
    """Maximal marginal relevance: greedily the passage most like the query and least like those chosen
    (Carbonell and Goldstein 1998). vectors: [len(hits), d], unit rows.

    Greedy, so the first k do not depend on how many are wanted. Scores are the marginal values.
    """
    if not hits:
        return []
    relevance = vectors @ query
    closest = np.zeros(len(hits), dtype=np.float32)
    left = list(range(len(hits)))
    chosen: list[Hit] = []
    while left:
        values = balance * relevance[left] - (1 - balance) * closest[left]
        best = left[int(np.argmax(values))]
        chosen.append(Hit(hits[best].chunk, float(values.max())))
        left.remove(best)
        closest = np.maximum(closest, vectors @ vectors[best])
    return chosen


def rerank_messages(question: str, hits: Sequence[Hit]) -> tuple[Message, ...]:
    """One listwise request (as RankGPT, Sun et al. 2023, arXiv 2304.09542)."""
    passages = "\n\n".join(f"[{n}] {h.chunk.title}\n{h.chunk.text}" for n, h in enumerate(hits, start=1))
    text = (
        f"{passages}\n\nQuestion: {question}\n\n"
        f"Rank the {len(hits)} passages from most to least helpful for answering the question. "
        "Reply with their numbers only, like: [2] > [1] > [3]"
    )
    return (Message("system", RERANK_SYSTEM), Message("user", text))


def parse_order(reply: str, count: int) -> list[int] | None:
    """Positions (from 0) in the order a reply names them; None when it names none. Repeats are dropped."""
    named = [int(n) - 1 for n in re.findall(r"\d+", reply)]
    order = list(dict.fromkeys(n for n in named if 0 <= n < count))
    return order or None


async def rerank_llm(
    question: str,
    hits: Sequence[Hit],
    ask: Callable[[tuple[Message, ...]], Awaitable[str]],
    *,
    candidates: int = LLM_CANDIDATES,
) -> tuple[list[Hit], tuple[str, ...]]:
    """The first `candidates` hits as the model orders them, then those it did not name, then the rest, all in
    their old order. A reply without numbers keeps the order and gives the flag "rerank_unparsed".

    Scores become the reciprocal of the new rank: a model gives no others.
    """
    first = list(hits[:candidates])
    if len(first) < 2:
        return list(hits), ()
    order = parse_order(await ask(rerank_messages(question, first)), len(first))
    if order is None:
        return list(hits), ("rerank_unparsed",)
    named = set(order)
    order += [i for i in range(len(first)) if i not in named]
    reordered = [first[i] for i in order] + list(hits[candidates:])
    return [Hit(h.chunk, 1.0 / rank) for rank, h in enumerate(reordered, start=1)], ()
