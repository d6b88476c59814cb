"""Keyword retrieval: BM25 over chunks, by bm25s.
Knows nothing about documents or questions beyond their words, or about where an index is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.best_scores import best_places
from workbench.pipeline.postings import K1, B, Vocabulary, build_postings
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
        """Build the index of chunks. contexts: one per chunk, or none at all."""
        self._hold(*build_postings(terms_of(chunks, segmenter, contexts)), len(chunks), segmenter)

    @classmethod
    def of_postings(
        cls,
        vocabulary: Vocabulary,
        postings: Mapping[str, NDArray[Any]],
        chunks: int,
        segmenter: Segmenter = "bigrams",
    ) -> KeywordIndex:
        """The index of postings that were built before. vocabulary, postings: from `build_postings`, over so
        many chunks."""
        index = cls.__new__(cls)
        index._hold(vocabulary, postings, chunks, segmenter)
        return index

    def _hold(
        self, vocabulary: Vocabulary, postings: Mapping[str, NDArray[Any]], chunks: int, segmenter: Segmenter
    ) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs at DEBUG by default
        self._segmenter = segmenter
        self._vocabulary = vocabulary
        self._index = bm25s.BM25(method="lucene", k1=K1, b=B)
        self._index.scores = {**postings, "num_docs": chunks}
        self._index.nonoccurrence_array = None

    def query(self, text: str, n: int, among: NDArray[np.int64] | None = None) -> list[tuple[int, float]]:
        """Up to n (chunk position, score), best first; chunks that share no word with the text are left
        out.

        among: the chunks that are searched, in ascending order; the positions are then those in this list.
        """
        found = (self._vocabulary.find(term) for term in search_terms(text, self._segmenter))
        terms = [term for term in found if term is not None]
        if not terms:
            return []
        scores = self._index.get_scores_from_ids(terms)
        if among is not None:
            scores = scores[among]
        return [(int(i), float(scores[i])) for i in best_places(scores, n) if scores[i] > 0]


@dataclass(frozen=True)
class PartOfKeywordIndex:
    """The index of some chunks of a corpus. How rare a word is, is counted over the whole corpus."""

    whole: KeywordIndex
    positions: NDArray[np.int64]
    """The positions of the chunks in the whole corpus, in ascending order."""

    def query(self, text: str, n: int) -> list[tuple[int, float]]:
        """As KeywordIndex.query; a position is the index of a chunk among these."""
        return self.whole.query(text, n, self.positions)


def terms_of(
    chunks: Sequence[Chunk], segmenter: Segmenter, contexts: Sequence[str] = ()
) -> Iterator[list[str]]:
    """The terms by which each chunk is found, with repeats. contexts: one per chunk, or none at all."""
    texts = map(_read_text, chunks, contexts or repeat(""))
    return (search_terms(text, segmenter) for text in texts)


def _read_text(chunk: Chunk, context: str) -> str:
    text = searched_text(chunk, context)
    return text if context.startswith(chunk.title) else f"{chunk.title}\n{text}"


def retrieve_bm25(
    corpus: SearchableCorpus, queries: Sequence[Query], n: int, *, segmenter: Segmenter = "bigrams"
) -> list[Ranked]:
    """For each query up to n chunks that share a word with it, with their BM25 scores."""
    index = corpus.keyword_index(segmenter)
    return [index.query(q.text, n) for q in queries]
