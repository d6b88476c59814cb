"""Requests for reranking, in the dialects of the servers that people use: how they are checked, and the replies.
Knows nothing about HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.protocol_server.limits import Invalid, check_model, words

if TYPE_CHECKING:
    from tests.protocol_server.server import ProtocolServer

MODEL = "test-rerank"
"""What a server that reranks serves beside its models."""

Rows = list[dict[str, Any]]
"""One per passage, in the order of the request: index and score."""


def relevance(query: str, text: str) -> float:
    """The share of the question's words that the passage has, in [0, 1]."""
    asked = set(words(query))
    return round(len(asked & set(words(text))) / max(1, len(asked)), 4)


@dataclass(frozen=True)
class Dialect:
    """How one server's /rerank is asked and replies."""

    paths: tuple[str, ...]
    """Where the page is."""
    keys: frozenset[str]
    """What a request may have."""
    reply: Callable[[Rows, int], Any]
    """(rows, tokens) → the reply."""
    texts: str = "documents"
    """What the passages are called."""
    sorted: bool = True
    """Whether the best comes first."""
    raw: bool = False
    """Whether scores are raw logits in place of probabilities."""
    missing: str = "missing required field"
    """What it says of a request without passages."""


def _named(rows: Rows, score: str) -> Rows:
    return [{"index": row["index"], score: row["score"]} for row in rows]


def _cohere(rows: Rows, tokens: int) -> Any:
    units = {"billed_units": {"search_units": 1}, "api_version": {"version": "2"}}
    return {"id": "r", "results": _named(rows, "relevance_score"), "meta": units}


def _jina(rows: Rows, tokens: int) -> Any:
    usage = {"total_tokens": tokens, "prompt_tokens": tokens}
    return {"model": "m", "object": "list", "usage": usage, "results": _named(rows, "relevance_score")}


def _voyage(rows: Rows, tokens: int) -> Any:
    return {"object": "list", "data": _named(rows, "relevance_score"), "usage": {"total_tokens": tokens}}


def _tei(rows: Rows, tokens: int) -> Any:
    return _named(rows, "score")


OPENAI_LIKE = frozenset(("model", "query", "documents", "top_n", "return_documents"))
DIALECTS = {
    "cohere v1": Dialect(("/v1/rerank",), OPENAI_LIKE | {"max_chunks_per_doc"}, _cohere),
    "cohere v2": Dialect(("/v2/rerank",), OPENAI_LIKE - {"return_documents"}, _cohere),
    "jina": Dialect(("/v1/rerank",), OPENAI_LIKE, _jina),
    "voyage": Dialect(("/v1/rerank",), frozenset(("model", "query", "documents", "top_k", "truncation")), _voyage),
    "vllm": Dialect(("/rerank", "/v1/rerank", "/v2/rerank"), OPENAI_LIKE, _jina),
    "tei": Dialect(
        ("/rerank",), frozenset(("query", "texts", "raw_scores", "return_text", "truncate", "model")), _tei, "texts",
        missing="Failed to deserialize the JSON body into the target type: missing field `texts`",
    ),
    "llama.cpp": Dialect(("/rerank", "/v1/rerank", "/reranking"), OPENAI_LIKE, _jina, sorted=False, raw=True),
    "localai": Dialect(("/v1/rerank",), OPENAI_LIKE, _jina),
}  # fmt: skip


def check_rerank(server: ProtocolServer, dialect: Dialect, body: dict[str, Any]) -> None:
    if dialect.texts not in body:
        raise Invalid(dialect.missing, 422)
    unknown = set(body) - dialect.keys
    if unknown:
        raise Invalid(f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}")
    if dialect.texts == "documents" and body.get("model") != MODEL:
        check_model(server, body)
    given = body[dialect.texts]
    if not isinstance(given, list) or not given or not all(isinstance(t, str) and t for t in given):
        raise Invalid(f"'{dialect.texts}' must be a non-empty list of non-empty strings", 422)
    if server.most_texts is not None and len(given) > server.most_texts:
        raise Invalid(f"batch size {len(given)} > maximum allowed batch size {server.most_texts}", 422)
    longest = max(len(words(text)) for text in given)
    if server.context_tokens is not None and longest > server.context_tokens and not body.get("truncate"):
        limit = server.context_tokens
        raise Invalid(
            f"Input validation error: `inputs` must have less than {limit} tokens. Given: {longest}", 413
        )


def rerank_reply(server: ProtocolServer, dialect: Dialect, body: dict[str, Any]) -> Any:
    query, texts = body["query"], body[dialect.texts]
    rows = [{"index": n, "score": server.relevance(query, text)} for n, text in enumerate(texts)]
    if dialect.raw:
        for row in rows:
            odds = min(0.999, max(0.001, row["score"]))
            row["score"] = round(math.log(odds / (1 - odds)), 4)
    if dialect.sorted:
        rows.sort(key=lambda row: -row["score"])
    return dialect.reply(rows, sum(len(words(query)) + len(words(text)) for text in texts))
