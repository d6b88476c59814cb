"""Finds the sparse vectors in a server's reply, in the forms that servers send them.
Knows nothing about requests or texts: a reply's JSON and the number of texts come in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedding_vectors import WrongCount, WrongVectors
from workbench.providers.types import MOST_INDEXES, SparseVectors

MOST_NON_ZEROS = 1 << 15
"""Of one text. SPLADE has some hundreds, BGE-M3 one per token at most: a vector with more is not sparse."""

LARGEST_WEIGHT = float(np.finfo(np.float32).max)

UNUSABLE = np.full(2, np.nan, dtype=np.float32)
"""Stands for a vector that cannot be used."""


def read_sparse_vectors(raw: Any, texts: int) -> SparseVectors:
    """The texts' vectors [texts], in their order, with indexes in ascending order.

    A vector is a list of `{"index", "value"}` (TEI), `{"indices": […], "values": […]}`, or a mapping of
    indexes to weights (BGE-M3's `lexical_weights`). Weights of 0 are left out, and those of an index that
    repeats are added. A text whose vector has an index that is negative, not whole or too large, or a weight
    that is no finite number, has UNUSABLE: the others' are of use.

    Raises WrongVectors when there is no usable vector, and WrongCount when there is not one for each text.
    """
    if not isinstance(raw, list):
        raise WrongVectors("without vectors")
    if len(raw) != texts:
        raise WrongCount(f"with {len(raw):,} vectors for {texts:,} texts")
    vectors = np.empty(texts, dtype=object)
    for number, row in enumerate(raw):
        vectors[number] = _read_vector(row)
    if all(vector is UNUSABLE for vector in vectors):
        raise WrongVectors(
            f"without sparse vectors: each text needs indexes from 0 to {MOST_INDEXES - 1:,} with finite "
            f"weights, at most {MOST_NON_ZEROS:,} of them"
        )
    return vectors


def _read_vector(row: Any) -> NDArray[np.float32]:
    """The vector of one text, as in SparseVectors."""
    pairs = _pairs_of(row)
    if pairs is None or len(pairs) > MOST_NON_ZEROS:
        return UNUSABLE
    indexes = np.empty(len(pairs), dtype=np.int64)
    weights = np.empty(len(pairs), dtype=np.float32)
    for place, (index, weight) in enumerate(pairs):
        if not _is_index(index) or isinstance(weight, bool) or not isinstance(weight, int | float):
            return UNUSABLE
        indexes[place] = index
        weights[place] = weight if abs(weight) <= LARGEST_WEIGHT else np.nan
    distinct, places = np.unique(indexes, return_inverse=True)
    summed = np.bincount(places, weights, minlength=len(distinct))
    if not (np.abs(summed) <= LARGEST_WEIGHT).all():
        return UNUSABLE
    kept = summed != 0
    vector = np.concatenate([distinct[kept], summed[kept]])
    return vector.astype(np.float32)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_INDEXES


def _pairs_of(row: Any) -> list[tuple[Any, Any]] | None:
    """(index, weight) of each entry; None when the row is no vector."""
    if isinstance(row, list):
        return _from_entries(row)
    if not isinstance(row, dict):
        return None
    indexes, weights = row.get("indices"), row.get("values")
    if isinstance(indexes, list) and isinstance(weights, list):
        return list(zip(indexes, weights, strict=True)) if len(indexes) == len(weights) else None
    return [(int(name) if name.isdecimal() and len(name) < 10 else name, row[name]) for name in row]


def _from_entries(entries: Iterable[Any]) -> list[tuple[Any, Any]] | None:
    pairs = []
    for entry in entries:
        if not isinstance(entry, dict):
            return None
        pairs.append((entry.get("index"), entry.get("value")))
    return pairs
