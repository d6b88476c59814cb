"""Checks whether an approximate index finds its own vectors, which a damaged one does not.
Knows nothing about how an index is stored."""

from __future__ import annotations

from workbench.pipeline.vector_stores.types import VectorIndex
from workbench.providers.types import Vectors

SAMPLE = 64
"""How many vectors are looked up to check an index that was opened."""

LEAST_SELF_RECALL = 0.98
"""The share of them that a sound index finds."""


def finds_itself(index: VectorIndex, vectors: Vectors) -> bool:
    """Whether an index of these vectors finds enough of a sample under their own position, or an equal
    one's."""
    step = max(1, len(vectors) // SAMPLE)
    positions = list(range(0, len(vectors), step))[:SAMPLE]
    rankings = index.query(vectors[positions], 1)
    right = sum(
        bool(hits) and float(vectors[hits[0][0]] @ vectors[p]) > 1 - 1e-4
        for p, hits in zip(positions, rankings, strict=True)
    )
    return right / len(positions) >= LEAST_SELF_RECALL
