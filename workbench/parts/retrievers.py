"""Lists the built-in retrievers.
Knows nothing about how they rank: pipeline/ does, in one file per retriever."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

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
        version=3,
    ),
    Retriever(
        name="hybrid",
        label="Hybrid",
        help="Combines the dense and the keyword ranking, as `fusion` says.",
        function="workbench.pipeline.fusion:retrieve_hybrid",
        settings=HybridSettings,
        needs_package=_segmenting_package,
        needs_vectors=True,
        fuses=True,
        second_vectors=True,
        version=4,
    ),
)
DEFAULT_RETRIEVER = "hybrid"
