"""Lists the settings of retrieval: name, label, values, default, and which of them later stages decide.
Knows nothing about how a setting is carried out. Pages, files, fingerprints and docs read this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from workbench.parts.chunk_contexts import DEFAULT_CONTEXT
from workbench.parts.filters import DEFAULT_FILTER
from workbench.parts.fusions import DEFAULT_FUSION
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
from workbench.parts.query_transforms import DEFAULT_QUERY_TRANSFORM
from workbench.parts.rerankers import DEFAULT_RERANKER
from workbench.parts.retrievers import DEFAULT_RETRIEVER
from workbench.parts.returns import DEFAULT_RETURNS
from workbench.parts.splitters import DEFAULT_SPLITTER

DEFAULT_EMBEDDING = "embedded/minilm"


@dataclass(frozen=True, kw_only=True)
class RetrievalSetting:
    """One setting of retrieval."""

    name: str
    """Its name in an experiment file."""

    label: str
    """Its name on pages."""

    values: Literal["part", "number", "word", "model"]
    """What its values are: parts of the catalogue, numbers, words out of `usual`, or models."""

    default: Any
    """The value of a file that leaves it out; None for a number or a model stands for none."""

    stage: Literal["chunks", "search", "reranking", "prompt"]
    """What it is about: how documents are cut, how they are searched, how passages are reranked, or what of
    them the prompt gets. Pages group the settings by it."""

    help: str = ""
    """What it decides, for pages; a part's own help says what each part does."""

    kind: type[Part] | None = None
    """The kind of parts; None unless the values are parts."""

    unit: str = ""
    """The unit of a number, in words."""

    low: float | None = None
    """The lowest number that is allowed; None when there is no lower bound, or the values are no numbers."""

    high: float | None = None
    """The highest number that is allowed, likewise."""

    usual: tuple[Any, ...] = ()
    """The numbers that pages offer, or all words."""

    asked_by: tuple[str, ...] = ()
    """Of a model: the settings whose parts ask it; empty where no part does."""

    one_for_all: bool = False
    """Of a model: whether an experiment names one for all its configurations, so that it is no axis."""

    selects: bool = False
    """Whether it only decides what the prompt gets of a ranking: settings that differ in nothing else share
    their rankings."""

    always_identifies: bool = False
    """Whether ids and fingerprints hold it at its default, too, as they did before there were more settings.
    The others are left out there, so that ids of earlier versions stay."""

    @property
    def is_axis(self) -> bool:
        """Whether an experiment may list several values."""
        return not self.one_for_all


