"""What the stages hand to each other: chunks, passages, rankings, as plain frozen data.
Knows nothing about how any stage works or where its results are stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """Characters [start, end) of a document: text == document.text[start:end].

    tokens: counted with the embedded tokenizer.  page: of its first character (PDF only).
    """

    document: str
    title: str
    start: int
    end: int
    text: str
    tokens: int
    page: int | None = None

    @property
    def id(self) -> str:
        return f"{self.document}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk in a ranking, best first. `score` is the retriever's or reranker's own; higher is better."""

    chunk: Chunk
    score: float


# How deep retrieval goes and how many a reranker may look at: top_k only cuts the list afterwards, so
# configurations that differ in top_k alone share one retrieval.
CANDIDATES = 50
