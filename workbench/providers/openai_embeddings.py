"""Embedding models behind any OpenAI-compatible address, through the openai SDK.
Knows nothing about retries, limits or money: one request, one batch of vectors or one ProviderError."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np

from workbench.errors import ProviderError
from workbench.providers.failures import explain_error_body, explain_failure, find_error_body
from workbench.providers.http_client import open_client
from workbench.providers.reported_usage import is_count
from workbench.providers.token_counts import count
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import EmbeddingReply, Usage
from workbench.space.model import Model


class OpenAIEmbeddings:
    """One embedding model. Vectors are made unit length; their order is the texts'."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._model = model
        self._client, self._key = open_client(model, trust)

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    @property
    def max_tokens(self) -> int | None:
        return self._model.context_window

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        started = time.perf_counter()
        try:
            response = await self._client.embeddings.with_raw_response.create(
                model=self._model.model or "", input=list(texts), encoding_format="float",
                extra_body=dict(self._model.extra_body) or None,
            )  # fmt: skip
            raw = json.loads(response.content)
        except Exception as error:
            raise _of_batch(explain_failure(error, self._model, self._key), texts) from None
        if (body := find_error_body(raw)) is not None:
            raise _of_batch(explain_error_body(body, self._model, self._key), texts)
        try:
            rows = sorted(raw["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
            if vectors.ndim != 2 or len(vectors) != len(texts):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise ProviderError(
                f"{self._model.base_url} replied, but not with one vector per text.", kind="nonsense",
                retryable=True,
            ) from None  # fmt: skip
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or (norms == 0).any():
            raise ProviderError(
                f"{self._model.name} returned vectors of length zero, or with values that are not numbers.",
                kind="nonsense",
            )
        given = raw.get("usage")
        known = isinstance(given, dict) and is_count(given.get("prompt_tokens"))
        tokens = int(given["prompt_tokens"]) if known else sum(count(t) for t in texts)
        seconds = time.perf_counter() - started
        return EmbeddingReply(
            vectors=vectors / norms,
            usage=Usage(input=tokens, estimated=not known),
            seconds=seconds,
            compute_seconds=seconds,
        )

    async def close(self) -> None:
        await self._client.close()


def _of_batch(failure: ProviderError, texts: Sequence[str]) -> ProviderError:
    """Servers refuse a batch that is too large by 413, 422 or 400, each in words of its own: whether the
    texts themselves are to blame shows when fewer are sent."""
    if len(texts) > 1 and failure.kind in ("rejected", "context"):
        failure.kind = "batch"
    return failure
