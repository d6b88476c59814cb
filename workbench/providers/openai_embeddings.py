"""Embedding models behind any OpenAI-compatible address.
Knows nothing about retries, limits or money: one request, one batch of vectors or one ProviderError."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.context_limit import is_too_large_to_embed
from workbench.providers.embedding_server import EmbeddingServer
from workbench.providers.embedding_vectors import WrongCount, WrongVectors, read_vectors
from workbench.providers.failures import explain_error_body, find_error_body
from workbench.providers.reported_usage import read_count
from workbench.providers.token_counts import count
from workbench.providers.types import EmbeddingReply, Usage
from workbench.space.model import Model

# Servers refuse an empty text, and with it all others of the batch.
BLANK = "."


class OpenAIEmbeddings(EmbeddingServer):
    """One embedding model. Vectors are made unit length; their order is the texts'."""

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        """The vectors; a row of NaN for a text that got no usable one, unless none did."""
        started = time.perf_counter()
        sent = [text if text.strip() else BLANK for text in texts]
        body: dict[str, Any] = {"model": self._model.model or "", "input": sent, "encoding_format": "float"}
        if self._model.dimensions is not None:
            body["dimensions"] = self._model.dimensions
        try:
            raw = await self._connection.post("/embeddings", body | dict(self._model.extra_body))
            if (error := find_error_body(raw)) is not None:
                raise explain_error_body(error, self._model, self._connection.key)
        except ProviderError as failure:
            raise of_texts(failure, self._model, len(texts)) from None
        usage, seconds = _read_usage(raw, sent), time.perf_counter() - started
        try:
            vectors = read_vectors(raw, len(texts))
        except WrongVectors as error:
            # With fewer at a time it shows which text has none.
            kind = "batch" if isinstance(error, WrongCount) and len(texts) > 1 else "nonsense"
            raise ProviderError(
                f"{self._model.base_url} replied to a request for embeddings {error}.", kind=kind,
                billed=None if usage.estimated else usage, seconds=seconds,
            ) from None  # fmt: skip
        self._check_dimensions(vectors.shape[1])
        return EmbeddingReply(vectors=vectors, usage=usage, seconds=seconds, compute_seconds=seconds)

    def _check_dimensions(self, dimensions: int) -> None:
        asked = self._model.dimensions
        if asked is not None and dimensions != asked:
            raise ProviderError(
                f"{self._model.base_url} was asked for vectors of {asked:,} dimensions and returned "
                f"{dimensions:,}: it ignores the setting `dimensions`.",
                kind="no_model",
                hint=f"Leave dimensions out on {self._model.name}, or serve a model with shorter vectors.",
            )


def of_texts(failure: ProviderError, model: Model, texts: int, hint: str = "") -> ProviderError:
    """The failure as one of so many texts, where it is one. Servers refuse what is too large by 413, 422, 400
    or 500, in their own words; whether a text is to blame shows when fewer are sent.

    hint: what to do about a text that is too long; "" for what helps with dense embeddings.
    """
    if failure.kind == "context" or (
        failure.kind in ("server", "rejected") and is_too_large_to_embed(failure.message)
    ):
        failure.kind, failure.retryable = "context", False
        failure.hint = hint or (
            f"A text is longer than {model.name} takes: lower chunk_tokens, or serve it with a larger "
            "context and batch (llama.cpp: --ctx-size and --ubatch-size)."
        )
    if texts > 1 and failure.kind in ("rejected", "context"):
        failure.kind = "batch"
    return failure


def _read_usage(raw: Any, texts: Sequence[str]) -> Usage:
    given = raw.get("usage") if isinstance(raw, Mapping) else None
    reported = read_count(given.get("prompt_tokens")) if isinstance(given, Mapping) else None
    tokens = sum(count(text) for text in texts) if reported is None else reported
    return Usage(input=tokens, estimated=reported is None)
