"""Defines the baseline as people write it: the configuration they use today, by the values of the axes.
Knows nothing about the axes of the experiment that it belongs to."""

from __future__ import annotations

from workbench.input.checked_model import CheckedModel
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import (
    ChunkOverlap,
    ChunkTokens,
    QueryText,
    RerankerText,
    RetrieverText,
    SplitterText,
    TopK,
)


class Baseline(CheckedModel):
    """A configuration; what is left out has the first value of its axis."""

    prompt: str | Prompt | None = None
    """A prompt of the experiment or of the catalogue by name, or one written out."""
    model: str | Model | None = None
    """The model that answers: one of the experiment or of the catalogue by name, or one written out."""
    embedding: str | Model | None = None
    """The embedding model, likewise."""
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

    @property
    def models(self) -> list[Model]:
        """The models that it names and that are resolved already."""
        return [m for m in (self.model, self.embedding) if isinstance(m, Model)]
