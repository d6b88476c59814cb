"""Sparse retrieval: the chunks whose learned sparse vectors have the highest dot product with the query's.
Knows nothing about how vectors are computed or where they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import IndexBuildError
from workbench.pipeline.best_scores import best_places
from workbench.providers.types import SparseVectors

if TYPE_CHECKING:
    from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus

Postings = Mapping[str, NDArray[Any]]
"""A matrix of weights [chunks, indexes] by columns, as in scipy's csc_array: "data", "indices" (of chunks,
ascending in each column) and "indptr"."""


def postings_of(vectors: SparseVectors) -> Postings:
    """Turn the vectors of chunks [n] into postings: the chunks, with their weights, of each index."""
    from scipy.sparse import csr_array

    sizes = np.array([len(vector) // 2 for vector in vectors], dtype=np.int64)
    halves = [np.split(vector, 2) for vector in vectors]
    indices = np.concatenate([np.zeros(0, np.float32), *(indexes for indexes, _ in halves)]).astype(np.int32)
    weights = np.concatenate([np.zeros(0, np.float32), *(weights for _, weights in halves)])
    width = int(indices.max()) + 1 if len(indices) else 0
    pointers = np.concatenate(([0], np.cumsum(sizes)))
    if pointers[-1] <= np.iinfo(np.int32).max:  # scipy holds the indices in the pointers' type
        pointers = pointers.astype(np.int32)
    columns = csr_array((weights, indices, pointers), shape=(len(vectors), width)).tocsc()
    return {"data": columns.data, "indices": columns.indices, "indptr": columns.indptr}


class SparseIndex:
    """Searches postings that are in memory or mapped into it, exactly. A position is the row of a vector.

    SPLADE: Formal, Piwowarski and Clinchant, SIGIR 2021; BGE-M3: Chen et al. 2024, arXiv 2402.03216.
    """

    def __init__(self, postings: Postings, chunks: int, positions: NDArray[np.int64] | None = None) -> None:
        """postings: from `postings_of`, over so many chunks.
        positions: the only chunks that are searched, in ascending order; a position is then a place among
            them. None for all."""
        from scipy.sparse import csc_array

        self.postings = postings
        """What is searched."""
        self._chunks = chunks
        self._positions = positions
        self._width = len(postings["indptr"]) - 1
        self._weights = csc_array(
            (postings["data"], postings["indices"], postings["indptr"]), shape=(chunks, self._width)
        )

    def within(self, positions: NDArray[np.int64]) -> SparseIndex:
        """The index of the chunks at these positions alone, which ascend. It shares the postings."""
        return SparseIndex(self.postings, self._chunks, positions)

    def query(self, vector: NDArray[np.float32], n: int) -> Ranked:
        """Up to n (position, dot product), best first, ties by position. Chunks that share no index with the
        query have 0 and come last.

        vector: an item of SparseVectors. The sum is in float64 and always in the order of the indexes.
        """
        indexes, weights = np.split(vector, 2)
        known = indexes < self._width
        columns = self._weights[:, indexes[known].astype(np.int32)]
        scores = columns @ weights[known].astype(np.float64)
        if self._positions is not None:
            scores = scores[self._positions]
        return [(int(place), float(scores[place])) for place in best_places(scores, n)]


def retrieve_sparse(corpus: SearchableCorpus, queries: Sequence[Query], n: int) -> list[Ranked]:
    """For each query up to n chunks with a dot product above 0, the highest first. A chunk that shares
    nothing with the query is left out, as by keywords: where rankings are combined, its rank would count.

    Raises IndexBuildError when there is no index, or a query has no sparse vector.
    """
    index, vectors = corpus.sparse_index, [query.sparse_vector for query in queries]
    found = [index.query(vector, n) for vector in vectors if vector is not None] if index is not None else []
    if len(found) < len(queries):
        raise IndexBuildError("Sparse retrieval needs an index and query vectors.")
    return [[(position, score) for position, score in ranking if score > 0] for ranking in found]
