"""Defines a retrieval setting: how passages are found for a question, and which of them the prompt gets.
Knows nothing about how a setting is carried out: pipeline/ does that."""

from __future__ import annotations

from typing import Any, Self

from pydantic import FiniteFloat, model_validator

from workbench.errors import ExperimentError
from workbench.input.checked_model import CheckedModel
from workbench.parts.choice import Choice, choose, in_few_words, split_text
from workbench.parts.chunk_contexts import DEFAULT_CONTEXT
from workbench.parts.filters import DEFAULT_FILTER
from workbench.parts.fusions import DEFAULT_FUSION
from workbench.parts.part import (
    ChunkContext,
    Filter,
    Fusion,
    QueryTransform,
    Reranker,
    Retriever,
    Returns,
    Splitter,
)
from workbench.parts.query_transforms import DEFAULT_QUERY_TRANSFORM
from workbench.parts.registry import find_part
from workbench.parts.rerankers import DEFAULT_RERANKER, MOST_CANDIDATES
from workbench.parts.retrieval_settings import (
    MODEL_ROLES,
    PART_AXES,
    PASSAGE_SETTINGS,
    SETTING_BY_NAME,
    SETTINGS,
)
from workbench.parts.retrievers import DEFAULT_RETRIEVER
from workbench.parts.returns import DEFAULT_RETURNS
from workbench.parts.rrf_constant import settle_rrf_constant
from workbench.parts.splitters import DEFAULT_SPLITTER
from workbench.space.asked_models import asks_model, kind_asked, missing_model, must_write
from workbench.space.model import Model
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


class ChunksAllOverlap(ExperimentError):
    """chunk_overlap is not smaller than chunk_tokens."""


class WrongKindOfModel(ExperimentError):
    """A model is not of the kind that a reranker or a retriever asks, or there is none."""


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
    sparse_embedding: Model | None = None
    """The model that makes the retriever's sparse vectors; None where it compares none."""
    fusion: FusionText = DEFAULT_FUSION
    """How a retriever combines rankings: the dense and another one, or those of two embeddings."""
    filter: FilterText = DEFAULT_FILTER
    """Which documents are searched, by their metadata."""
    top_k: TopK = 4
    """How many of the retrieved chunks go into the prompt."""
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
    """The minimum score of a passage that the prompt gets, as the retriever or reranker scores; None: any."""
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
        if self.query_model is not None and self.query_model.embedded and must_write(self.query):
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
        self._check_embeddings()
        self._check_model("retriever", "sparse_embedding")
        self._check_reranker()
        if self.context_model is None and asks_model(ChunkContext, self.context):
            raise ExperimentError(f"context: {self.context} needs context_model, the model that it asks.")
        if self.context_model is not None and asks_model(ChunkContext, self.context):
            self._check_context_model(self.context_model)
        return self

    def _check_embeddings(self) -> None:
        """Raise ExperimentError for a model that makes no dense vectors."""
        for role in ("embedding", "second_embedding"):
            model = getattr(self, role)
            if model is not None and model.kind != "embedding":
                raise ExperimentError(
                    f"{role}: {model.name} is of kind {model.kind}; one of kind embedding belongs here.",
                    about=role,
                )

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
        self._check_model("rerank", "rerank_model")
        if self.candidates is not None or asks_model(Reranker, self.rerank):
            self._check_candidates()

    def _check_model(self, axis: str, role: str) -> None:
        """Raise WrongKindOfModel where a part asks a model and the setting has none of that kind.

        axis: of the part.  role: the setting that holds its model.
        """
        text, model = getattr(self, axis), getattr(self, role)
        kind = kind_asked(PART_AXES[axis], text)
        if kind is None or (model is not None and model.kind == kind):
            return
        wrong = (
            f"{axis}: {text} needs {role}, the model that it asks."
            if model is None
            else f"{axis}: {text} needs a {role} of kind {kind}, and {model.name} is of kind {model.kind}."
        )
        raise WrongKindOfModel(wrong, hint=missing_model(role, kind), about=role)

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
        if chosen.part.arranges:
            return self.top_k
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
        """The models whose vectors of the chunks are used: the embedding with the second one, the sparse
        embedding; any may be missing."""
        dense = (self.embedding, self.second_embedding) if self.embedding is not None else ()
        return tuple(model for model in (*dense, self.sparse_embedding) if model is not None)

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
        if self.reranking.part.function is None or self.reranking.part.arranges:
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
        if self.reranking.part.arranges:  # its ranking depends on top_k, which others' does not
            data["candidates"] = self.top_k
        elif self.candidates is not None:
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
