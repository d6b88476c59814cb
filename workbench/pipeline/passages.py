"""The shapes of a passage beside a hit: the store's row and what programs see, each made in one place.
Knows nothing about how passages are found or where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from workbench.fingerprint import fingerprint
from workbench.pipeline.types import Chunk, Hit
from workbench.store.records import PassageRecord


def passage_key(document: str, title: str, start: int, end: int, text: str) -> str:
    return fingerprint(document, title, start, end, text)


@lru_cache(maxsize=10_000)  # each is ranked for many questions, and its key hashes its text
def chunk_to_record(chunk: Chunk) -> PassageRecord:
    key = passage_key(chunk.document, chunk.title, chunk.start, chunk.end, chunk.text)
    return PassageRecord(
        key, chunk.document, chunk.title, chunk.start, chunk.end, chunk.page, chunk.tokens, chunk.text
    )


def record_to_hit(record: PassageRecord, score: float) -> Hit:
    chunk = Chunk(
        document=record.document,
        title=record.title,
        start=record.start,
        end=record.end,
        text=record.text,
        tokens=record.tokens,
        page=record.page,
    )
    return Hit(chunk, score)


@dataclass(frozen=True)
class Passage:
    """A hit as programs see it: its fields are those of the JSON."""

    document: str
    title: str
    start: int
    """Of its first character in the document."""
    end: int
    """Behind its last character."""
    page: int | None
    """Of its first character, from 1; None where the document has no pages."""
    tokens: int
    text: str
    score: float
    """The retriever's or reranker's own; higher is better."""

    @classmethod
    def of(cls, hit: Hit) -> Passage:
        chunk = hit.chunk
        return cls(
            document=chunk.document,
            title=chunk.title,
            start=chunk.start,
            end=chunk.end,
            page=chunk.page,
            tokens=chunk.tokens,
            text=chunk.text,
            score=hit.score,
        )
