"""Defines the values that each retrieval setting may have, as files and pages write them.
Knows nothing about what a setting does."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from workbench.errors import ExperimentError
from workbench.parts.choice import write
from workbench.parts.part import (
    ChunkContext,
    Filter,
    Fusion,
    Part,
    QueryTransform,
    Reranker,
    Retriever,
    Returns,
    Splitter,
)


def _write(kind: type[Part], value: Any) -> str:
    try:
        return write(kind, value)
    except ExperimentError as error:
        raise PydanticCustomError("part", "{what}", {"what": str(error)}) from None


# Parts, as `write` puts them: one text, whatever form the file has.
SplitterText = Annotated[str, BeforeValidator(partial(_write, Splitter))]
RetrieverText = Annotated[str, BeforeValidator(partial(_write, Retriever))]
RerankerText = Annotated[str, BeforeValidator(partial(_write, Reranker))]
QueryText = Annotated[str, BeforeValidator(partial(_write, QueryTransform))]
ContextText = Annotated[str, BeforeValidator(partial(_write, ChunkContext))]
FusionText = Annotated[str, BeforeValidator(partial(_write, Fusion))]
FilterText = Annotated[str, BeforeValidator(partial(_write, Filter))]
ReturnsText = Annotated[str, BeforeValidator(partial(_write, Returns))]

ChunkTokens = Annotated[int, Field(ge=16, le=8192)]
ChunkOverlap = Annotated[int, Field(ge=0)]
TopK = Annotated[int, Field(ge=1, le=50)]
Candidates = Annotated[int, Field(ge=2, le=50)]
PassageTokens = Annotated[int, Field(ge=16, le=200_000)]
Examples = Annotated[int, Field(ge=0, le=20)]
NearDuplicates = Literal["keep", "drop"]
Value = TypeVar("Value")
Axis = Annotated[list[Value], Field(min_length=1)]
