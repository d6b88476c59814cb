"""Lists the prefixes that families of embedding models are trained with, as their makers state them.
Knows nothing about sending them: they are suggested, and a model has those that its description sets."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TASK = "Given a web search query, retrieve relevant passages that answer the query"
_REPRESENT = "Represent this sentence for searching relevant passages: "


@dataclass(frozen=True)
class Prefixes:
    """What a family of models wants to read before texts."""

    query: str
    """Before a question."""
    document: str = ""
    """Before a passage."""


# The first that matches a served name counts.
_FAMILIES: tuple[tuple[str, Prefixes], ...] = (
    (r"qwen3-embedding", Prefixes(f"Instruct: {_TASK}\nQuery:")),
    (r"gte-qwen\d|e5-.*instruct|e5-mistral", Prefixes(f"Instruct: {_TASK}\nQuery: ")),
    (r"(?:^|[/_-])e5-", Prefixes("query: ", "passage: ")),
    (r"bge-(?:small|base|large)-zh", Prefixes("为这个句子生成表示以用于检索相关文章：")),
    (r"bge-(?:small|base|large)(?!-reranker)|mxbai-embed|arctic-embed(?!.*v2)", Prefixes(_REPRESENT)),
    (r"arctic-embed", Prefixes("query: ")),
    (r"nomic-embed-text", Prefixes("search_query: ", "search_document: ")),
    (r"embedding-?gemma", Prefixes("task: search result | query: ", "title: none | text: ")),
)


def find_prefixes(served_name: str | None) -> Prefixes | None:
    """Return the prefixes of a model's family; None for one that is not known or wants none."""
    name = (served_name or "").lower()
    return next((prefixes for pattern, prefixes in _FAMILIES if re.search(pattern, name)), None)
