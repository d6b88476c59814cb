"""Vectors and chunks that tests of vector search are made of.
Knows nothing about indexes."""

from __future__ import annotations

import numpy as np

from workbench.pipeline.types import Chunk
from workbench.providers.types import Vectors


def chunks_of(count: int, start: int = 0) -> list[Chunk]:
    """start: where the first begins in its document."""
    texts = [f"Text {n}" for n in range(count)]
    return [
        Chunk("d.md", "D", start + n * 1000, start + n * 1000 + len(t), t, 2) for n, t in enumerate(texts)
    ]


def unit_vectors(count: int, dimensions: int = 8, seed: int = 3) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
