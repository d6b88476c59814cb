"""Restricts a searchable corpus to the chunks whose documents or rows meet a condition on metadata.
Knows nothing about how a condition was found. Retrievers search the result as they search any corpus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.lru_cache import LruCache
from workbench.pipeline.metadata_index import Allowed, MetadataIndex, key_of
from workbench.pipeline.searchable import SearchableCorpus

MOST_KEPT = 4
"""How many restricted corpora are kept: each may have a copy of its vectors."""


class SubCorpora:
    """The restricted corpora of the corpus that was searched last. Safe for threads."""

    def __init__(self, metadata: MetadataIndex) -> None:
        self._metadata = metadata
        self._last: tuple[SearchableCorpus, NDArray[np.int64], NDArray[np.int64]] | None = None
        self._made: LruCache[tuple[int, str], SearchableCorpus] = LruCache(MOST_KEPT)

    def within(self, corpus: SearchableCorpus, allowed: Allowed) -> SearchableCorpus:
        """The corpus of the chunks that lie in an allowed piece, in part at least."""
        last = self._last
        if last is None or last[0] is not corpus:
            self._made.clear()
            last = self._last = (corpus, *self._metadata.chunks_within(corpus.chunks))
        key = (id(corpus), key_of(allowed))
        made = self._made.find(key)
        if made is None or made is not corpus and made.part_of and made.part_of[0] is not corpus:
            before = np.concatenate(([0], np.cumsum(allowed)))
            positions = np.flatnonzero(before[last[2]] > before[last[1]])
            made = corpus if len(positions) == len(corpus.chunks) else corpus.within(positions)
            self._made.keep(key, made)
        return made
