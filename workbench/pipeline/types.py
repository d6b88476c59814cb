"""What the stages hand to each other: chunks, hits and rankings, as plain frozen data.
Knows nothing about how any stage works or where its results are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from workbench.space.retrieval import Retrieval

# How deep retrieval goes and how many a reranker may look at: top_k only cuts the list afterwards, so
# configurations that differ in top_k alone share one retrieval.
CANDIDATES = 50


class Chunking(NamedTuple):
    """How documents are cut: the settings that decide a document's chunks."""

    splitter: str
    chunk_tokens: int
    chunk_overlap: int

    @classmethod
    def of(cls, retrieval: Retrieval) -> Chunking:
        return cls(retrieval.splitter, retrieval.chunk_tokens, retrieval.chunk_overlap)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Characters [start, end) of a document: text == document.text[start:end]."""

    document: str
    """The document's name."""
    title: str
    """The document's title, and the section where the splitter knows it."""
    start: int
    end: int
    text: str
    tokens: int
    """Counted with the embedded tokenizer."""
    page: int | None = None
    """The page of its first character, from 1; PDF only."""

    @property
    def id(self) -> str:
        return f"{self.document}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk in a ranking, best first."""

    chunk: Chunk
    score: float
    """The retriever's or reranker's own; higher is better."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What retrieval found for one question."""

    hits: tuple[Hit, ...]
    """Best first, up to CANDIDATES of them: top_k cuts the list later."""
    seconds: float
    """What serving it takes: query transform, query embedding, search and reranking."""
    cost_usd: float | None
    """What its calls cost, whether or not they were stored; None as soon as one has no price."""
    flags: tuple[str, ...] = ()
    """What a reranker says, such as "rerank_unparsed"."""
