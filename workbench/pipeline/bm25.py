"""Keyword retrieval: BM25 over chunks, by bm25s. The index is in memory and never stored: building it is
fast. Knows nothing about documents or questions beyond their words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.pipeline.search_terms import Segmenter, search_terms
from workbench.pipeline.types import Chunk

if TYPE_CHECKING:
    from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus


class KeywordIndex:
    """BM25 (Lucene's variant, k1 = 1.5, b = 0.75) over the terms of title and text (`search_terms`).

    Robertson and Zaragoza 2009; bm25s: Lù 2024, arXiv 2407.03618.
    """

    def __init__(self, chunks: Sequence[Chunk], segmenter: Segmenter = "bigrams") -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs at DEBUG by default
        self._segmenter = segmenter
        words = [search_terms(f"{c.title}\n{c.text}", segmenter) for c in chunks]
        self._vocabulary = {word for chunk_words in words for word in chunk_words}
        self._index = None
        if self._vocabulary:
            self._index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
            self._index.index(words, show_progress=False)

    def query(self, text: str, n: int) -> list[tuple[int, float]]:
        """Up to n (chunk position, score), best first; chunks that share no word with the text are left
        out."""
        words = [w for w in search_terms(text, self._segmenter) if w in self._vocabulary]
        if self._index is None or not words:
            return []
        scores = self._index.get_scores(words)
        best = np.argsort(-scores, kind="stable")[:n]
        return [(int(i), float(scores[i])) for i in best if scores[i] > 0]


def retrieve_bm25(
    corpus: SearchableCorpus, queries: Sequence[Query], n: int, *, segmenter: Segmenter = "bigrams"
) -> list[Ranked]:
    """For each query up to n chunks that share a word with it, with their BM25 scores."""
    index = corpus.keyword_index(segmenter)
    return [index.query(q.text, n) for q in queries]