# In the order in which configurations are tried: what comes first changes least often.
SETTINGS = (
    RetrievalSetting(
        name="splitter",
        stage="chunks",
        label="Splitter",
        values="part",
        kind=Splitter,
        default=DEFAULT_SPLITTER,
        always_identifies=True,
    ),
    RetrievalSetting(
        name="chunk_tokens",
        stage="chunks",
        help="The most tokens of a chunk.",
        label="Chunk size",
        values="number",
        unit="tokens",
        default=256,
        low=16,
        high=8192,
        usual=(96, 128, 192, 256, 384, 512),
        always_identifies=True,
    ),
    RetrievalSetting(
        name="chunk_overlap",
        stage="chunks",
        help="How many tokens neighbouring chunks share.",
        label="Chunk overlap",
        values="number",
        unit="tokens",
        default=16,
        low=0,
        high=8191,
        usual=(0, 16, 32, 64),
        always_identifies=True,
    ),
    RetrievalSetting(
        name="context",
        stage="chunks",
        label="Chunk context",
        values="part",
        kind=ChunkContext,
        default=DEFAULT_CONTEXT,
    ),
    RetrievalSetting(
        name="embedding",
        stage="search",
        label="Embedding model",
        values="model",
        default=DEFAULT_EMBEDDING,
        always_identifies=True,
    ),
    RetrievalSetting(
        name="second_embedding",
        stage="search",
        help="A further embedding model; the retriever combines its ranking with the others.",
        label="Second embedding model",
        values="model",
        default=None,
    ),
    RetrievalSetting(
        name="retriever",
        stage="search",
        label="Retriever",
        values="part",
        kind=Retriever,
        default=DEFAULT_RETRIEVER,
        always_identifies=True,
    ),
    RetrievalSetting(
        name="sparse_embedding",
        stage="search",
        label="Sparse embedding model",
        values="model",
        default=None,
        asked_by=("retriever",),
    ),
    RetrievalSetting(
        name="fusion", stage="search", label="Fusion", values="part", kind=Fusion, default=DEFAULT_FUSION
    ),
    RetrievalSetting(
        name="filter", stage="search", label="Filter", values="part", kind=Filter, default=DEFAULT_FILTER
    ),
    RetrievalSetting(
        name="top_k",
        stage="prompt",
        help="How many of the retrieved chunks go into the prompt.",
        label="Top k",
        values="number",
        default=4,
        low=1,
        high=50,
        usual=(1, 2, 3, 4, 6, 8, 12),
        selects=True,
        always_identifies=True,
    ),
    RetrievalSetting(
        name="rerank",
        stage="reranking",
        label="Reranker",
        values="part",
        kind=Reranker,
        default=DEFAULT_RERANKER,
        always_identifies=True,
    ),
    RetrievalSetting(
        name="rerank_model",
        stage="reranking",
        label="Reranking model",
        values="model",
        default=None,
        asked_by=("rerank",),
        always_identifies=True,
    ),
    RetrievalSetting(
        name="candidates",
        stage="reranking",
        help="How many of the top chunks are reranked. Empty: as many as the reranker usually takes.",
        label="Candidates to rerank",
        values="number",
        unit="passages",
        default=None,
        low=2,
        high=50,
        usual=(5, 10, 20, 50),
    ),
    RetrievalSetting(
        name="query",
        stage="search",
        label="Query transform",
        values="part",
        kind=QueryTransform,
        default=DEFAULT_QUERY_TRANSFORM,
        always_identifies=True,
    ),
    RetrievalSetting(
        name="returns",
        stage="prompt",
        label="Returned text",
        values="part",
        kind=Returns,
        default=DEFAULT_RETURNS,
        selects=True,
    ),
    RetrievalSetting(
        name="min_score",
        stage="prompt",
        help="Passages with a lower score are left out. The score is the retriever's or the reranker's.",
        label="Minimum score",
        values="number",
        default=None,
        usual=(0.2, 0.3, 0.5),
        selects=True,
    ),
    RetrievalSetting(
        name="near_duplicates",
        stage="prompt",
        help="Whether a passage that nearly equals a better one is kept.",
        label="Near-duplicates",
        values="word",
        default="keep",
        usual=("keep", "drop"),
        selects=True,
    ),
    RetrievalSetting(
        name="passage_tokens",
        stage="prompt",
        help="The most tokens of all passages together; the last ones are left out. Empty: no limit.",
        label="Passage budget",
        values="number",
        unit="tokens",
        default=None,
        low=16,
        high=200_000,
        usual=(256, 512, 1024, 2048),
        selects=True,
    ),
    RetrievalSetting(
        name="examples",
        stage="prompt",
        help="How many question-answer pairs of the training part, the nearest to the question, the prompt "
        "gets. It needs {examples} in its text.",
        label="Examples in the prompt",
        values="number",
        default=0,
        low=0,
        high=20,
        usual=(0, 1, 2, 4),
        selects=True,
    ),
    RetrievalSetting(
        name="context_model",
        stage="chunks",
        label="Context model",
        values="model",
        default=None,
        asked_by=("context",),
        one_for_all=True,
    ),
    RetrievalSetting(
        name="query_model",
        stage="search",
        label="Query model",
        values="model",
        default=None,
        asked_by=("query", "filter"),
        one_for_all=True,
        always_identifies=True,
    ),
)
STAGES = {
    "chunks": "Chunks",
    "search": "Search",
    "reranking": "Reranking",
    "prompt": "What the model sees",
}
"""The label of each stage, in the order in which they work."""
SETTING_BY_NAME = {setting.name: setting for setting in SETTINGS}
RETRIEVAL_AXES = tuple(setting.name for setting in SETTINGS if setting.is_axis)
"""The settings of which an experiment may list several values, in the order in which they are tried."""
MODEL_ROLES = tuple(setting.name for setting in SETTINGS if setting.values == "model")
"""The settings that hold a model."""
PART_AXES: dict[str, type[Part]] = {s.name: s.kind for s in SETTINGS if s.kind is not None}
"""The settings whose values are parts, with the kind of each."""
EMBEDDINGS = ("embedding", "second_embedding", "sparse_embedding")
"""The settings that hold a model that embeds."""
NUMBERS = tuple(setting.name for setting in SETTINGS if setting.values == "number")
"""The settings whose values are numbers."""
SELECTING = tuple(setting.name for setting in SETTINGS if setting.selects)
"""The settings that only decide what the prompt gets of a ranking."""
PASSAGE_SETTINGS = ("top_k", "returns", "min_score", "near_duplicates", "passage_tokens")
"""Those of them that decide which passages it gets."""
