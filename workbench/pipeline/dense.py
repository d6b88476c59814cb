"""Dense retrieval: the chunks whose vectors are nearest to the query's, by cosine.
Knows nothing about how vectors are computed or how the index works."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.errors import IndexBuildError
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus


def retrieve_dense(corpus: SearchableCorpus, queries: Sequence[Query], n: int) -> list[Ranked]:
    """For each query, the n nearest chunks with their cosine similarities.

    Raises IndexBuildError when there is no index, a query has no vector, or the index was damaged.
    """
    if corpus.vector_index is None or any(q.vector is None for q in queries):
        raise IndexBuildError("Dense retrieval needs an index and query vectors.")
    if not queries:
        return []
    vectors = np.stack([q.vector for q in queries if q.vector is not None])
    return corpus.vector_index.query(vectors, n)
