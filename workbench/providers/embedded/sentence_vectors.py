"""Sentence vectors, remembered: the same passages come back with every prompt that is tried.
Knows nothing about what the vectors are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.providers.embedded.encoder import EmbeddedEncoder
from workbench.providers.embedded.recent import Recent
from workbench.providers.types import Vectors


class SentenceVectors:
    """An encoder with a memory by text: 1.5 KB a sentence, 30 MB when full. Safe between threads."""

    def __init__(self, encoder: EmbeddedEncoder, size: int = 20_000) -> None:
        self._encoder = encoder
        self._memory: Recent[str, Vectors] = Recent(size)

    def encode(self, texts: Sequence[str], *, remember: bool = True) -> Vectors:
        """Unit vectors, float32 [len(texts), 384]; only texts not seen lately are encoded."""
        found = {text: self._memory.find(text) for text in texts}
        missing = [text for text, vector in found.items() if vector is None]
        for text, vector in zip(missing, self._encoder.encode(missing), strict=True):
            found[text] = vector
            if remember:
                self._memory.keep(text, vector)
        rows = [vector for text in texts if (vector := found[text]) is not None]
        return np.stack(rows) if rows else np.zeros((0, self._encoder.dimensions), dtype=np.float32)
