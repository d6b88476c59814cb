"""Defines the catalogue's entries: a part's name, label, help, settings, needs, version and function.
Knows nothing about which parts there are. Entries import nothing heavy; their functions may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, ClassVar, Literal, Self

from workbench.input.checked_model import CheckedModel


class PartSettings(CheckedModel):
    """The settings of a part: one field per setting, with a default, bounds and a description.

    A setting without a default is required. Its `json_schema_extra={"start": 20}` is the initial value of the
    page's input.
    """

    @property
    def words(self) -> dict[str, Any]:
        """What a page says of them: those that differ from their defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def of_entry(self) -> dict[str, Any]:
        """Fields of the part's entry that are otherwise under these settings."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry of the catalogue."""

    kind: ClassVar[str] = "part"
    """The kind of part in words, for messages: "retriever"."""

    of_mapping: ClassVar[tuple[str, str] | None] = None
    """The part, and its setting, that a plain mapping in a file stands for; None where none may."""

    name: str
    """The part's name in an experiment file."""

    label: str
    """The part's name on pages."""

    help: str
    """One or two sentences for pages, the `parts` command and the tables of the docs."""

    function: str | Callable[..., Any] | None
    """The function that does the work, or its dotted name "package.module:name", imported when it is used.
    None when there is nothing to do: a reranker that keeps the order, a query that stays as it is."""

    settings: type[PartSettings] = PartSettings
    """The model of the settings; the function takes them as keyword arguments with the same defaults."""

    version: int = 1
    """The version of the part's output, raised by hand when the output changes; from 2 on it is part of the
    fingerprint."""

    needs_package: Callable[[Any], str] = lambda settings: ""
    """Returns the package from the index of Python packages that it needs with these settings and that is not
    installed by default, as `icu4py`; empty for none. It is imported under the same name."""

    in_words: Callable[[Any], str] | None = None
    """Returns what a choice with these settings is called on pages; None for the label and the settings."""

    short_setting: str = ""
    """The setting whose number may stand behind a colon, `window:2`; empty where none may."""

    from_outside: bool = False
    """Whether its settings name a class or a function from outside the workbench."""

    def under(self, settings: PartSettings) -> Self:
        """The entry as it is under these settings."""
        changes = settings.of_entry
        return replace(self, **changes) if changes else self

    def load(self) -> Callable[..., Any]:
        """Import the function. Raises ImportError or AttributeError when it does not exist."""
        assert self.function is not None, f"{self.name} has no function"
        return load_function(self.function)


