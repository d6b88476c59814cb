"""Sparse embedding models behind an address: the `/embed_sparse` of text-embeddings-inference (TEI).
Knows nothing about retries, limits or money: one request, one batch of vectors or one ProviderError.

The page is below the address or, where that ends in a version, beside it. The addresses are tried in turn
with the first request, and what answered is remembered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.embedding_server import EmbeddingServer
from workbench.providers.embedding_vectors import WrongCount, WrongVectors
from workbench.providers.failures import explain_error_body, find_error_body
from workbench.providers.openai_embeddings import BLANK, of_texts
from workbench.providers.page_addresses import ask_page
from workbench.providers.sparse_vectors import read_sparse_vectors
from workbench.providers.token_counts import count
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import EmbeddingReply, Usage
from workbench.space.model import Model

PAGE = "embed_sparse"
# What TEI says (424) when its model is another: no SPLADE model, or no embedding model at all.
_NO_SPLADE = re.compile(r"\bSPLADE\b|not an embedding model", re.I)
SERVE_SPLADE = (
    "text-embeddings-inference has this page when it serves a SPLADE model with --pooling splade, such as "
    "prithivida/Splade_PP_en_v1. It must be one model for questions and passages."
)


class SparseServer(EmbeddingServer):
    """One sparse embedding model. Raises as Connection does."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        super().__init__(model, trust)
        self.address: str | None = None
        """Of the page; None before it has answered."""

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        """SparseVectors [texts]; `sparse_vectors.UNUSABLE` for a text that got no usable one, unless none
        did. The server reads the beginning of a text that is too long for it."""
        started = time.perf_counter()
        sent = [text if text.strip() else BLANK for text in texts]
        try:
            raw = await self._ask(sent)
            if (error := find_error_body(raw)) is not None:
                raise explain_error_body(error, self._model, self._connection.key)
        except ProviderError as failure:
            raise self._explained(failure, len(texts)) from None
        usage = Usage(input=sum(count(text) for text in sent), estimated=True)  # TEI's are in a header
        seconds = time.perf_counter() - started
        try:
            vectors = read_sparse_vectors(raw, len(texts))
        except WrongVectors as error:
            # With fewer at a time it shows which text has none.
            kind = "batch" if isinstance(error, WrongCount) and len(texts) > 1 else "nonsense"
            raise ProviderError(
                f"{self._model.base_url} replied to a request for sparse embeddings {error}.",
                kind=kind,
                seconds=seconds,
            ) from None
        return EmbeddingReply(vectors=vectors, usage=usage, seconds=seconds, compute_seconds=seconds)

    async def _ask(self, texts: list[str]) -> Any:
        if self.address is not None:
            return await self._post(self.address, texts)
        self.address, raw = await ask_page(
            str(self._model.base_url),
            PAGE,
            lambda address: self._post(address, texts),
            does="makes sparse embeddings",
            hint=SERVE_SPLADE,
        )
        return raw

    async def _post(self, address: str, texts: list[str]) -> Any:
        # TEI may refuse a longer text otherwise, and ignores a model's name: that is for a gateway before it.
        body = {"model": self._model.model, "inputs": texts, "truncate": True}
        return await self._connection.post(address, body | dict(self._model.extra_body))

    def _explained(self, failure: ProviderError, texts: int) -> ProviderError:
        """The failure in terms of sparse embeddings: another model there, a text too long, too many texts."""
        if failure.status == 424 and _NO_SPLADE.search(failure.words):
            return ProviderError(
                f"{self._model.base_url} makes no sparse embeddings: {failure.words}",
                kind="no_model",
                hint=SERVE_SPLADE,
            )
        cut = f"A text is longer than {self._model.name} takes, and its server does not cut it"
        return of_texts(failure, self._model, texts, hint=f"{cut}: lower chunk_tokens.")
