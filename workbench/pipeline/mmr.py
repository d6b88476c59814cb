"""Reranks for diversity, by maximal marginal relevance. Never loses a passage.
Knows nothing about retrievers: the vectors of hits and query come from the context."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Hit
from workbench.providers.types import Vectors

BALANCE = 0.7
"""The weight of relevance, in [0, 1]; the rest is the weight of diversity."""


async def rerank_mmr(
    question: str, hits: Sequence[Hit], context: RerankContext, *, balance: float = BALANCE
) -> tuple[list[Hit], tuple[str, ...]]:
    """(hits, flags): all hits in the order of `order_by_mmr`; there are no flags."""
    return await asyncio.to_thread(_rerank, hits, context, balance), ()


def _rerank(hits: Sequence[Hit], context: RerankContext, balance: float) -> list[Hit]:
    queries = [query.vector for query in (context.query, *context.further) if query.vector is not None]
    assert queries  # Retrieval checks that the setting has an embedding
    return order_by_mmr(queries, hits, context.vectors_of(hits), balance)


def order_by_mmr(
    queries: Sequence[NDArray[np.float32]],
    hits: Sequence[Hit],
    vectors: Vectors,
    balance: float = BALANCE,
) -> list[Hit]:
    """All hits by maximal marginal relevance (Carbonell and Goldstein 1998): each next one is the most
    similar to the query and the least similar to those before it. Their scores become the marginal relevance.

    queries: each [d], unit length. A hit is as similar to the query as to the nearest of them.
    vectors: [len(hits), d], unit rows.
    balance: see BALANCE.
    """
    if not hits:
        return []
    relevance = np.max([vectors @ query for query in queries], axis=0)
    redundancy = np.zeros(len(hits), dtype=np.float32)
    remaining = list(range(len(hits)))
    chosen: list[Hit] = []
    while remaining:
        values = balance * relevance[remaining] - (1 - balance) * redundancy[remaining]
        best = remaining[int(np.argmax(values))]
        chosen.append(Hit(hits[best].chunk, float(values.max())))
        remaining.remove(best)
        redundancy = np.maximum(redundancy, vectors @ vectors[best])
    return chosen