def load_function(function: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that "package.module:name" names; a function is returned as it is."""
    if not isinstance(function, str):
        return function
    module, _, name = function.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    return loaded


@dataclass(frozen=True, kw_only=True)
class Splitter(Part):
    """Splits a text into chunks.

    Function: `(text, chunk_tokens, chunk_overlap, **settings) -> [(start, end), …]`, character offsets in
    the text. Every character but white space is in a span.
    """

    kind: ClassVar[str] = "splitter"

    section_titles: bool = False
    """Whether a chunk's title names the section in which the chunk begins."""

    overlaps_sentences: bool = True
    """Whether chunks overlap by whole sentences or larger units; a short overlap may then have no effect."""

    sized: bool = True
    """Whether it obeys `chunk_tokens` and `chunk_overlap`."""

    reads_document: bool = False
    """Whether its function takes the document in place of the text."""

    uses_encoder: bool = False
    """Whether the embedded encoder decides where it cuts, so that the encoder is part of the fingerprint."""


@dataclass(frozen=True, kw_only=True)
class Retriever(Part):
    """Ranks chunks by how well they match a query.

    Function: `(searchable, queries, n, **settings) -> [[(position, score), …], …]`: one ranking per query,
    best first, at most n pairs. A position is an index into `searchable.chunks`. One that combines rankings
    also takes `fuse`, which does so as the setting `fusion` says: `fuse({name: ranking, …}, n)`.
    """

    kind: ClassVar[str] = "retriever"

    needs_vectors: bool = False
    """Whether it compares vectors, so that documents and questions must be embedded."""

    fuses: bool = False
    """Whether it combines several rankings, as `fusion` says."""

    second_vectors: bool = False
    """Whether it also searches the vectors of `second_embedding`, and combines that ranking with its own."""

    calls: int = 0
    """The maximum number of requests to `sparse_embedding` per text that is searched for; it also embeds the
    chunks. Above 0, an experiment must name one."""

    calls_with: str = ""
    """The setting under which alone it asks `sparse_embedding`, as a file has it; empty without one."""

    model_kind: ClassVar[str] = "sparse_embedding"
    """The kind of model that it asks, where it asks one."""


@dataclass(frozen=True, kw_only=True)
class Reranker(Part):
    """Reorders the retrieved passages.

    Function: `async (question, hits, context, **settings) -> (hits, flags)`. It returns all hits that it
    gets: the first `candidates` of the ranking. With a setting `candidates` of its own it gets all hits, and
    that number.
    """

    kind: ClassVar[str] = "reranker"

    needs_vectors: bool = False
    """Whether it compares vectors: documents and questions are then embedded even for keyword search."""

    calls: int = 0
    """The maximum number of requests to `rerank_model` per question. Above 0, an experiment must name one."""

    model_kind: Literal["chat", "reranker"] = "chat"
    """The kind of model that it asks, where it asks one."""

    first_stays_with: str = ""
    """The retriever whose first passage it never changes, so that it has no effect with top_k 1; empty when
    there is none."""

    arranges: bool = False
    """Whether it arranges what the prompt gets rather than choosing it: it is then given the first `top_k`
    alone, whatever `candidates` says."""

    passages_read: Callable[[Any], int] = lambda settings: 0
    """Returns how many passages it usually reads for a question, given the settings; 0 for all. `candidates`
    of a retrieval setting says otherwise. The plan's price depends on it."""


@dataclass(frozen=True, kw_only=True)
class QueryTransform(Part):
    """Turns a question into the text or the texts to search for.

    Function: `async (question, context, **settings) -> text`, or a list of texts whose rankings are combined.
    `context.history` holds the earlier turns.
    """

    kind: ClassVar[str] = "query transform"

    calls: int = 0
    """The maximum number of requests to `query_model` per question. Above 0, an experiment must name one."""

    call_kind: Literal["query", "hyde", "rewrite"] = "query"
    """What its requests are called in the list of calls."""

    asks_for: str = "about it"
    """What it asks `query_model`, in words that follow "asks the model": "for a draft"."""

    writes: bool = False
    """Whether its model must write text of its own: the embedded answerer, which only quotes, cannot."""

    most_texts: Callable[[Any], int] = lambda settings: 1
    """Returns how many texts are searched for at most, given the settings; the plan's price depends on it."""

    in_turn: bool = False
    """Whether the rankings of its texts are combined by taking one passage of each in turn, so that each text
    keeps some of the first places. Otherwise by reciprocal rank fusion."""

    for_follow_ups: bool = False
    """Whether it makes a question out of a follow-up question and its earlier turns. A question without
    earlier turns is then searched for as it is, without a call, and the reranker reads what was made."""


@dataclass(frozen=True, kw_only=True)
class ChunkContext(Part):
    """Makes the text that is put before a chunk when it is embedded and searched. The prompt never shows it.

    Function: `async (document, chunks, context, **settings) -> [text or ProviderError, …]`: for each chunk of
    the document its context, "" for none, or why the call for it failed. `context` calls `context_model`.
    """

    kind: ClassVar[str] = "chunk context"

    calls: int = 0
    """The maximum number of requests to `context_model` per chunk. Above 0, an experiment must name one."""

    tokens_read: Callable[[Any], int] = lambda settings: 0
    """Returns how many tokens of a document one request holds at most, given the settings."""


@dataclass(frozen=True, kw_only=True)
class Fusion(Part):
    """Combines several rankings of the same chunks into one.

    Function: `({name: ranking, …}, n, **settings) -> [(position, score), …]`, best first, at most n pairs.
    The names are "dense", "second" (vectors of `second_embedding`), "keyword" and "sparse", in this order;
    some may lack.
    """

    kind: ClassVar[str] = "fusion"


@dataclass(frozen=True, kw_only=True)
class Filter(Part):
    """Decides which documents are searched for a question.

    Function: `(question, **settings) -> condition or None`, and with calls of a model
    `async (question, context, **settings) -> condition or None`. The question is an AskedQuestion; None
    searches all documents.
    """

    kind: ClassVar[str] = "filter"
    of_mapping: ClassVar[tuple[str, str] | None] = ("where", "condition")

    calls: int = 0
    """The maximum number of requests to `query_model` per question. Above 0, an experiment must name one."""


@dataclass(frozen=True, kw_only=True)
class Returns(Part):
    """Decides what the model is given when a chunk is found.

    Function: `(hits, texts, **settings) -> [(start, end), …]`: for each hit the characters of its document
    that are given for it. `texts` (pipeline/corpus_texts.py) has the documents and how they are cut. What
    overlaps is joined afterwards.
    """

    kind: ClassVar[str] = "returned text"

    most_tokens: Callable[[Any, int], int] = lambda settings, chunk_tokens: chunk_tokens
    """Returns about how many tokens are given for one chunk at most, given the settings and the size of
    chunks; the plan's price and the prompt's room depend on it."""

    parent_tokens: Callable[[Any], int] = lambda settings: 0
    """Returns the size of the larger pieces into which the splitter cuts the documents for it, given the
    settings; 0 where there are none. Pieces that are not larger than the chunks make no difference."""

    section_tokens: Callable[[Any], int] = lambda settings: 0
    """Returns the most tokens of the sections into which the documents' headings cut them for it, given the
    settings; 0 where there are none."""


@dataclass(frozen=True, kw_only=True)
class Strategy(Part):
    """Searches the space of configurations.

    Function: `(field, **settings) -> Steps`, as search/types.py defines them.
    """

    kind: ClassVar[str] = "search strategy"

    promise: str = "nothing"
    """What it guarantees about the best configuration, in words."""

    asks: Literal["everything", "some configurations", "some questions"] = "some questions"
    """Whether every configuration is asked every question, some configurations are asked every question, or
    configurations are dropped after some of the questions."""

    one_aim: bool = False
    """Whether it optimizes a single aim, so that an objective with several aims is an error."""

    told_aims: bool = False
    """Whether its function also takes `objectives`, the number of aims."""

    draws: bool = False
    """Whether its `trials` configurations are drawn with the seed before the run."""

    proposes: bool = False
    """Whether configurations become trials one by one, as the strategy proposes them."""

    count: str | Callable[..., tuple[int, int]] | None = None
    """`(configs, questions, **settings) -> (fewest, most)`, the number of answers that it asks for, for the
    plan; None when that is not known."""


@dataclass(frozen=True, kw_only=True)
class Score(Part):
    """Scores one answer.

    Function: `(context, **settings) -> ScoreValue`, or a plain number from 0 to 1.
    """

    kind: ClassVar[str] = "score"

    needs: str = ""
    """What a question must have, in words: "a reference answer", "marked evidence"; empty for nothing."""

    scores_unanswerable: bool = False
    """Whether a question that the documents do not answer is scored even without what the score needs."""

    rewards_declining: bool = False
    """Whether it measures if the right questions were declined; it says little when all are answerable."""

    not_applicable: str = ""
    """Which answers have no score, in words."""

    higher_is_better: bool = True
    """Whether a higher value is better; False for toxicity, for example."""

    good_from: float | None = 0.5
    """The value from which an answer counts as good, or 1 minus it when a lower value is better. None where
    a single answer's value says little: BLEU depends on the length of the reference, for example."""

    poor_below: float = 0.3
    """The value below which an answer counts as poor, likewise; between the two it is unclear."""

    group: str = ""
    """The name that stands for all scores of the group in an experiment file; empty for none."""

    variants: Literal["exchange", "planted"] | None = None
    """The additional questions of a score that compares two answers: "exchange" for questions whose group
    term is exchanged, "planted" for questions with an instruction planted in their passages; or None."""

    needs_ragas: bool = False
    """Whether ragas has to be installed for it."""

    beyond_english: str = ""
    """What the value is worth for texts in other languages, as the end of a sentence that begins with the
    score; empty where the language makes no difference."""

    ladder: str | None = None
    """The judged score that takes over where this one is unsure (`ladder: [embedded, model]`), or None."""


@dataclass(frozen=True, kw_only=True)
class JudgedMetric(Score):
    """A score that a judge model gives. Its function is a metric class with ragas's interface."""

    kind: ClassVar[str] = "judged score"

    looks_at: tuple[str, ...] = ()
    """The inputs that the value depends on, out of "question", "answer", "passages" and "reference"."""

    calls: int = 0
    """The maximum number of requests per answer, not counting repeated requests after unreadable replies."""

    calls_per_passage: int = 0
    """The maximum number of further requests per passage."""

    samples: bool = False
    """Whether it sends the same prompt several times and embeds the replies."""

    reads_one_passage: bool = False
    """Whether a request holds a single passage instead of all of them."""

    zero_if_declined: bool = False
    """Whether declining a question that the documents answer scores 0; otherwise it has no score."""

    zero_without_passages: bool = True
    """Whether an answer without passages scores 0; otherwise it has no score."""

    verdicts: str = ""
    """The template of the score's reason; `{of}` becomes "3 of 4"."""

    def calls_for(self, passages: int) -> int:
        """Return the maximum number of requests for an answer with so many passages."""
        return self.calls + self.calls_per_passage * passages
