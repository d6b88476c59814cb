"""Defines a retrieval setting, and the axes of alternatives that an experiment varies.
Knows nothing about how a setting is carried out: pipeline/ does that."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, FiniteFloat, field_validator, model_validator
from pydantic_core import PydanticCustomError

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.parts.choice import Choice, choose, in_few_words, split_text, write
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
from workbench.parts.registry import AnyPart, find_part
from workbench.parts.rerankers import DEFAULT_RERANKER, MOST_CANDIDATES
from workbench.parts.retrieval_settings import (
    DEFAULT_EMBEDDING,
    MODEL_ROLES,
    PART_AXES,
    PASSAGE_SETTINGS,
    RETRIEVAL_AXES,
    SETTING_BY_NAME,
    SETTINGS,
)
from workbench.parts.retrievers import DEFAULT_RETRIEVER
from workbench.parts.returns import DEFAULT_RETURNS
from workbench.parts.rrf_constant import settle_rrf_constant
from workbench.parts.splitters import DEFAULT_SPLITTER
from workbench.space.model import Model


def _write(kind: type[Part], value: Any) -> str:
    try:
        return write(kind, value)
    except ExperimentError as error:
        raise PydanticCustomError("part", "{what}", {"what": str(error)}) from None


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


class ChunksAllOverlap(ExperimentError):
    """chunk_overlap is not smaller than chunk_tokens."""


class WrongKindOfModel(ExperimentError):
    """rerank_model is not of the kind that the reranker asks, or there is none."""


class Retrieval(CheckedModel):
    """How passages are found for a question.

    `canonical` sets what the other settings do not use to its default, so that two settings that do the same
    are equal.
    """

    splitter: SplitterText = DEFAULT_SPLITTER
    chunk_tokens: ChunkTokens = 256
    """The size of chunks, counted with the embedded tokenizer whatever the embedding."""
    chunk_overlap: ChunkOverlap = 16
    """How many tokens neighbouring chunks share, counted likewise."""
    context: ContextText = DEFAULT_CONTEXT
    """What is put before a chunk when it is embedded and searched. The prompt does not show it."""
    embedding: Model | None = None
    """The embedding model; None where no vectors are used."""
    second_embedding: Model | None = None
    """A further embedding model, whose ranking a retriever that compares vectors combines with its own; None
    for none."""
    retriever: RetrieverText = DEFAULT_RETRIEVER
    fusion: FusionText = DEFAULT_FUSION
    """How a retriever combines rankings: dense and keyword, or those of two embeddings."""
    filter: FilterText = DEFAULT_FILTER
    """Which documents are searched, by their metadata."""
    top_k: TopK = 4
    """How many of the chunks found the prompt gets."""
    rerank: RerankerText = DEFAULT_RERANKER
    rerank_model: Model | None = None
    """The model that the reranker asks; None where it asks none."""
    candidates: Candidates | None = None
    """How many of the first chunks are reranked; None for as many as the reranker usually takes."""
    query: QueryText = DEFAULT_QUERY_TRANSFORM
    """The query transform."""
    returns: ReturnsText = DEFAULT_RETURNS
    """What the prompt gets of a chunk that was found: the chunk, or more of the text around it."""
    min_score: FiniteFloat | None = None
    """The least score of a passage that the prompt gets, as the retriever or reranker scores; None: any."""
    near_duplicates: NearDuplicates = "keep"
    """Whether a passage that nearly equals a better one is kept."""
    passage_tokens: PassageTokens | None = None
    """The most tokens of all passages together, counted with the embedded tokenizer; None for no limit."""
    examples: Examples = 0
    """How many question-answer pairs of the train part, the nearest to the question, the prompt gets."""
    context_model: Model | None = None
    """The chat model that writes the chunks' context; None where it asks none."""
    query_model: Model | None = None
    """The chat model that the query transform and the filter ask; None where neither does."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.chunk_overlap >= self.chunk_tokens:
            raise ChunksAllOverlap(
                f"chunk_overlap is {self.chunk_overlap} and chunk_tokens {self.chunk_tokens}: "
                "a chunk must be longer than its overlap."
            )
        if self.query_model is None and asks_model(QueryTransform, self.query):
            raise ExperimentError(f"query: {self.query} needs query_model, the chat model that it asks.")
        if self.query_model is not None and self.query_model.embedded and _must_write(self.query):
            follow_ups = getattr(
                find_part(QueryTransform, split_text(self.query)[0]), "for_follow_ups", False
            )
            without = "history" if follow_ups else DEFAULT_QUERY_TRANSFORM
            raise ExperimentError(
                f"query: {self.query} needs a query_model that writes; {self.query_model.name} only quotes "
                "passages.",
                hint=f"Name a model behind an address, or take query: {without}, which asks no model.",
            )
        if asks_model(Filter, self.filter):
            self._check_filter_model()
        self._check_reranker()
        if self.context_model is None and asks_model(ChunkContext, self.context):
            raise ExperimentError(f"context: {self.context} needs context_model, the model that it asks.")
        if self.context_model is not None and asks_model(ChunkContext, self.context):
            self._check_context_model(self.context_model)
        return self

    def _check_filter_model(self) -> None:
        if self.query_model is None:
            raise ExperimentError(f"filter: {self.filter} needs query_model, the chat model that it asks.")
        if self.query_model.embedded:
            raise ExperimentError(
                f"filter: {self.filter} needs a query_model that writes; {self.query_model.name} only quotes "
                "passages.",
                hint="Name a model behind an address, or take filter: question, which asks no model.",
            )

    def _check_context_model(self, model: Model) -> None:
        if model.embedded or model.kind != "chat":
            does = "only quotes passages" if model.kind == "chat" else "does not write"
            raise ExperimentError(
                f"context: {self.context} needs a context_model that writes; {model.name} {does}.",
                hint="Name a model behind an address, or take context: headings, which asks no model.",
            )

    def _check_reranker(self) -> None:
        if not asks_model(Reranker, self.rerank):
            if self.candidates is not None:
                self._check_candidates()
            return
        kind, model = self.reranking.part.model_kind, self.rerank_model
        if model is None:
            raise WrongKindOfModel(
                f"rerank: {self.rerank} needs rerank_model, the model that it asks.",
                hint=missing_reranker(kind),
                about="rerank_model",
            )
        if model.kind != kind:
            raise WrongKindOfModel(
                f"rerank: {self.rerank} needs a rerank_model of kind {kind}, and {model.name} is of kind "
                f"{model.kind}.",
                hint=missing_reranker(kind),
                about="rerank_model",
            )
        self._check_candidates()

    def _check_candidates(self) -> None:
        """Raise ExperimentError for a reranker that is written with another number of candidates."""
        own = split_text(self.rerank)[1].get("candidates")
        if self.candidates is not None and own is not None and own != self.candidates:
            raise ExperimentError(
                f"candidates is {self.candidates}, and rerank is {self.rerank}.",
                hint="Write the number once: leave it out of the reranker, or leave `candidates` out.",
                about="candidates",
            )

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
    def candidates_read(self) -> int:
        """How many of the first chunks the reranker gets."""
        chosen = self.reranking
        return self.candidates or chosen.part.passages_read(chosen.settings) or MOST_CANDIDATES

    @property
    def transforming(self) -> Choice[QueryTransform]:
        """The query transform with its settings. Raises ExperimentError as `choose` does."""
        return choose(QueryTransform, self.query)

    @property
    def returning(self) -> Choice[Returns]:
        """What is given for a chunk that was found. Raises ExperimentError as `choose` does."""
        return choose(Returns, self.returns)

    @property
    def cuts_only(self) -> bool:
        """Whether the prompt gets the first top_k of the chunks that were found, as they are."""
        return all(
            getattr(self, name) == SETTING_BY_NAME[name].default
            for name in PASSAGE_SETTINGS
            if name != "top_k"
        )

    @property
    def tokens_per_passage(self) -> int:
        """About how many tokens a passage has at most."""
        returns = self.returning
        tokens = returns.part.most_tokens(returns.settings, self.chunk_tokens)
        return tokens if self.passage_tokens is None else min(tokens, self.passage_tokens)

    @property
    def tokens_of_passages(self) -> int:
        """About how many tokens all passages have together at most."""
        tokens = self.top_k * self.tokens_per_passage
        return tokens if self.passage_tokens is None else min(tokens, self.passage_tokens)

    @property
    def filtering(self) -> Choice[Filter]:
        """The filter of documents with its settings. Raises ExperimentError as `choose` does."""
        return choose(Filter, self.filter)

    @property
    def situating(self) -> Choice[ChunkContext]:
        """The chunk context with its settings. Raises ExperimentError as `choose` does."""
        return choose(ChunkContext, self.context)

    @property
    def fusing(self) -> Choice[Fusion]:
        """How rankings are combined, with its settings. Raises ExperimentError as `choose` does."""
        return choose(Fusion, self.fusion)

    @property
    def fuses(self) -> bool:
        """Whether the retriever combines several rankings."""
        part = self.retrieving.part
        return part.fuses or (part.second_vectors and self.second_embedding is not None)

    @property
    def uses_embedding(self) -> bool:
        """Whether the retriever or the reranker compares vectors."""
        return self.retrieving.part.needs_vectors or self.reranking.part.needs_vectors

    @property
    def embeddings(self) -> tuple[Model, ...]:
        """The models whose vectors of the chunks are used: none, the embedding, or the second one, too."""
        both = (self.embedding, self.second_embedding)
        return tuple(model for model in both if model is not None) if self.embedding is not None else ()

    def canonical(self) -> Retrieval:
        """This setting without what makes no difference to it."""
        idle: dict[str, Any] = {
            role: None
            for role in MODEL_ROLES
            if (asked_by := SETTING_BY_NAME[role].asked_by)
            and not any(asks_model(PART_AXES[axis], getattr(self, axis)) for axis in asked_by)
        }
        if not self.splitting.part.sized:
            idle |= {name: SETTING_BY_NAME[name].default for name in ("chunk_tokens", "chunk_overlap")}
        if not self.uses_embedding:
            idle["embedding"] = None
        second = self.second_embedding
        if not self.retrieving.part.second_vectors or (
            second and self.embedding and second.content == self.embedding.content
        ):
            idle["second_embedding"] = second = None
        if self.retrieving.part.fuses or second:
            idle["retriever"], idle["fusion"] = settle_rrf_constant(self.retriever, self.fusion)
        else:
            idle["fusion"] = DEFAULT_FUSION
        returns = self.returning
        if self.reranking.part.function is None:
            idle["candidates"] = None
        parents, sized = returns.part.parent_tokens(returns.settings), self.splitting.part.sized
        if 0 < parents <= self.chunk_tokens or parents and not sized:
            idle["returns"] = DEFAULT_RETURNS
        if self.top_k == 1:  # of near-equal passages the first is given
            idle["near_duplicates"] = "keep"
        return self.model_copy(update=idle)

    @property
    def content(self) -> dict[str, Any]:
        """What decides which passages the prompt gets; models by identity, not by name.

        What has its default is left out, but for the settings that identify a configuration at any value.
        """
        data = self.model_dump(exclude=set(MODEL_ROLES))
        for role in MODEL_ROLES:
            model: Model | None = getattr(self, role)
            data[role] = None if model is None else model.content
        if self.candidates is not None:
            data |= self._reranking_content()
        return {
            name: value
            for name, value in data.items()
            if SETTING_BY_NAME[name].always_identifies or value != SETTING_BY_NAME[name].default
        }

    def _reranking_content(self) -> dict[str, Any]:
        """What the number of candidates comes to: as a setting of the reranker's own it identified settings
        before it was an axis, and the number that a reranker usually reads is no other setting."""
        chosen = self.reranking
        if "candidates" in chosen.part.settings.model_fields:
            settings = chosen.settings.model_copy(update={"candidates": self.candidates})
            return {"rerank": Choice(chosen.name, chosen.part, settings).text, "candidates": None}
        usual = chosen.part.passages_read(chosen.settings) or MOST_CANDIDATES
        return {"candidates": None if self.candidates == usual else self.candidates}

    @property
    def label(self) -> str:
        """The setting in a few words; what has its default is left out, but for what is said of all."""
        said = {"splitter": "", "chunk_tokens": "", "retriever": "", "top_k": "top "}
        parts = [f"{before}{shown_value(getattr(self, name))}" for name, before in said.items()]
        for setting in SETTINGS:
            if setting.name not in said and setting.name != "chunk_overlap" and setting.values != "model":
                parts.append(words_of(setting.name, getattr(self, setting.name)))
        return " ".join(part for part in parts if part)


def missing_reranker(kind: str) -> str:
    """What to do where no rerank_model is of the kind that a reranker asks."""
    if kind == "reranker":
        return (
            "Register one of kind reranker: a server with /rerank, or a folder with model.onnx. Then choose "
            "it as reranking model (rerank_model)."
        )
    return "Name a chat model behind an address in rerank_model."


def needed_model(kinds: Collection[str | None]) -> str:
    """What to register for parts that ask models of these kinds, in words."""
    return "a model of kind reranker" if "reranker" in kinds else "a chat model behind an address"


def words_of(name: str, value: Any) -> str:
    """A value of a setting as a part of a configuration's name; "" where it has its default."""
    setting = SETTING_BY_NAME[name]
    if value == setting.default or value is None:
        return ""
    if name in ("rerank", "query"):  # "mmr" and "hyde" say what they are
        return shown_value(value)
    if name == "filter":  # a condition in words: "filter where region NL"
        return f"filter {choose(Filter, value).label.lower()}" if "(" in value else f"filter {value}"
    return f"{setting.label.lower()} {shown_value(value)}"


