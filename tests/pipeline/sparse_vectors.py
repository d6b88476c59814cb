"""Sparse vectors that tests are made of, and a model that makes them.
Knows nothing about indexes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.space.model import Model

SPLADE = Model(name="splade", kind="sparse_embedding", base_url="http://127.0.0.1:9/v1", model="splade")


def packed(vector: Mapping[int, float]) -> np.ndarray:
    """An item of SparseVectors: index → weight, as an array."""
    ordered = sorted(vector.items())
    return np.array([*(index for index, _ in ordered), *(weight for _, weight in ordered)], dtype=np.float32)
