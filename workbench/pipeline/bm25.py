"""Keyword retrieval: BM25 over chunks, by bm25s. The index is in memory and never stored: building it is
fast. Knows nothing about documents or questions beyond their words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.search_terms import Segmenter, search_terms
from workbench.pipeline.types import Chunk, searched_text

if TYPE_CHECKING:
    from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus


class KeywordIndex:
    """BM25 (Lucene's variant, k1 = 1.5, b = 0.75) over the terms of title, context, table header and text
    (`search_terms`). A title with which the context begins is read once.

    Robertson and Zaragoza 2009; bm25s: Lù 2024, arXiv 2407.03618.
    """

    def __init__(
        self, chunks: Sequence[Chunk], segmenter: Segmenter = "bigrams", contexts: Sequence[str] = ()
    ) -> None:
        """contexts: one per chunk, or none at all."""
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs at DEBUG by default
        self._segmenter = segmenter
        words = [search_terms(text, segmenter) for text in map(_read_text, chunks, contexts or repeat(""))]
        self._vocabulary = {word for chunk_words in words for word in chunk_words}
        self._index = None
        if self._vocabulary:
            self._index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
            self._index.index(words, show_progress=False)

    def query(self, text: str, n: int, among: NDArray[np.int64] | None = None) -> list[tuple[int, float]]:
        """Up to n (chunk position, score), best first; chunks that share no word with the text are left
        out.

        among: the chunks that are searched, in ascending order; the positions are then those in this list.
        """
        words = [w for w in search_terms(text, self._segmenter) if w in self._vocabulary]
        if self._index is None or not words:
            return []
        scores = self._index.get_scores(words)
        if among is not None:
            scores = scores[among]
        if not len(scores):
            return []
        found = np.flatnonzero(scores >= _nth_best(scores, n))
        best = found[np.argsort(-scores[found], kind="stable")[:n]]
        return [(int(i), float(scores[i])) for i in best if scores[i] > 0]


@dataclass(frozen=True)
class PartOfKeywordIndex:
    """The index of some chunks of a corpus. How rare a word is, is counted over the whole corpus."""

    whole: KeywordIndex
    positions: NDArray[np.int64]
    """The positions of the chunks in the whole corpus, in ascending order."""

    def query(self, text: str, n: int) -> list[tuple[int, float]]:
        """As KeywordIndex.query; a position is the index of a chunk among these."""
        return self.whole.query(text, n, self.positions)


def _read_text(chunk: Chunk, context: str) -> str:
    text = searched_text(chunk, context)
    return text if context.startswith(chunk.title) else f"{chunk.title}\n{text}"


def _nth_best(scores: NDArray[np.float32], n: int) -> float:
    """The n-th highest score. Sorting the scores of 100,000 chunks takes longer than making them."""
    return float(np.partition(scores, -n)[-n]) if n < len(scores) else 0.0


def retrieve_bm25(
    corpus: SearchableCorpus, queries: Sequence[Query], n: int, *, segmenter: Segmenter = "bigrams"
) -> list[Ranked]:
    """For each query up to n chunks that share a word with it, with their BM25 scores."""
    index = corpus.keyword_index(segmenter)
    return [index.query(q.text, n) for q in queries]
