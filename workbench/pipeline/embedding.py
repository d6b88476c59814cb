"""Embeds texts: vectors that are stored come from the cache, the others from the model in concurrent batches.
Knows nothing about chunks, rate limits or costs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from workbench.errors import ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import Asker, Kind
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.vector_cache import VectorCache
from workbench.providers.types import Vectors
from workbench.space.model import Model

BATCH = 64
"""Texts per request, where the server takes so many."""


async def embed_texts(
    asker: Asker,
    model: Model,
    texts: Sequence[str],
    cache: VectorCache,
    *,
    kind: Kind,
    reuse: bool = True,
    observer: Observer = UNOBSERVED,
) -> Vectors:
    """Unit vectors [n, d] in the order of the texts; only distinct texts that are not stored are embedded.

    As many batches are in flight as the model's `limits.concurrency` allows; an embedded model, which shares
    this machine's processors, gets one at a time. Each batch is stored as it arrives, so after an
    interruption at most those in flight are repeated. A batch that the server refuses is sent again in
    halves, and the later ones are no larger. Work that grows with the number of texts runs in threads.

    reuse: whether stored vectors are used.
    observer: is told how many texts are to come and how many are done.

    Raises ProviderError for the first batch that fails, once the others in flight have been stored; for a
    refused one, when a single text is refused.
    """
    identity = await asyncio.to_thread(fingerprints.model, model)  # reads an embedded model's files
    vectors, missing = await asyncio.to_thread(_look_up, cache if reuse else None, identity, texts)
    observer.expect("embed", len(vectors) + len(missing))
    observer.note("embed", len(vectors), reused=len(vectors))
    batches = _Batches(missing)
    width = len(next(iter(vectors.values()))) if vectors else None

    async def embed_batch(batch: Sequence[str]) -> None:
        nonlocal width
        try:
            reply = await asker.embed(model, batch, kind=kind)
        except ProviderError as error:
            if len(batch) == 1 or error.kind != "batch":
                raise
            batches.size = min(batches.size, len(batch) // 2)
            batches.put_back(batch)
            return
        unit = _checked(reply.vectors, len(batch), width)
        width = unit.shape[1]
        await asyncio.to_thread(cache.keep, identity, batch, unit)
        vectors.update(zip(batch, unit, strict=True))
        observer.note("embed", len(batch))

    async def embed_batches() -> None:
        try:
            while batch := batches.take():
                await embed_batch(batch)
        finally:
            batches.close()  # after a failure no further batch is started

    concurrency = 1 if model.embedded else model.limits.concurrency
    await gather_all([embed_batches() for _ in range(min(concurrency, -(-len(missing) // BATCH)))])
    return await asyncio.to_thread(_in_order, texts, vectors, width or 0)


def _look_up(
    cache: VectorCache | None, identity: str, texts: Sequence[str]
) -> tuple[dict[str, Vectors], list[str]]:
    """(stored vectors by text, distinct texts that are not stored)."""
    stored = cache.find(identity, texts) if cache is not None else {}
    return stored, [text for text in dict.fromkeys(texts) if text not in stored]


class _Batches:
    """Texts that are taken batch by batch, by several workers."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = deque(texts)
        self.size = BATCH
        """Texts of the next batch at most."""

    def take(self) -> list[str]:
        """The next texts; none when all are taken."""
        return [self._texts.popleft() for _ in range(min(self.size, len(self._texts)))]

    def put_back(self, batch: Sequence[str]) -> None:
        """Let the texts be taken again, before all others."""
        self._texts.extendleft(reversed(batch))

    def close(self) -> None:
        """Let nobody take more."""
        self.size = 0


def _checked(vectors: Vectors, texts: int, dimensions: int | None) -> Vectors:
    """A server's vectors, scaled to unit length. Raises ProviderError unless there is one per text, all of
    the same width and finite."""
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != texts or (dimensions and vectors.shape[1] != dimensions):
        raise ProviderError(
            f"The embedding model returned vectors of shape {vectors.shape} for {texts} texts.",
            kind="nonsense",
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or (norms == 0).any():
        raise ProviderError(
            "The embedding model returned vectors that are zero or not finite.", kind="nonsense"
        )
    unit: Vectors = vectors / norms
    return unit


def _in_order(texts: Sequence[str], vectors: Mapping[str, Vectors], width: int) -> Vectors:
    rows = np.empty((len(texts), width), dtype=np.float32)
    for row, text in enumerate(texts):
        rows[row] = vectors[text]
    return rows
