"""Defines the baseline as people write it: the configuration they use today, by the values of the axes.
Knows nothing about the axes of the experiment that it belongs to."""

from __future__ import annotations

from pydantic import FiniteFloat

from workbench.input.checked_model import CheckedModel
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.setting_values import (
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


class Baseline(CheckedModel):
    """A configuration, of which what is left out has the first value of its axis; or one of the systems."""

    system: str | None = None
    """The name of one of the experiment's systems: what runs today, say. Nothing else is then set."""

    prompt: str | Prompt | None = None
    """A prompt of the experiment or of the catalogue by name, or one written out."""
    model: str | Model | None = None
    """The model that answers: one of the experiment or of the catalogue by name, or one written out."""
    embedding: str | Model | None = None
    """The embedding model, likewise."""
    second_embedding: str | Model | None = None
    """The second embedding model, likewise."""
    sparse_embedding: str | Model | None = None
    """The model that makes sparse vectors, likewise."""
    rerank_model: str | Model | None = None
    """The model that its reranker asks, likewise."""
    splitter: SplitterText | None = None
    chunk_tokens: ChunkTokens | None = None
    """The size of chunks in tokens."""
    chunk_overlap: ChunkOverlap | None = None
    """How many tokens neighbouring chunks share."""
    retriever: RetrieverText | None = None
    top_k: TopK | None = None
    """How many passages the prompt gets."""
    rerank: RerankerText | None = None
    query: QueryText | None = None
    """The query transform."""
    context: ContextText | None = None
    """What is put before a chunk when it is embedded and searched."""
    fusion: FusionText | None = None
    filter: FilterText | None = None
    candidates: Candidates | None = None
    """How many of the top chunks are reranked."""
    returns: ReturnsText | None = None
    """What the prompt gets of a chunk that was found."""
    min_score: FiniteFloat | None = None
    """The minimum score of a passage that the prompt gets."""
    near_duplicates: NearDuplicates | None = None
    passage_tokens: PassageTokens | None = None
    """The most tokens of all passages together."""
    examples: Examples | None = None
    """How many question-answer pairs the prompt gets."""

    @property
    def models(self) -> list[Model]:
        """The models that it names and that are resolved already."""
        named = (
            self.model, self.embedding, self.second_embedding, self.sparse_embedding, self.rerank_model
        )  # fmt: skip
        return [m for m in named if isinstance(m, Model)]
