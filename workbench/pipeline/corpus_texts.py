"""The documents of a corpus and how they are cut, for what is taken from around a chunk that was found.
Knows nothing about rankings. A document is cut when it is first asked for; look-ups are by bisection."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock

from workbench.corpus.sections import section_starts
from workbench.corpus.types import Document
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.parts.splitters import DEFAULT_SPLITTER
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.chunking import header_before, longest_header, split
from workbench.pipeline.section_titles import SectionTitles
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Chunk, Chunking


@dataclass(frozen=True)
class Cut:
    """The pieces into which one document is cut. Both lists ascend; neighbours may overlap."""

    starts: Sequence[int]
    """Offset of each piece's first character."""
    ends: Sequence[int]
    """Offset after each piece's last character."""

    @classmethod
    def of(cls, spans: Sequence[Span]) -> Cut:
        """The cut of these spans, whatever their order."""
        ordered = sorted(spans)
        return cls([start for start, _ in ordered], [end for _, end in ordered])

    def __len__(self) -> int:
        return len(self.starts)

    def piece_of(self, start: int, end: int) -> int | None:
        """The number of the piece that holds most of the characters [start, end); of equal ones the first.
        None where no piece holds any."""
        low, high = bisect_right(self.ends, start), bisect_left(self.starts, end)
        shared = [(min(end, self.ends[i]) - max(start, self.starts[i]), -i) for i in range(low, high)]
        return -max(shared)[1] if shared else None

    def number_of(self, start: int, end: int) -> int | None:
        """The number of the piece [start, end), or else of the one that holds most of it."""
        place = bisect_left(self.starts, start)
        while place < len(self) and self.starts[place] == start:
            if self.ends[place] == end:
                return place
            place += 1
        return self.piece_of(start, end)

    def within(self, start: int, end: int) -> range:
        """The numbers of the pieces that begin and end within [start, end)."""
        return range(bisect_left(self.starts, start), bisect_right(self.ends, end))

    def around(self, start: int, end: int) -> Span:
        """The piece that holds most of the characters [start, end), widened to hold all of them."""
        piece = self.piece_of(start, end)
        if piece is None:
            return start, end
        return min(start, self.starts[piece]), max(end, self.ends[piece])

    def span(self, first: int, last: int) -> Span:
        """From the beginning of one piece to the end of another; numbers beyond the ends are the ends'."""
        return self.starts[max(0, first)], self.ends[min(len(self) - 1, last)]


@dataclass(frozen=True)
class ChunkedDocument:
    """How one document is cut into chunks. Without their texts, which would be in memory twice."""

    cut: Cut
    heads: Mapping[int, tuple[str, str]]
    """The first character of each chunk → its title and table header."""

    @classmethod
    def of(cls, chunks: Sequence[Chunk]) -> ChunkedDocument:
        """The cut of a document's chunks."""
        heads = {chunk.start: (chunk.title, chunk.header) for chunk in reversed(chunks)}
        return cls(Cut.of([(chunk.start, chunk.end) for chunk in chunks]), heads)