def shown_value(value: Any) -> str:
    """A value of a setting as names of configurations say it: a model by name, an outside part in short."""
    return in_few_words(value) if isinstance(value, str) else str(getattr(value, "name", value))


def asks_model(kind: type[Part], text: str) -> bool:
    """Whether a part asks a model. A part that can no longer be imported counts as asking none."""
    return kind_asked(kind, text) is not None


def kind_asked(kind: type[Part], text: str) -> str | None:
    """The kind of model that a part asks, "chat" or "reranker"; None where it asks none."""
    try:
        part = choose(kind, text).part
    except ExperimentError:
        return None
    return getattr(part, "model_kind", "chat") if getattr(part, "calls", 0) > 0 else None


def can_be_asked(model: Model, kinds: Collection[str | None]) -> bool:
    """Whether parts that ask models of these kinds can ask this one. The embedded answerers only quote."""
    return model.kind in kinds and (model.kind == "reranker" or not model.embedded)


def _must_write(text: str) -> bool:
    """Whether a query transform needs a model that writes text of its own."""
    part = find_part(QueryTransform, split_text(text)[0])
    return part is not None and part.calls > 0 and (part.writes or part.for_follow_ups)


class RetrievalAxes(CheckedModel):
    """The retrieval settings that an experiment varies. Each list is an axis; one value needs no list."""

    splitter: Axis[SplitterText] = [DEFAULT_SPLITTER]
    chunk_tokens: Axis[ChunkTokens] = [256]
    chunk_overlap: Axis[ChunkOverlap] = [16]
    context: Axis[ContextText] = [DEFAULT_CONTEXT]
    embedding: Axis[str | Model] = [DEFAULT_EMBEDDING]
    second_embedding: Axis[str | Model | None] = [None]
    retriever: Axis[RetrieverText] = [DEFAULT_RETRIEVER]
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
        usual = reranker.part.passages_read(reranker.settings) or MOST_CANDIDATES
        return max(usual if number is None else number for number in self.candidates)

    def asking(self, role: str) -> list[str]:
        """The values that ask a model, as they are written.

        role: "query_model", "rerank_model" or "context_model".
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
