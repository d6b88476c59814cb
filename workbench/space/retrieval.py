"""Defines a retrieval setting, and the axes of alternatives that an experiment varies.
Knows nothing about how a setting is carried out: pipeline/ does that."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Self, TypeVar

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.parts.choice import Choice, choose, split_text, write
from workbench.parts.part import Part, QueryTransform, Reranker, Retriever, Splitter
from workbench.parts.query_transforms import DEFAULT_QUERY_TRANSFORM
from workbench.parts.registry import AnyPart, find_part
from workbench.parts.rerankers import DEFAULT_RERANKER
from workbench.parts.retrievers import DEFAULT_RETRIEVER
from workbench.parts.splitters import DEFAULT_SPLITTER
from workbench.space.model import Model

DEFAULT_EMBEDDING = "embedded/minilm"
MODEL_ROLES = ("embedding", "query_model", "rerank_model")
"""The settings of retrieval that hold a model."""
# The axes whose values are parts, with the kind of each.
PART_AXES: dict[str, type[Part]] = {
    "splitter": Splitter,
    "retriever": Retriever,
    "rerank": Reranker,
    "query": QueryTransform,
}


def _write(kind: type[Part], value: Any) -> str:
    try:
        return write(kind, value)
    except ExperimentError as error:
        raise PydanticCustomError("part", "{what}", {"what": str(error)}) from None


SplitterText = Annotated[str, BeforeValidator(partial(_write, Splitter))]
RetrieverText = Annotated[str, BeforeValidator(partial(_write, Retriever))]
RerankerText = Annotated[str, BeforeValidator(partial(_write, Reranker))]
QueryText = Annotated[str, BeforeValidator(partial(_write, QueryTransform))]

ChunkTokens = Annotated[int, Field(ge=16, le=8192)]
ChunkOverlap = Annotated[int, Field(ge=0)]
TopK = Annotated[int, Field(ge=1, le=50)]
Value = TypeVar("Value")
Axis = Annotated[list[Value], Field(min_length=1)]


class ChunksAllOverlap(ExperimentError):
    """chunk_overlap is not smaller than chunk_tokens."""


class Retrieval(CheckedModel):
    """How passages are found for a question.

    `canonical` sets `embedding`, `query_model` and `rerank_model` to None where the other settings do not use
    them, so that two settings that do the same are equal.
    """

    splitter: SplitterText = DEFAULT_SPLITTER
    chunk_tokens: ChunkTokens = 256
    """The size of chunks, counted with the embedded tokenizer whatever the embedding."""
    chunk_overlap: ChunkOverlap = 16
    """How many tokens neighbouring chunks share, counted likewise."""
    embedding: Model | None = None
    """The embedding model; None where no vectors are used."""
    retriever: RetrieverText = DEFAULT_RETRIEVER
    top_k: TopK = 4
    """How many passages the prompt gets."""
    rerank: RerankerText = DEFAULT_RERANKER
    query: QueryText = DEFAULT_QUERY_TRANSFORM
    """The query transform."""
    query_model: Model | None = None
    """The chat model that the query transform asks; None where it asks none."""
    rerank_model: Model | None = None
    """The chat model that the reranker asks; None where it asks none."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.chunk_overlap >= self.chunk_tokens:
            raise ChunksAllOverlap(
                f"chunk_overlap is {self.chunk_overlap} and chunk_tokens {self.chunk_tokens}: "
                "a chunk must be longer than its overlap."
            )
        if self.query_model is None and asks_model(QueryTransform, self.query):
            raise ExperimentError(f"query: {self.query} needs query_model, the chat model that it asks.")
        if self.query_model is not None and self.query_model.embedded and _rewrites(self.query):
            raise ExperimentError(
                f"query: {self.query} needs a query_model that writes; {self.query_model.name} only quotes "
                "passages.",
                hint="Name a model behind an address, or take query: history, which asks no model.",
            )
        if self.rerank_model is None and asks_model(Reranker, self.rerank):
            raise ExperimentError(f"rerank: {self.rerank} needs rerank_model, the chat model that it asks.")
        return self

    @property
    def splitting(self) -> Choice[Splitter]:
        """The splitter with its settings. Raises ExperimentError as `choose` does."""
        return choose(Splitter, self.splitter)

    @property
    def retrieving(self) -> Choice[Retriever]:
        """The retriever with its settings. Raises ExperimentError as `choose` does."""
        return choose(Retriever, self.retriever)

    @property
    def reranking(self) -> Choice[Reranker]:
        """The reranker with its settings. Raises ExperimentError as `choose` does."""
        return choose(Reranker, self.rerank)

    @property
    def transforming(self) -> Choice[QueryTransform]:
        """The query transform with its settings. Raises ExperimentError as `choose` does."""
        return choose(QueryTransform, self.query)

    @property
    def uses_embedding(self) -> bool:
        """Whether the retriever or the reranker compares vectors."""
        return self.retrieving.part.needs_vectors or self.reranking.part.needs_vectors

    def canonical(self) -> Retrieval:
        """This setting without the models that make no difference to it."""
        return self.model_copy(
            update={
                "embedding": self.embedding if self.uses_embedding else None,
                "query_model": self.query_model if self.transforming.part.calls else None,
                "rerank_model": self.rerank_model if self.reranking.part.calls else None,
            }
        )

    @property
    def content(self) -> dict[str, Any]:
        """What decides which passages the prompt gets; models by identity, not by name."""
        data = self.model_dump(exclude=set(MODEL_ROLES))
        for role in MODEL_ROLES:
            model: Model | None = getattr(self, role)
            data[role] = None if model is None else model.content
        return data

    @property
    def label(self) -> str:
        """The setting in a few words; defaults of `rerank` and `query` are left out."""
        parts = [self.splitter, str(self.chunk_tokens), self.retriever, f"top {self.top_k}"]
        if self.rerank != DEFAULT_RERANKER:
            parts.append(self.rerank)
        if self.query != DEFAULT_QUERY_TRANSFORM:
            parts.append(self.query)
        return " ".join(parts)


