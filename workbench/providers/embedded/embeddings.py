"""Offers the embedded encoder as an EmbeddingModel that works in a thread and reports its machine time.
Knows nothing about how the encoder works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.machine_seconds import encoding_seconds
from workbench.providers.types import EmbeddingReply, Usage


class EmbeddedEmbeddings:
    """The embedding model `embedded/minilm`.

    A reply's compute_seconds follow from its tokens: the clock's are other ones on a busy machine.
    """

    @property
    def identity(self) -> str:
        return shared_encoder().identity

    @property
    def max_tokens(self) -> int | None:
        return shared_encoder().max_tokens

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        return await asyncio.to_thread(self._embed, texts)

    @staticmethod
    def _embed(texts: Sequence[str]) -> EmbeddingReply:
        encoder = shared_encoder()
        started = time.perf_counter()
        vectors = encoder.encode(texts)
        seconds = time.perf_counter() - started
        tokens = sum(encoder.count_many(texts))
        return EmbeddingReply(
            vectors=vectors,
            usage=Usage(input=tokens),
            seconds=seconds,
            compute_seconds=encoding_seconds(tokens),
            too_long=tuple(encoder.too_long(texts)),
        )

    async def close(self) -> None:
        """Nothing to close: the encoder is shared by the process."""
