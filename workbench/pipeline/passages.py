"""Converts a hit to the store's row and back, and to the passage that programs get.
Knows nothing about how passages are retrieved or where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from workbench.fingerprint import fingerprint
from workbench.pipeline.types import Chunk, Hit
from workbench.store.records import PassageRecord


def passage_key(document: str, title: str, start: int, end: int, text: str, header: str = "") -> str:
    """The key under which the store has a passage."""
    return fingerprint(document, title, start, end, text, *([header] if header else ()))


@lru_cache(maxsize=10_000)  # a chunk is ranked for many questions, and its key hashes its text
def chunk_to_record(chunk: Chunk) -> PassageRecord:
    """The store's row of a chunk."""
    key = passage_key(chunk.document, chunk.title, chunk.start, chunk.end, chunk.text, chunk.header)
    return PassageRecord(
        key,
        chunk.document,
        chunk.title,
        chunk.start,
        chunk.end,
        chunk.page,
        chunk.tokens,
        chunk.text,
        chunk.header,
    )


def record_to_hit(record: PassageRecord, score: float) -> Hit:
    """The hit that a stored ranking has: its passage and its score."""
    chunk = Chunk(
        document=record.document,
        title=record.title,
        start=record.start,
        end=record.end,
        text=record.text,
        tokens=record.tokens,
        page=record.page,
        header=record.header,
    )
    return Hit(chunk, score)


@dataclass(frozen=True)
class Passage:
    """A retrieved passage as programs get it. The fields are those of the JSON.

    Attributes:
        document: The document's name.
        title: The document's title, with the section where the splitter knows it.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        page: Page of its first character, from 1; None when the document has no pages.
        tokens: Its length, counted with the embedded tokenizer.
        text: The characters from start to end.
        score: The retriever's or reranker's score; higher is better.
        header: The header rows of the table in which it begins, where it does not hold them; "" for none.
    """

    document: str
    title: str
    start: int
    end: int
    page: int | None
    tokens: int
    text: str
    score: float
    header: str = ""

    @classmethod
    def of(cls, hit: Hit) -> Passage:
        """The passage of a hit."""
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
            header=chunk.header,
        )
