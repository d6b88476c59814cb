"""One retrieval setting, and the lists of alternatives that an experiment varies.
Knows nothing about how a setting is carried out: pipeline/ does that."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from workbench.errors import ExperimentError
from workbench.space.model import Model

Splitter = Literal["sentence", "token", "markdown"]
Retriever = Literal["dense", "keyword", "hybrid"]
Rerank = Literal["none", "mmr", "llm"]
QueryTransform = Literal["plain", "hyde"]

DEFAULT_EMBEDDING = "embedded/minilm"


ChunkTokens = Annotated[int, Field(ge=16, le=8192)]
ChunkOverlap = Annotated[int, Field(ge=0)]
TopK = Annotated[int, Field(ge=1, le=50)]
Value = TypeVar("Value")
Axis = Annotated[list[Value], Field(min_length=1)]


class ChunksAllOverlap(ExperimentError):
    """chunk_overlap is not smaller than chunk_tokens."""


class Retrieval(BaseModel):
    """chunk_tokens, chunk_overlap: counted with the embedded tokenizer, whatever the embedding.

    `embedding`, `query_model`, `rerank_model` are None where the other settings make no use of them, so
    that two settings that do the same are equal (see `canonical`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    splitter: Splitter = "sentence"
    chunk_tokens: ChunkTokens = 256
    chunk_overlap: ChunkOverlap = 16
    embedding: Model | None = None
    retriever: Retriever = "hybrid"
    top_k: TopK = 4
    rerank: Rerank = "none"
    query: QueryTransform = "plain"
    query_model: Model | None = None
    rerank_model: Model | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.chunk_overlap >= self.chunk_tokens:
            raise ChunksAllOverlap(
                f"chunk_overlap is {self.chunk_overlap} and chunk_tokens {self.chunk_tokens}: "
                "a chunk must be longer than its overlap."
            )
        if self.query == "hyde" and self.query_model is None:
            raise ExperimentError("query: hyde needs query_model, the model that writes the draft answer.")
        if self.rerank == "llm" and self.rerank_model is None:
            raise ExperimentError("rerank: llm needs rerank_model, the model that ranks the passages.")
        return self

    @property
    def uses_embedding(self) -> bool:
        """Keyword search needs no vectors, unless MMR compares the passages it found."""
        return self.retriever != "keyword" or self.rerank == "mmr"

    def canonical(self) -> Retrieval:
        """This setting without the parts that make no difference to it."""
        return self.model_copy(
            update={
                "embedding": self.embedding if self.uses_embedding else None,
                "query_model": self.query_model if self.query == "hyde" else None,
                "rerank_model": self.rerank_model if self.rerank == "llm" else None,
            }
        )

    @property
    def content(self) -> dict[str, Any]:
        """What decides a ranking and its cut; models by identity, not by name."""
        data = self.model_dump(exclude={"embedding", "query_model", "rerank_model"})
        for role in ("embedding", "query_model", "rerank_model"):
            model: Model | None = getattr(self, role)
            data[role] = None if model is None else model.content
        return data

    @property
    def label(self) -> str:
        parts = [self.splitter, str(self.chunk_tokens), self.retriever, f"top {self.top_k}"]
        if self.rerank != "none":
            parts.append(self.rerank)
        if self.query != "plain":
            parts.append(self.query)
        return " ".join(parts)


class RetrievalAxes(BaseModel):
    """Every list is an axis; one value may be written without its list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    splitter: Axis[Splitter] = ["sentence"]
    chunk_tokens: Axis[ChunkTokens] = [256]
    chunk_overlap: Axis[ChunkOverlap] = [16]
    embedding: Axis[str | Model] = [DEFAULT_EMBEDDING]
    retriever: Axis[Retriever] = ["hybrid"]
    top_k: Axis[TopK] = [4]
    rerank: Axis[Rerank] = ["none"]
    query: Axis[QueryTransform] = ["plain"]
    query_model: str | Model | None = None
    rerank_model: str | Model | None = None

    @field_validator(
        "splitter", "chunk_tokens", "chunk_overlap", "embedding", "retriever", "top_k", "rerank", "query",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]