def asks_model(kind: type[QueryTransform] | type[Reranker], text: str) -> bool:
    """Whether a part asks a model. A part that can no longer be imported counts as asking none."""
    part = find_part(kind, split_text(text)[0])
    return part is not None and part.calls > 0


def _rewrites(text: str) -> bool:
    """Whether a query transform has a model rewrite follow-up questions."""
    part = find_part(QueryTransform, split_text(text)[0])
    return part is not None and part.calls > 0 and part.for_follow_ups


class RetrievalAxes(CheckedModel):
    """The retrieval settings that an experiment varies. Each list is an axis; one value needs no list."""

    splitter: Axis[SplitterText] = [DEFAULT_SPLITTER]
    chunk_tokens: Axis[ChunkTokens] = [256]
    chunk_overlap: Axis[ChunkOverlap] = [16]
    embedding: Axis[str | Model] = [DEFAULT_EMBEDDING]
    retriever: Axis[RetrieverText] = [DEFAULT_RETRIEVER]
    top_k: Axis[TopK] = [4]
    rerank: Axis[RerankerText] = [DEFAULT_RERANKER]
    query: Axis[QueryText] = [DEFAULT_QUERY_TRANSFORM]
    query_model: str | Model | None = None
    """The chat model that query transforms ask, for all values of `query`."""
    rerank_model: str | Model | None = None
    """The chat model that rerankers ask, for all values of `rerank`."""

    @field_validator(
        "splitter", "chunk_tokens", "chunk_overlap", "embedding", "retriever", "top_k", "rerank", "query",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]

    def choices(self, axis: str, kind: type[AnyPart]) -> list[Choice[AnyPart]]:
        """The parts on an axis, with their settings. Raises ExperimentError as `choose` does."""
        return [choose(kind, text) for text in getattr(self, axis)]

    @property
    def use_vectors(self) -> bool:
        """Whether any retriever or reranker on the axes compares vectors."""
        retrievers, rerankers = self.choices("retriever", Retriever), self.choices("rerank", Reranker)
        return any(c.part.needs_vectors for c in retrievers) or any(c.part.needs_vectors for c in rerankers)

    def asking(self, role: str) -> list[str]:
        """The values that ask a model, as they are written.

        role: "query_model" or "rerank_model".
        """
        if role == "query_model":
            return [c.text for c in self.choices("query", QueryTransform) if c.part.calls]
        return [c.text for c in self.choices("rerank", Reranker) if c.part.calls]
