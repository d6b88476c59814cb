"""An entry of the catalogue: a part's name, words for people, settings, needs, version and function.
Knows nothing about which parts there are, nor about any layer above: entries are light, functions are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict


class PartSettings(BaseModel):
    """The settings of a part: one field each, with a default, bounds and a description.

    A field without a default has to be given. `json_schema_extra={"start": 20}` says where a page starts it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry of the catalogue."""

    kind: ClassVar[str] = "part"
    """What it is, in words, for messages: "retriever"."""

    name: str
    """How an experiment file names it."""

    label: str
    """How pages name it."""

    help: str
    """One or two sentences for pages, `parts` and the tables of the docs."""

    function: str | Callable[..., Any] | None
    """What does the work: "package.module:name", imported when it is used, or the function itself. None where
    there is nothing to do: a reranker that keeps the order, a query that stays as it is."""

    settings: type[PartSettings] = PartSettings
    """Its settings; the function takes them as keyword arguments, with the same defaults."""

    version: int = 1
    """Raised by hand when its output changes; part of the fingerprint of what it makes."""

    def load(self) -> Callable[..., Any]:
        """Import the function. Raises ImportError or AttributeError where there is none of that name."""
        assert self.function is not None, f"{self.name} has nothing to do"
        return load_function(self.function)


def load_function(function: str | Callable[..., Any]) -> Callable[..., Any]:
    """The function behind "package.module:name"."""
    if not isinstance(function, str):
        return function
    module, _, name = function.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    return loaded


@dataclass(frozen=True, kw_only=True)
class Splitter(Part):
    """Cuts a text: `(text, chunk_tokens, chunk_overlap, **settings) -> [(start, end), …]`, offsets in it."""

    kind: ClassVar[str] = "splitter"

    section_titles: bool = False
    """Whether a chunk's title names the section it begins in."""

    overlaps_sentences: bool = True
    """Whether chunks overlap by whole sentences or larger units, so that a short overlap is none."""


@dataclass(frozen=True, kw_only=True)
class Retriever(Part):
    """Ranks chunks: `(searchable, queries, n, **settings) -> [[(position, score), …], …]`.

    One ranking per query, best first, n at most. A position is a place in `searchable.chunks`.
    """

    kind: ClassVar[str] = "retriever"

    needs_vectors: bool = False
    """Whether it compares vectors: documents and questions are then embedded."""


@dataclass(frozen=True, kw_only=True)
class Reranker(Part):
    """Reorders passages: `async (question, hits, context, **settings) -> (hits, flags)`; loses none."""

    kind: ClassVar[str] = "reranker"

    needs_vectors: bool = False
    """Whether it compares vectors: documents and questions are then embedded, even for keyword search."""

    calls: int = 0
    """Requests to `rerank_model` per question, at most; above 0 that model has to be named."""

    first_stays_with: str = ""
    """The retriever whose first passage it never changes, so that with top_k 1 it has no effect."""

    passages_read: Callable[[Any], int] = lambda settings: 0
    """How many passages a request holds, given the settings: the plan prices it by that."""


@dataclass(frozen=True, kw_only=True)
class QueryTransform(Part):
    """Turns a question into what is searched for: `async (question, context, **settings) -> text`."""

    kind: ClassVar[str] = "query transform"

    calls: int = 0
    """Requests to `query_model` per question, at most; above 0 that model has to be named."""


@dataclass(frozen=True, kw_only=True)
class Strategy(Part):
    """Searches the space: `(field, **settings) -> Steps`, see search/types.py."""

    kind: ClassVar[str] = "search strategy"

    promise: str = "nothing"
    """What it promises about the best configuration, in words."""

    asks: Literal["everything", "some configurations", "some questions"] = "some questions"
    """Whether every configuration is asked every question, some configurations are asked every question, or
    configurations are dropped after some of the questions."""

    one_aim: bool = False
    """Whether it follows a single aim: an objective with several is then an error."""

    told_aims: bool = False
    """Whether its function also takes `objectives`, the number of aims."""

    draws: bool = False
    """Whether its `trials` configurations are drawn by the seed before the run."""

    proposes: bool = False
    """Whether configurations become trials one by one, as the strategy asks for them."""

    count: str | Callable[..., tuple[int, int]] | None = None
    """`(configs, questions, **settings) -> (fewest, most)` answers that it asks for, for the plan; None where
    that is not known."""


@dataclass(frozen=True, kw_only=True)
class Score(Part):
    """Scores an answer: `(context, **settings) -> ScoreValue`, or a plain number from 0 to 1."""

    kind: ClassVar[str] = "score"

    needs: str = ""
    """What a question must have, in words: "a reference answer", "marked evidence". Empty: nothing."""

    scores_unanswerable: bool = False
    """Whether a question that the documents do not answer has a value even without what the score needs."""

    rewards_declining: bool = False
    """Whether it is about declining rightly: it tells little where every question is answerable."""

    not_applicable: str = ""
    """For which answers there is no score, in words."""

    higher_is_better: bool = True
    """False for toxicity and the like."""

    group: str = ""
    """A name that stands for all scores of the group in an experiment file."""

    variants: Literal["exchange", "planted"] | None = None
    """What is asked beside the questions, if the score compares two answers: questions with the group in
    their text exchanged, or with an instruction planted among their passages."""

    needs_ragas: bool = False
    """Whether ragas has to be installed for it."""

    ladder: str | None = None
    """The judged score that may take over where this one is unsure (`ladder: [embedded, model]`)."""


@dataclass(frozen=True, kw_only=True)
class JudgedMetric(Score):
    """A score that asks a model. Its function is a metric class with ragas's interface."""

    kind: ClassVar[str] = "judged score"

    looks_at: tuple[str, ...] = ()
    """All that its value depends on, of question, answer, passages and reference."""

    calls: int = 0
    """Requests per answer, at most; replies that cannot be read are not counted."""

    calls_per_passage: int = 0
    """Requests per passage, at most, beside `calls`."""

    samples: bool = False
    """Whether it asks the same several times and embeds the replies."""

    reads_one_passage: bool = False
    """Whether a request holds one passage, not all of them."""

    zero_if_declined: bool = False
    """Whether declining a question that the documents answer is 0; else there is no score for it."""

    zero_without_passages: bool = True
    """Whether an answer without passages has 0; else there is no score for it."""

    verdicts: str = ""
    """The reason in words; `{of}` becomes "3 of 4"."""

    def calls_for(self, passages: int) -> int:
        """Requests per answer over so many passages, at most."""
        return self.calls + self.calls_per_passage * passages