class CorpusTexts:
    """The texts of one set of documents. Safe for threads: what two of them do twice comes out alike."""

    def __init__(self, documents: Sequence[Document], chunk_folder: Path) -> None:
        """chunk_folder: the cache of chunks."""
        self._documents = {document.name: document for document in documents}
        self._folder = chunk_folder
        self._chunks: dict[tuple[Chunking, str], ChunkedDocument] = {}
        self._cut_whole: set[Chunking] = set()
        self._cutting = Lock()
        self._sections: dict[tuple[str, int, str], Cut] = {}
        self._titles: dict[str, SectionTitles] = {}
        self._token_starts: dict[str, array[int]] = {}

    def document(self, name: str) -> Document:
        """The document of this name."""
        return self._documents[name]

    def remember(self, chunking: Chunking, chunks: Sequence[Chunk]) -> None:
        """Take over how documents are cut, where all their chunks are known."""
        by_document: dict[str, list[Chunk]] = {document: [] for document in self._documents}
        for chunk in chunks:
            by_document[chunk.document].append(chunk)
        self._chunks.update(
            ((chunking, name), ChunkedDocument.of(of_document)) for name, of_document in by_document.items()
        )
        self._cut_whole.add(chunking)

    def cut_all(self, chunking: Chunking) -> None:
        """Cut all documents, so that no question waits for it. Done once, and stored like any chunks."""
        with self._cutting:
            if chunking not in self._cut_whole:
                chunks, _ = chunk_documents(list(self._documents.values()), *chunking, self._folder)
                self.remember(chunking, chunks)

    def chunks(self, chunking: Chunking, name: str) -> ChunkedDocument:
        """How a document is cut into chunks."""
        key = (chunking, name)
        if key not in self._chunks:
            chunks, _ = chunk_documents([self._documents[name]], *chunking, self._folder)
            self._chunks[key] = ChunkedDocument.of(chunks)
        return self._chunks[key]

    def sections(self, splitter: str, tokens: int, name: str) -> Cut:
        """How a document's headings cut it. A section of more tokens is cut by the splitter."""
        key = (splitter, tokens, name)
        if key not in self._sections:
            self._sections[key] = Cut.of(_cut_sections(self._documents[name], splitter, tokens))
        return self._sections[key]

    def token_starts(self, name: str) -> array[int]:
        """The offsets of the first characters of a document's tokens."""
        if name not in self._token_starts:  # four bytes a token, of the documents that are asked for
            self._token_starts[name] = array("I", TokenOffsets.of(self._documents[name].text).starts)
        return self._token_starts[name]

    def title_at(self, splitter: str, name: str, start: int, end: int) -> str:
        """The title of characters that are not a chunk, as the splitter's chunks have it."""
        document = self._documents[name]
        if not choose(Splitter, splitter).part.section_titles:
            return document.title
        if name not in self._titles:
            self._titles[name] = SectionTitles(document)
        return self._titles[name].of(start, end)

    def header_at(self, chunking: Chunking, name: str, start: int) -> str:
        """The header of the table in which a passage begins, as the chunks have it."""
        longest = longest_header(chunking.splitter, chunking.chunk_tokens)
        return header_before(self._documents[name], start, partial(self.count, name), longest)

    def count(self, name: str, start: int, end: int) -> int:
        """How many tokens begin within the characters [start, end) of a document."""
        starts = self.token_starts(name)
        return bisect_left(starts, end) - bisect_left(starts, start)


@dataclass(frozen=True)
class Texts:
    """The texts of a corpus as one retrieval setting cuts them."""

    corpus: CorpusTexts
    chunking: Chunking

    def document(self, name: str) -> Document:
        """The document of this name."""
        return self.corpus.document(name)

    def chunks(self, name: str) -> Cut:
        """How a document is cut into the chunks that are searched."""
        return self.corpus.chunks(self.chunking, name).cut

    def parents(self, name: str, tokens: int) -> Cut:
        """How the same splitter cuts a document into pieces of so many tokens that share none."""
        parents = Chunking(self.chunking.splitter, tokens, 0)
        return self.corpus.chunks(parents, name).cut

    def sections(self, name: str, tokens: int) -> Cut:
        """How a document's headings cut it. A section of more tokens is cut by the splitter."""
        return self.corpus.sections(self.chunking.splitter, tokens, name)

    def count(self, name: str, start: int, end: int) -> int:
        """How many tokens begin within the characters [start, end) of a document."""
        return self.corpus.count(name, start, end)

    def end_of(self, name: str, start: int, tokens: int) -> int:
        """Where the first so many tokens of a document from `start` on end, with what follows them."""
        starts = self.corpus.token_starts(name)
        following = bisect_left(starts, start) + tokens
        return starts[following] if following < len(starts) else len(self.document(name).text)

    def passage(self, name: str, start: int, end: int) -> Chunk:
        """The passage of the characters [start, end) of a document. A chunk that begins there gives its title
        and table header."""
        document = self.document(name)
        head = self.corpus.chunks(self.chunking, name).heads.get(start)
        title, header = head or (
            self.corpus.title_at(self.chunking.splitter, name, start, end),
            self.corpus.header_at(self.chunking, name, start),
        )
        return Chunk(
            document=name,
            title=title,
            start=start,
            end=end,
            text=document.text[start:end],
            tokens=self.count(name, start, end),
            page=document.page_at(start),
            header=header,
        )


def _cut_sections(document: Document, splitter: str, tokens: int) -> list[Span]:
    text = document.text
    starts = section_starts(document)
    offsets = TokenOffsets.of(text)
    cutter = splitter if choose(Splitter, splitter).part.sized else DEFAULT_SPLITTER
    spans: list[Span] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if offsets.count(start, end) <= tokens:
            spans.append(_stripped(text, start, end))
        else:
            pieces = split(replace(document, text=text[start:end], page_starts=()), cutter, tokens, 0)
            spans += [(start + first, start + last) for first, last in pieces]
    return [(start, end) for start, end in spans if start < end]


def _stripped(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())
