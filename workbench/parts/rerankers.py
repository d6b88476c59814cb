"""Lists the built-in rerankers.
Knows nothing about how they reorder: pipeline/ does, in one file per reranker."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import PartSettings, Reranker


class MmrSettings(PartSettings):
    balance: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Weight of relevance against variety: 1 is relevance alone",
    )


class LlmSettings(PartSettings):
    candidates: int = Field(20, ge=2, le=50, description="Number of passages that the model ranks")


RERANKERS = (
    Reranker(
        name="none",
        label="None",
        help="Keeps the retriever's order.",
        function=None,
    ),
    Reranker(
        name="mmr",
        label="MMR (diversity)",
        help="Maximal marginal relevance: prefers passages that are similar to the question and unlike "
        "those already selected.",
        function="workbench.pipeline.mmr:rerank_mmr",
        settings=MmrSettings,
        needs_vectors=True,
        first_stays_with="dense",
    ),
    Reranker(
        name="llm",
        label="LLM reranker",
        help="`rerank_model` orders the first passages by how much they help to answer the question.",
        function="workbench.pipeline.llm_rerank:rerank_llm",
        settings=LlmSettings,
        version=2,
        calls=1,
        passages_read=lambda settings: int(settings.candidates),
    ),
    Reranker(
        name="cross_encoder",
        label="Cross-encoder",
        help="`rerank_model`, one of kind reranker, scores each of the first passages together with the "
        "question.",
        function="workbench.pipeline.cross_encoder:rerank_cross_encoder",
        calls=1,
        model_kind="reranker",
        passages_read=lambda settings: 20,
    ),
)
DEFAULT_RERANKER = "none"
MOST_CANDIDATES = 50
"""How many passages are retrieved, and so may be reranked."""
