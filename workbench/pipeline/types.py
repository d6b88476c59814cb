"""The data that stages pass to each other: chunks, hits and rankings.
Knows nothing about how any stage works or where its results are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from workbench.corpus.types import below_header
from workbench.space.retrieval import Retrieval

CANDIDATES = 50
"""How many hits are retrieved and may be reranked. What the prompt gets of them is chosen
afterwards (`top_k`, `returns`), so configurations that differ only in that share one retrieval."""

SCORE_DIGITS = 6
"""Digits of a score that are stored and compared, so that a stored ranking selects as a fresh one does."""

FAILURES_OF_MODELS = ("empty", "context", "rejected", "nonsense")
"""Kinds of errors that the same request would meet again. A stage does without the reply, and says so."""

T = TypeVar("T")


class Placed(list[T]):
    """Spans or chunks, beside pieces of a splitter from outside that have no place in the document."""

    def __init__(self, items: Iterable[T] = (), unplaced: int = 0) -> None:
        super().__init__(items)
        self.unplaced = unplaced
        """How many pieces are in no chunk, since their text does not stand in the document."""


class Chunking(NamedTuple):
    """How documents are cut: the settings that decide a document's chunks."""

    splitter: str
    """Its name as in an experiment file."""
    chunk_tokens: int
    """Most tokens of a chunk."""
    chunk_overlap: int
    """Most tokens that two neighbouring chunks share."""

    @classmethod
    def of(cls, retrieval: Retrieval) -> Chunking:
        """The chunking of a retrieval setting."""
        return cls(retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document: text == document.text[start:end]."""

    document: str
    """The document's name."""
    title: str
    """The document's title, and the section where the splitter knows it."""
    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last character."""
    text: str
    tokens: int
    """Counted with the embedded tokenizer, without the header."""
    page: int | None = None
    """Page of its first character, from 1; None when the document has no pages (only PDF files have)."""
    header: str = ""
    """The header rows of the table in which the chunk begins, where it does not hold them itself. They are
    searched and shown to the model with the text; "" for none."""

    @property
    def shown(self) -> str:
        """What the model is shown below the title: the header rows and the text."""
        return below_header(self.header, self.text)

    @property
    def id(self) -> str:
        """Names the chunk within its corpus and chunking."""
        return f"{self.document}:{self.start}-{self.end}"


def searched_text(chunk: Chunk, context: str = "") -> str:
    """What is embedded of a chunk, and what keyword search reads beside its title: its context, the header
    rows of its table, its text."""
    return f"{context}\n{chunk.shown}" if context else chunk.shown


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk in a ranking."""

    chunk: Chunk
    score: float
    """Score of the retriever or reranker; higher is better."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The result of retrieval for one question."""

    hits: tuple[Hit, ...]
    """Up to CANDIDATES hits, best first; top_k cuts the list later."""
    seconds: float
    """How long it takes to serve: query transform, query embedding, search and reranking."""
    cost_usd: float | None
    """What its calls cost in US dollars, whether or not they were reused; None when one has no price."""
    flags: tuple[str, ...] = ()
    """Flags of the query transform, the filter and the reranker, such as "rerank_unparsed"."""
    late_contexts: tuple[int, ...] = ()
    """The positions of chunks that were searched without the context that they will have later; such a
    ranking is not the setting's."""
    condition: str | None = None
    """The condition on metadata under which was searched, as `condition_text` writes it; None for none."""
