"""Reranks for variety: maximal marginal relevance. Never loses a passage.
Knows nothing about retrievers; vectors of the hits and of the query come from its context."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Hit
from workbench.providers.types import Vectors

BALANCE = 0.7


async def rerank_mmr(
    question: str, hits: Sequence[Hit], context: RerankContext, *, balance: float = BALANCE
) -> tuple[list[Hit], tuple[str, ...]]:
    """All hits, each next one the most like the query and least like those before it; no flags."""
    return await asyncio.to_thread(_rerank, hits, context, balance), ()


def _rerank(hits: Sequence[Hit], context: RerankContext, balance: float) -> list[Hit]:
    assert context.query.vector is not None  # Retrieval.uses_embedding
    return order_by_mmr(context.query.vector, hits, context.vectors_of(hits), balance)


def order_by_mmr(
    query: NDArray[np.float32], hits: Sequence[Hit], vectors: Vectors, balance: float = BALANCE
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
