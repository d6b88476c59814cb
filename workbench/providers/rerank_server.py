"""Rerankers behind an address: the `/rerank` of Cohere, Jina, Voyage, vLLM, TEI, llama.cpp and LocalAI.
Knows nothing about retries, limits or money: one request, one set of scores or one ProviderError.

The dialects differ in where the page is and in whether the passages are called `documents` or `texts`. Both
are found with the first request: the addresses are tried in turn, and a server that misses `texts` gets them.
What was answered is remembered. Never sent: `top_n`, so that every passage gets a score.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any, Literal

from workbench.errors import ProviderError
from workbench.providers.connection import Connection
from workbench.providers.context_limit import is_too_large_to_embed
from workbench.providers.failures import explain_error_body, find_error_body
from workbench.providers.page_addresses import ask_page
from workbench.providers.rerank_scores import WrongScores, read_rerank_usage, read_scores
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import RerankReply, RerankRequest
from workbench.space.model import Model

PAGE = "rerank"
BLANK = "."  # servers refuse an empty text, and with it all others
# What servers say that run without a reranking model: llama.cpp (501), vLLM, TEI, Infinity.
_NO_RERANKER = re.compile(
    r"(?:not|n['’]t) support\b[^.]{0,40}\b(?:rerank|score)|not a re-?rank|re-?rank\w*\b[^.]{0,40}\bnot "
    r"(?:supported|enabled|available)",
    re.I,
)


@dataclass(frozen=True)
class Form:
    """How a server wants to be asked."""

    address: str
    """Of the page that ranks."""
    texts: Literal["documents", "texts"]
    """What it calls the passages."""


class RerankServer:
    """One reranker. Raises as Connection does."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._model = model
        self._connection = Connection(model, trust)
        self.form: Form | None = None
        """How the server wants to be asked; None before it has answered."""

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    async def rerank(self, request: RerankRequest) -> RerankReply:
        """The scores as the server gives them: probabilities or raw ones, in the order of the passages."""
        started = time.perf_counter()
        sent = RerankRequest(request.query, tuple(text if text.strip() else BLANK for text in request.texts))
        try:
            raw = await self._ask(sent)
        except ProviderError as failure:
            raise self._explained(failure, len(sent.texts)) from None
        usage, seconds = read_rerank_usage(raw, sent.query, sent.texts), time.perf_counter() - started
        try:
            scores = read_scores(raw, len(sent.texts))
        except WrongScores as error:
            raise ProviderError(
                f"{self._model.base_url} replied to a request for reranking {error}.", kind="nonsense",
                billed=None if usage.estimated else usage, seconds=seconds,
            ) from None  # fmt: skip
        return RerankReply(scores, usage, seconds, compute_seconds=seconds)

    async def _ask(self, request: RerankRequest) -> Any:
        if self.form is not None:
            return await self._post(self.form, request)
        _, (self.form, raw) = await ask_page(
            str(self._model.base_url),
            PAGE,
            lambda address: self._try(address, request),
            does="reranks",
            hint="Write the address below which its /rerank is. A server of chat or embedding models may "
            "have none: serve a reranking model (llama.cpp: --reranking).",
        )
        return raw

    async def _try(self, address: str, request: RerankRequest) -> tuple[Form, Any]:
        """The reply at this address, and the form that it takes."""
        form = Form(address, "documents")
        try:
            return form, await self._post(form, request)
        except ProviderError as error:
            if error.status not in (400, 422) or "texts" not in error.words:
                raise
        form = Form(address, "texts")
        return form, await self._post(form, request)

    def _explained(self, failure: ProviderError, passages: int) -> ProviderError:
        """The failure in terms of reranking: no reranker there, a passage too long, too many passages."""
        if _NO_RERANKER.search(failure.words):
            return ProviderError(
                f"{self._model.base_url} does not rerank: {failure.words}",
                kind="no_model",
                hint="Serve a reranking model there (llama.cpp: --reranking; vLLM: a cross-encoder).",
            )
        if failure.kind == "context" or (
            failure.kind in ("server", "rejected") and is_too_large_to_embed(failure.words)
        ):
            failure.kind, failure.retryable = "context", False
            failure.hint = f"A passage is longer than {self._model.name} takes: lower chunk_tokens."
        if passages > 1 and failure.kind in ("context", "rejected"):
            failure.kind = "batch"
        return failure

    async def _post(self, form: Form, request: RerankRequest) -> Any:
        body: dict[str, Any] = {
            "model": self._model.model,
            "query": request.query,
            form.texts: list(request.texts),
        }
        if form.texts == "texts":  # TEI: it may refuse a longer passage otherwise, and knows no model's name
            body["truncate"] = True
        raw = await self._connection.post(form.address, body | dict(self._model.extra_body))
        if (error := find_error_body(raw)) is not None:
            raise explain_error_body(error, self._model, self._connection.key)
        return raw

    async def close(self) -> None:
        await self._connection.close()
