"""Caches sentence vectors, because the same passages come back with every prompt that is tried.
Knows nothing about what the vectors are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.lru_cache import LruCache
from workbench.providers.embedded.encoder import EmbeddedEncoder
from workbench.providers.types import Vectors


class SentenceVectors:
    """An encoder with a cache of 1.5 KB per sentence, 30 MB when full. Threads may share it."""

    def __init__(self, encoder: EmbeddedEncoder, size: int = 20_000) -> None:
        self._encoder = encoder
        self._cache: LruCache[str, Vectors] = LruCache(size)

    def encode(self, texts: Sequence[str], *, remember: bool = True) -> Vectors:
        """Unit vectors, float32 [len(texts), 384]. Only texts that are not in the cache are encoded.

        remember: whether to keep the new vectors; False for texts that will not come back.
        """
        vectors = {text: self._cache.find(text) for text in texts}
        missing = [text for text, vector in vectors.items() if vector is None]
        for text, vector in zip(missing, self._encoder.encode(missing), strict=True):
            vectors[text] = vector
            if remember:
                self._cache.keep(text, vector)
        rows = [vector for text in texts if (vector := vectors[text]) is not None]
        return np.stack(rows) if rows else np.zeros((0, self._encoder.dimensions), dtype=np.float32)
