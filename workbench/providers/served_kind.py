"""Tells whether a model in a server's list answers, embeds (densely or sparsely) or reranks.
Knows nothing about asking a server: rows of its list and names come in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

ServedKind = Literal["chat", "embedding", "sparse_embedding", "reranker"]

# The fields in which servers say it: LM Studio and Together (`type`), LiteLLM (`mode`), vLLM (`task`), Ollama
# and llama.cpp (`capabilities`), OpenRouter (`architecture.output_modalities`).
_FIELDS = ("type", "mode", "task", "capabilities", "output_modalities")
_EMBEDDING_WORDS = frozenset(("embed", "embedding", "embeddings", "text-embedding"))
_RERANKING_WORDS = frozenset(("rerank", "reranker", "reranking", "score", "text-ranking"))
_CHAT_WORDS = frozenset(("llm", "vlm", "chat", "completion", "generate", "language", "text"))
_RERANKER_NAME = re.compile(r"re-?rank|cross-?encoder|(?:^|[/:_-])ms-marco(?:[._:-]|$)", re.IGNORECASE)
# Not those that embed questions alone or passages alone: one model is asked for both.
_SPARSE_NAME = re.compile(
    r"(?:splade|sparse-?encod|neural-sparse)(?!.*[-_](?:doc|query)(?![a-z]))", re.IGNORECASE
)
# Families of embedding models whose names do not all hold "embed".
_EMBEDDING_NAME = re.compile(
    r"embed|(?:^|[/:_-])(?:bge|gte|e5|minilm|paraphrase|labse|stella|sentence-t5|voyage)(?:[._:-]|$)",
    re.IGNORECASE,
)


def kind_of_row(row: Mapping[str, Any], name: str) -> ServedKind:
    """Return the kind that the row states; where it states none, the one that the name suggests."""
    words = set(_words(row))
    if words & _RERANKING_WORDS or (_RERANKER_NAME.search(name) and not words & _CHAT_WORDS):
        return "reranker"
    if _SPARSE_NAME.search(name) and not words & _CHAT_WORDS:
        return "sparse_embedding"
    if words & _EMBEDDING_WORDS:
        return "embedding"
    if words & _CHAT_WORDS:
        return "chat"
    return "embedding" if _EMBEDDING_NAME.search(name) else "chat"


def _words(row: Mapping[str, Any]) -> list[str]:
    architecture = row.get("architecture")
    words: list[str] = []
    for place in (row, architecture if isinstance(architecture, Mapping) else {}):
        for field in _FIELDS:
            value = place.get(field)
            values = value if isinstance(value, list) else [value]
            words.extend(v.lower() for v in values if isinstance(v, str))
    return words
