"""Lists the built-in retrievers.
Knows nothing about how they rank: pipeline/ does, in one file per retriever."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from workbench.parts.fusions import RRF_K
from workbench.parts.part import PartSettings, Retriever

SEGMENTER: Any = Field(
    "bigrams",
    description="How words are found in scripts without spaces between them: pairs of characters, or ICU's "
    "dictionaries (`pip install icu4py`)",
)


def _segmenting_package(settings: Any) -> str:
    return "icu4py" if settings.segmenter == "icu" else ""


class KeywordSettings(PartSettings):
    segmenter: Literal["bigrams", "icu"] = SEGMENTER


class HybridSettings(PartSettings):
    segmenter: Literal["bigrams", "icu"] = SEGMENTER
    k: int = Field(
        RRF_K,
        ge=1,
        le=1000,
        description="Constant of reciprocal rank fusion: the smaller it is, the more the first ranks count",
    )
    lexical: Literal["keyword", "sparse"] = Field(
        "keyword",
        description="The ranking to combine with the dense one: `keyword`, or `sparse` (needs "
        "`sparse_embedding`)",
    )

    @field_validator("lexical")
    @classmethod
    def _finds_words(cls, lexical: str, info: ValidationInfo) -> str:
        """Words are found for the keyword ranking alone."""
        if lexical == "sparse" and info.data.get("segmenter", "bigrams") != "bigrams":
            raise PydanticCustomError("idle", "segmenter is a setting of the keyword ranking; leave it out")
        return lexical

    @property
    def of_entry(self) -> dict[str, Any]:
        return {"calls": 1} if self.lexical == "sparse" else {}


RETRIEVERS = (
    Retriever(
        name="dense",
        label="Dense (vectors)",
        help="Ranks by the cosine similarity of the question's and the passage's embeddings.",
        function="workbench.pipeline.fusion:retrieve_dense",
        needs_vectors=True,
        second_vectors=True,
        version=2,
    ),
    Retriever(
        name="keyword",
        label="Keyword (BM25)",
        help="Ranks by the words that question and passage share (BM25). Needs no embeddings.",
        function="workbench.pipeline.bm25:retrieve_bm25",
        settings=KeywordSettings,
        needs_package=_segmenting_package,
        version=4,
    ),
    Retriever(
        name="sparse",
        label="Sparse (learned)",
        help="Ranks by the dot product of the sparse vectors that a model such as SPLADE makes of texts: "
        "weights of the words in them and of words that mean the same.",
        function="workbench.pipeline.sparse:retrieve_sparse",
        calls=1,
        version=2,
    ),
    Retriever(
        name="hybrid",
        label="Hybrid",
        help="Combines the dense ranking with the keyword or the sparse one, as `fusion` says.",
        function="workbench.pipeline.fusion:retrieve_hybrid",
        settings=HybridSettings,
        needs_package=_segmenting_package,
        needs_vectors=True,
        calls_with="lexical: sparse",
        fuses=True,
        second_vectors=True,
        version=5,
    ),
)
DEFAULT_RETRIEVER = "hybrid"
