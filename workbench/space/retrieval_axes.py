"""Defines the retrieval settings that an experiment varies: for each setting its alternatives.
Knows nothing about which combinations are tried: search_space.py does that."""

from __future__ import annotations

from typing import Any

from pydantic import FiniteFloat, field_validator

from workbench.input.checked_model import CheckedModel
from workbench.parts.choice import Choice, choose
from workbench.parts.chunk_contexts import DEFAULT_CONTEXT
from workbench.parts.filters import DEFAULT_FILTER
from workbench.parts.fusions import DEFAULT_FUSION
from workbench.parts.part import Reranker, Retriever
from workbench.parts.query_transforms import DEFAULT_QUERY_TRANSFORM
from workbench.parts.registry import AnyPart
from workbench.parts.rerankers import DEFAULT_RERANKER, MOST_CANDIDATES
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, PART_AXES, RETRIEVAL_AXES, SETTING_BY_NAME
from workbench.parts.retrievers import DEFAULT_RETRIEVER
from workbench.parts.returns import DEFAULT_RETURNS
from workbench.parts.splitters import DEFAULT_SPLITTER
from workbench.space.asked_models import asks_model
from workbench.space.model import Model
from workbench.space.setting_values import (
    Axis,
    Candidates,
    ChunkOverlap,
    ChunkTokens,
    ContextText,
    Examples,
    FilterText,
    FusionText,
    NearDuplicates,
    PassageTokens,
    QueryText,
    RerankerText,
    RetrieverText,
    ReturnsText,
    SplitterText,
    TopK,
)


class RetrievalAxes(CheckedModel):
    """The retrieval settings that an experiment varies. Each list is an axis; one value needs no list."""

    splitter: Axis[SplitterText] = [DEFAULT_SPLITTER]
    chunk_tokens: Axis[ChunkTokens] = [256]
    chunk_overlap: Axis[ChunkOverlap] = [16]
    context: Axis[ContextText] = [DEFAULT_CONTEXT]
    embedding: Axis[str | Model] = [DEFAULT_EMBEDDING]
    second_embedding: Axis[str | Model | None] = [None]
    retriever: Axis[RetrieverText] = [DEFAULT_RETRIEVER]
    sparse_embedding: Axis[str | Model | None] = [None]
    """The models that make sparse vectors, for the retrievers that compare them."""
    fusion: Axis[FusionText] = [DEFAULT_FUSION]
    filter: Axis[FilterText] = [DEFAULT_FILTER]
    top_k: Axis[TopK] = [4]
    rerank: Axis[RerankerText] = [DEFAULT_RERANKER]
    rerank_model: Axis[str | Model | None] = [None]
    """The models that rerankers ask. A reranker is combined with those of the kind that it asks."""
    candidates: Axis[Candidates | None] = [None]
    query: Axis[QueryText] = [DEFAULT_QUERY_TRANSFORM]
    returns: Axis[ReturnsText] = [DEFAULT_RETURNS]
    min_score: Axis[FiniteFloat | None] = [None]
    near_duplicates: Axis[NearDuplicates] = ["keep"]
    passage_tokens: Axis[PassageTokens | None] = [None]
    examples: Axis[Examples] = [0]
    context_model: str | Model | None = None
    """The chat model that writes the chunks' context, for all values of `context`."""
    query_model: str | Model | None = None
    """The chat model that query transforms and filters ask, for all values of `query` and `filter`."""

    @field_validator("embedding", "second_embedding", mode="before")
    @classmethod
    def _embeds(cls, value: Any) -> Any:
        """A class or function from outside embeds here without saying so."""
        values = value if isinstance(value, list) else [value]
        return [
            {"kind": "embedding", **v} if isinstance(v, dict) and ("llamaindex" in v or "python" in v) else v
            for v in values
        ]

    @field_validator(*RETRIEVAL_AXES, mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]

    def choices(self, axis: str, kind: type[AnyPart]) -> list[Choice[AnyPart]]:
        """The parts on an axis, with their settings. Raises ExperimentError as `choose` does."""
        return [choose(kind, text) for text in getattr(self, axis)]

    @property
    def use_second_vectors(self) -> bool:
        """Whether any retriever on the axes searches the vectors of a second embedding."""
        return any(c.part.second_vectors for c in self.choices("retriever", Retriever))

    @property
    def use_vectors(self) -> bool:
        """Whether any retriever or reranker on the axes compares vectors."""
        retrievers, rerankers = self.choices("retriever", Retriever), self.choices("rerank", Reranker)
        return any(c.part.needs_vectors for c in retrievers) or any(c.part.needs_vectors for c in rerankers)

    def candidates_of(self, reranker: Choice[Reranker]) -> int:
        """The most passages that a reranker on the axis gets."""
        if reranker.part.arranges:
            return max(self.top_k)
        usual = reranker.part.passages_read(reranker.settings) or MOST_CANDIDATES
        return max(usual if number is None else number for number in self.candidates)

    def asking(self, role: str) -> list[str]:
        """The values that ask a model, as they are written.

        role: "query_model", "rerank_model", "sparse_embedding" or "context_model".
        """
        return [
            choice.text
            for axis in SETTING_BY_NAME[role].asked_by
            for choice in self.choices(axis, PART_AXES[axis])
            if asks_model(PART_AXES[axis], choice.text)
        ]

    def models_in(self, role: str) -> list[str | Model]:
        """The models that the file names for a role: "embedding", "rerank_model", …"""
        value = getattr(self, role)
        return [model for model in (value if isinstance(value, list) else [value]) if model is not None]
