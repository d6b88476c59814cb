"""The chunks of a corpus as columns of numbers beside the documents' texts, not as objects: 24 bytes each.
Knows nothing about how chunks are cut or stored. A chunk is made when it is asked for."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby, pairwise
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.types import Document
from workbench.pipeline.types import Chunk

MOST_KEPT = 20_000
"""Up to so many chunks are kept as objects, which take 15 MB and are found faster."""


class Columns(NamedTuple):
    """What is known of each chunk, beside its document."""

    start: NDArray[np.uint32]
    end: NDArray[np.uint32]
    tokens: NDArray[np.uint32]
    page: NDArray[np.uint32]
    """0 where the document has no pages."""
    title: NDArray[np.uint32]
    """The place of its title among the texts."""
    header: NDArray[np.uint32]
    """The place of its table's header rows among the texts."""


class ChunkTable(Sequence[Chunk]):
    """The chunks of documents, in the order of the documents; a sequence that makes each chunk anew."""

    def __init__(
        self,
        documents: Sequence[Document],
        firsts: NDArray[np.int64],
        columns: Columns,
        texts: Sequence[str],
        kept: Sequence[Chunk] | None = None,
    ) -> None:
        """Use `TableWriter` or `ChunkTable.of`.

        firsts: the position of each document's first chunk, and the number of chunks.
        texts: the distinct titles and headers.
        kept: all chunks as objects; None where they are too many.
        """
        self.documents = documents
        self.firsts = firsts
        self.columns = columns
        self._texts = texts
        self._kept = kept

    def __len__(self) -> int:
        return int(self.firsts[-1])

    @overload
    def __getitem__(self, place: int) -> Chunk: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, place: int | slice) -> Chunk | Sequence[Chunk]:
        if isinstance(place, slice):
            return (
                ChunksAt(self, range(*place.indices(len(self)))) if self._kept is None else self._kept[place]
            )
        if self._kept is not None:
            return self._kept[place]
        position = range(len(self))[place]
        return next(self._chunks_of(self.number_of_document(position), position, position + 1))

    def __iter__(self) -> Iterator[Chunk]:
        if self._kept is not None:
            return iter(self._kept)
        bounds = pairwise(self.firsts.tolist())
        return chain.from_iterable(self._chunks_of(n, first, last) for n, (first, last) in enumerate(bounds))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _chunks_of(self, number: int, first: int, last: int) -> Iterator[Chunk]:
        """The chunks from one position to another, all of them in one document."""
        name, text, texts = self.documents[number].name, self.documents[number].text, self._texts
        for start, end, tokens, page, title, header in zip(
            *(column[first:last].tolist() for column in self.columns), strict=True
        ):
            yield Chunk(name, texts[title], start, end, text[start:end], tokens, page or None, texts[header])

    def number_of_document(self, position: int) -> int:
        """The place, among the documents, of the one that a chunk is in."""
        return int(np.searchsorted(self.firsts, position, side="right")) - 1

    def of_document(self, number: int) -> Sequence[Chunk]:
        """The chunks of the document at this place among the documents."""
        return self[int(self.firsts[number]) : int(self.firsts[number + 1])]

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The name of each document → its place among the documents."""
        return {document.name: number for number, document in enumerate(self.documents)}

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Chunk id to position. Nothing is built for each chunk."""
        return ChunkPositions(self)

    def digest(self) -> str:
        """A hash of which characters of which documents the chunks are, in their order."""
        found = hashlib.sha256("\0".join(document.name for document in self.documents).encode())
        for column in (self.firsts, self.columns.start, self.columns.end):
            found.update(np.ascontiguousarray(column).data)
        return found.hexdigest()


@dataclass(frozen=True, eq=False)
class ChunksAt(Sequence[Chunk]):
    """Some of a table's chunks."""

    table: ChunkTable
    places: Sequence[int] | NDArray[np.int64]
    """Their positions in the table."""

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, place: int) -> Chunk: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, place: int | slice) -> Chunk | Sequence[Chunk]:
        if isinstance(place, slice):
            return ChunksAt(self.table, self.places[place])
        return self.table[int(self.places[place])]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class ChunkPositions(Mapping[str, int]):
    """Chunk id to position, found in the columns of the chunk's document."""

    table: ChunkTable

    def __getitem__(self, chunk_id: str) -> int:
        name, _, span = chunk_id.rpartition(":")
        start, _, end = span.partition("-")
        number = self.table.numbers[name]
        first, last = (int(self.table.firsts[n]) for n in (number, number + 1))
        columns = self.table.columns
        same = (columns.start[first:last] == int(start)) & (columns.end[first:last] == int(end))
        places = np.flatnonzero(same)
        if not len(places):
            raise KeyError(chunk_id)
        return first + int(places[-1])

    def __contains__(self, chunk_id: object) -> bool:
        try:
            return isinstance(chunk_id, str) and self[chunk_id] >= 0
        except (KeyError, ValueError):
            return False

    def __iter__(self) -> Iterator[str]:
        return (chunk.id for chunk in self.table)

    def __len__(self) -> int:
        return len(self.table)


class TableWriter:
    """Collects the chunks of one document after another."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._firsts = array("q", [0])
        self._columns = tuple(array("I") for _ in Columns._fields)
        self._places: dict[str, int] = {}
        self._kept: list[Chunk] | None = []

    def add(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Add a document with its chunks, which are parts of its text."""
        self._documents.append(document)
        if self._kept is not None:
            self._kept.extend(chunks)
            if len(self._kept) > MOST_KEPT:
                self._kept = None
        start, end, tokens, page, title, header = self._columns
        for chunk in chunks:
            start.append(chunk.start)
            end.append(chunk.end)
            tokens.append(chunk.tokens)
            page.append(chunk.page or 0)
            title.append(self._places.setdefault(chunk.title, len(self._places)))
            header.append(self._places.setdefault(chunk.header, len(self._places)))
        self._firsts.append(len(start))

    def table(self) -> ChunkTable:
        """The table of all that was added."""
        columns = Columns(*(np.frombuffer(column, dtype=np.uint32) if column else np.zeros(0, np.uint32)
                            for column in self._columns))  # fmt: skip
        firsts = np.array(self._firsts, dtype=np.int64)
        return ChunkTable(tuple(self._documents), firsts, columns, tuple(self._places), self._kept)


def spans_by_document(
    chunks: Sequence[Chunk],
) -> Iterator[tuple[str, slice, NDArray[np.uint32], NDArray[np.uint32]]]:
    """For each run of chunks of one document: its name, their positions, where they begin and end."""
    if isinstance(chunks, ChunkTable):
        for number, document in enumerate(chunks.documents):
            places = slice(int(chunks.firsts[number]), int(chunks.firsts[number + 1]))
            if places.start < places.stop:
                yield document.name, places, chunks.columns.start[places], chunks.columns.end[places]
        return
    first = 0
    for name, group in groupby(chunks, key=lambda chunk: chunk.document):
        spans = np.array([(chunk.start, chunk.end) for chunk in group], dtype=np.uint32)
        yield name, slice(first, first + len(spans)), spans[:, 0], spans[:, 1]
        first += len(spans)
