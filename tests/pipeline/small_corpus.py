"""Thirty documents, a dense search of them, and vectors that are made up from texts.
Knows nothing about what is tested."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

import numpy as np

from benchmarks.event_loop import EMBEDDING, MadeUpVectors
from workbench.corpus.types import Document
from workbench.pipeline.asker import EmbeddedTexts, Kind
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

DENSE = Retrieval(
    splitter="sentence",
    chunk_tokens=16,
    chunk_overlap=0,
    retriever="dense",
    embedding=EMBEDDING,
    rerank="mmr",
)
DOCUMENTS = [
    Document(
        f"{n:02}.txt", f"Title {n}", "\n\n".join(f"Text {n % 7} of part {m % 3}." for m in range(9)), "text"
    )
    for n in range(30)
]


class VectorsByText(MadeUpVectors):
    """Gives equal texts equal vectors; ends the program, or fails, after so many batches."""

    def __init__(self, most: int | None = None) -> None:
        self.texts = 0
        self._left = most

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: object = None
    ) -> EmbeddedTexts:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                os._exit(9)
        self.texts += len(texts)
        return EmbeddedTexts(np.stack([vector_of(text) for text in texts]), 0.0, 0.0)


def vector_of(text: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).normal(size=8).astype(np.float32)
