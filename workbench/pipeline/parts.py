"""Every splitter, query transform, retriever and reranker by the name that a retrieval setting gives it.
Knows nothing about the order in which the stages use them.

Each kind has one signature; `settings` are the part's own.
    splitter         (text, chunk_tokens, chunk_overlap, **settings) -> spans, in order
    query transform  async (question, context, **settings) -> the text to search for
    retriever        (corpus, queries, n, **settings) -> for each query up to n (chunk position, score)
    reranker         async (question, hits, context, **settings) -> (all hits in a new order, flags)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from workbench.pipeline.bm25 import retrieve_bm25
from workbench.pipeline.dense import retrieve_dense
from workbench.pipeline.fusion import retrieve_hybrid
from workbench.pipeline.hyde import transform_hyde
from workbench.pipeline.llm_rerank import rerank_llm
from workbench.pipeline.mmr import rerank_mmr
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.splitters import Span, split_by_markdown, split_by_sentence, split_by_token
from workbench.pipeline.stage_context import RerankContext, TransformContext
from workbench.pipeline.types import Hit

Splitter = Callable[[str, int, int], list[Span]]
QueryTransform = Callable[[str, TransformContext], Awaitable[str]]
Retriever = Callable[[SearchableCorpus, Sequence[Query], int], list[Ranked]]
Reranker = Callable[[str, Sequence[Hit], RerankContext], Awaitable[tuple[list[Hit], tuple[str, ...]]]]

SPLITTERS: dict[str, Splitter] = {
    "sentence": split_by_sentence,
    "token": split_by_token,
    "markdown": split_by_markdown,
}
# These cut along headings: a chunk's title names its section.
SPLIT_BY_SECTION = frozenset({"markdown"})

# "plain" is no transform: the question itself is searched for.
QUERY_TRANSFORMS: dict[str, QueryTransform] = {"hyde": transform_hyde}

RETRIEVERS: dict[str, Retriever] = {
    "dense": retrieve_dense,
    "keyword": retrieve_bm25,
    "hybrid": retrieve_hybrid,
}

# "none" is no reranker: hits stay in the retriever's order.
RERANKERS: dict[str, Reranker] = {"mmr": rerank_mmr, "llm": rerank_llm}
