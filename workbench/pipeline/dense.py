"""Dense rankings: the chunks whose vectors are nearest to the query's, by cosine.
Knows nothing about how vectors are computed or how the index works."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.errors import IndexBuildError
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.vector_stores.types import VectorIndex


def rank_by_vectors(corpus: SearchableCorpus, queries: Sequence[Query], n: int) -> dict[str, list[Ranked]]:
    """For each query, the n nearest chunks with their cosine similarities: "dense", and "second" where there
    is a second embedding.

    Raises IndexBuildError when there is no index, a query has no vector, or the index was damaged.
    """
    found = {"dense": _nearest(corpus.vector_index, [q.vector for q in queries], n)}
    if corpus.second_index is not None:
        found["second"] = _nearest(corpus.second_index, [q.second_vector for q in queries], n)
    return found


def _nearest(
    index: VectorIndex | None, vectors: Sequence[NDArray[np.float32] | None], n: int
) -> list[Ranked]:
    rows = [vector for vector in vectors if vector is not None]
    if index is None or len(rows) < len(vectors):
        raise IndexBuildError("Dense retrieval needs an index and query vectors.")
    return index.query(np.stack(rows), n) if rows else []
