"""Finds passages of a corpus under several retrieval settings, to see what else answers a question.
Knows nothing about rules and drafts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.corpus.types import Document
from workbench.pipeline.bm25 import KeywordIndex
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.types import Chunk
from workbench.providers.embedded.encoder import shared_encoder

SETTINGS = (("sentence", 64, 0), ("sentence", 160, 32), ("markdown", 320, 0))
"""(splitter, most tokens, overlap in tokens): short passages, usual ones and whole sections."""
USUAL = 1
"""Which of SETTINGS cuts passages of usual size."""
DENSE = (1, 2)
"""Which of SETTINGS are also searched by meaning, and by both together."""
MOST_ENCODED = 600
"""The most passages of one setting that are encoded; a larger corpus is searched by keyword only."""
_RANK_CONSTANT = 60  # of reciprocal rank fusion, as in hybrid retrieval
_FUSED = 20  # passages of each list that are fused


class PassageIndex:
    """The passages of a corpus under one setting, to be found by keyword, by meaning, and by both."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        """Index passages by keyword; they are encoded when they are first searched by meaning."""
        self.chunks = chunks
        self.keyword = KeywordIndex(chunks)
        self._encoding = threading.Lock()

    @cached_property
    def _encoded(self) -> np.ndarray:
        return shared_encoder().encode([f"{chunk.title}\n{chunk.text}" for chunk in self.chunks])

    @property
    def _vectors(self) -> np.ndarray:
        with self._encoding:  # several threads may search
            return self._encoded

    def by_keyword(self, text: str, most: int) -> list[int]:
        """The positions of the best passages by BM25."""
        return [position for position, _ in self.keyword.query(text, most)]

    def by_meaning(self, text: str, most: int) -> list[int]:
        """The positions of the best passages by the embedded encoder."""
        similar = self._vectors @ shared_encoder().encode([text])[0]
        return [int(position) for position in np.argsort(-similar, kind="stable")[:most]]

    def nearest_of(self, positions: Sequence[int], text: str) -> list[int]:
        """Some passages by their meaning, the nearest first, without encoding all others."""
        chunks = [self.chunks[position] for position in positions]
        vectors = shared_encoder().encode([text, *(f"{chunk.title}\n{chunk.text}" for chunk in chunks)])
        order = np.argsort(-(vectors[1:] @ vectors[0]), kind="stable")
        return [positions[int(place)] for place in order]

    def by_both(self, text: str, most: int) -> list[int]:
        """The positions of the best passages by both ranks together."""
        points: dict[int, float] = {}
        for ranked in (self.by_keyword(text, _FUSED), self.by_meaning(text, _FUSED)):
            for rank, position in enumerate(ranked, start=1):
                points[position] = points.get(position, 0.0) + 1 / (_RANK_CONSTANT + rank)
        return sorted(points, key=lambda position: -points[position])[:most]


@dataclass(frozen=True)
class Passages:
    """The passages of a corpus under each of SETTINGS."""

    indexes: tuple[PassageIndex, ...]

    @property
    def usual(self) -> Sequence[Chunk]:
        """All text of the corpus, in passages of usual size."""
        return self.indexes[USUAL].chunks

    @property
    def is_searched_by_meaning(self) -> bool:
        """Whether the corpus is small enough to be encoded."""
        return all(len(self.indexes[n].chunks) <= MOST_ENCODED for n in DENSE)

    def find(self, text: str, most: int) -> Iterable[Chunk]:
        """Yield the best passages for a text by keyword, up to `most` of each setting."""
        for found in self.find_each(text, most):
            yield from found

    def find_each(self, text: str, most: int) -> list[list[Chunk]]:
        """The best passages for a text by keyword under each setting, up to `most` of each."""
        return [
            [index.chunks[position] for position in index.by_keyword(text, most)] for index in self.indexes
        ]

    def find_best(self, text: str, most: int) -> list[list[Chunk]]:
        """The best passages under each setting, by meaning too where it is searched so, up to `most` of
        each."""
        by_meaning = DENSE if self.is_searched_by_meaning else ()
        return [
            [index.chunks[position] for position in search(text, most)]
            for number, index in enumerate(self.indexes)
            for search in (index.by_both if number in by_meaning else index.by_keyword,)
        ]

    def find_nearest(self, text: str) -> Chunk | None:
        """The passage of usual size that is nearest in meaning, of a large corpus among those that a search
        by keyword finds; None where it finds none."""
        index = self.indexes[USUAL]
        if self.is_searched_by_meaning:
            positions = index.by_meaning(text, 1)
        else:
            positions = index.nearest_of(index.by_keyword(text, _FUSED), text)
        return index.chunks[positions[0]] if positions else None

    def find_everywhere(self, text: str, most: int) -> list[Chunk]:
        """The best passages by keyword, by meaning and by both, each once, up to `most` of each setting."""
        found = list(self.find(text, most))
        for index in (self.indexes[n] for n in DENSE) if self.is_searched_by_meaning else ():
            positions = (*index.by_meaning(text, most), *index.by_both(text, most))
            found += [index.chunks[position] for position in positions]
        return list(dict.fromkeys(found))


def read_passages(documents: Sequence[Document]) -> Passages:
    """Cut and index documents under each of SETTINGS."""
    cut = (
        [chunk for document in documents for chunk in chunk_document(document, *setting)]
        for setting in SETTINGS
    )
    return Passages(tuple(PassageIndex(chunks) for chunks in cut))
