"""The documents of a corpus and how they are cut, for what is taken from around a chunk that was found.
Knows nothing about rankings. A document is cut when it is first asked for; look-ups are by bisection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock

from workbench.corpus.types import Document
from workbench.lru_cache import LruCache
from workbench.parts.choice import choose
from workbench.parts.part import Splitter
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.chunk_table import ChunkTable
from workbench.pipeline.chunking import header_before, longest_header
from workbench.pipeline.cuts import ChunkedDocument, Cut
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.section_cuts import cut_sections
from workbench.pipeline.section_titles import SectionTitles
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.tokens_within import token_starts_within
from workbench.pipeline.types import Chunk, Chunking

_COUNTED = 20_000
"""Parts of documents whose tokens are remembered."""
_CUT = 2_000
"""Documents whose cuts are remembered as objects. All the others are numbers in a table."""


class CorpusTexts:
    """The texts of one set of documents. Safe for threads: what two of them do twice comes out alike."""

    def __init__(self, documents: Sequence[Document], chunk_folder: Path) -> None:
        """chunk_folder: the cache of chunks."""
        self._documents = {document.name: document for document in documents}
        self._folder = chunk_folder
        self._chunks: LruCache[tuple[Chunking, str], ChunkedDocument] = LruCache(_CUT)
        self._cut_whole: dict[Chunking, ChunkTable] = {}
        self._cut_at_headings: set[tuple[Chunking, int]] = set()
        self._cutting = Lock()
        self._sections: dict[tuple[Chunking, int, str], Cut] = {}
        self._titles: dict[str, SectionTitles] = {}
        self._counts: LruCache[tuple[str, int, int], int] = LruCache(_COUNTED)

    def document(self, name: str) -> Document:
        """The document of this name."""
        return self._documents[name]

    def remember(self, chunking: Chunking, chunks: ChunkTable) -> None:
        """Take over how documents are cut, where all their chunks are known."""
        self._cut_whole[chunking] = chunks

    def cut_all(self, chunking: Chunking, observer: Observer = UNOBSERVED) -> None:
        """Cut all documents, so that no question waits for it. Done once, and stored like any chunks."""
        with self._cutting:
            if chunking not in self._cut_whole:
                documents = list(self._documents.values())
                chunks, _ = chunk_documents(documents, *chunking, self._folder, observer)
                self.remember(chunking, chunks)

    def chunks(self, chunking: Chunking, name: str) -> ChunkedDocument:
        """How a document is cut into chunks."""
        key = (chunking, name)
        found = self._chunks.find(key)
        if found is None:
            table = self._cut_whole.get(chunking)
            if table is None:
                table, _ = chunk_documents([self._documents[name]], *chunking, self._folder)
            found = ChunkedDocument.of(table.of_document(table.numbers[name]))
            self._chunks.keep(key, found)
        return found

    def cut_sections(self, chunking: Chunking, tokens: int) -> None:
        """Find the sections of all documents, so that no question waits for it."""
        with self._cutting:
            if (chunking, tokens) not in self._cut_at_headings:
                for name in self._documents:
                    self.sections(chunking, tokens, name)
                self._cut_at_headings.add((chunking, tokens))

    def sections(self, chunking: Chunking, tokens: int, name: str) -> Cut:
        """How a document's headings cut it. A section of more tokens is cut by the splitter."""
        key = (chunking, tokens, name)
        if key not in self._sections:
            count = partial(self.count, chunking, name)
            spans = cut_sections(self._documents[name], chunking.splitter, tokens, count)
            self._sections[key] = Cut.of(spans)
        return self._sections[key]

    def title_at(self, splitter: str, name: str, start: int, end: int) -> str:
        """The title of characters that are not a chunk, as the splitter's chunks have it."""
        document = self._documents[name]
        if not choose(Splitter, splitter).part.section_titles:
            return document.title
        for chunking in [
            c for c in tuple(self._cut_whole) if c.splitter == splitter
        ]:  # parents know their titles
            if title := self.chunks(chunking, name).title_of(start, end):
                return title
        if name not in self._titles:
            self._titles[name] = SectionTitles(document)
        return self._titles[name].of(start, end)

    def header_at(self, chunking: Chunking, name: str, start: int) -> str:
        """The header of the table in which a passage begins, as the chunks have it."""
        longest = longest_header(chunking.splitter, chunking.chunk_tokens)
        return header_before(self._documents[name], start, partial(self._count_part, name), longest)

    def count(self, chunking: Chunking, name: str, start: int, end: int) -> int:
        """How many tokens begin within the characters [start, end) of a document. Chunks know theirs, so
        little of the text is read."""
        return self.chunks(chunking, name).count(start, end, partial(self._count_part, name))

    def _count_part(self, name: str, start: int, end: int) -> int:
        if start >= end:
            return 0
        key = (name, start, end)
        count = self._counts.find(key)
        if count is None:
            count = len(token_starts_within(self._documents[name].text, start, end))
            self._counts.keep(key, count)
        return count


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
        return self.corpus.sections(self.chunking, tokens, name)

    def count(self, name: str, start: int, end: int) -> int:
        """How many tokens begin within the characters [start, end) of a document."""
        return self.corpus.count(self.chunking, name, start, end)

    def shown_tokens(self, name: str, start: int, end: int) -> int:
        """The tokens of a passage as the prompt shows it: with the header of the table in which it begins."""
        return self.count(name, start, end) + header_tokens(self.header(name, start))

    def end_of(self, name: str, start: int, end: int, tokens: int) -> int:
        """Where the first so many tokens of [start, end) end, with what follows them."""
        starts = token_starts_within(self.document(name).text, start, end)
        return starts[tokens] if tokens < len(starts) else end

    def header(self, name: str, start: int) -> str:
        """The header of the table in which a passage begins at this character, "" for none."""
        head = self.corpus.chunks(self.chunking, name).heads.get(start)
        return head[1] if head else self.corpus.header_at(self.chunking, name, start)

    def passage(self, name: str, start: int, end: int) -> Chunk:
        """The passage of the characters [start, end) of a document. A chunk that begins there gives its title
        and table header."""
        document = self.document(name)
        head = self.corpus.chunks(self.chunking, name).heads.get(start)
        return Chunk(
            document=name,
            title=head[0] if head else self.corpus.title_at(self.chunking.splitter, name, start, end),
            start=start,
            end=end,
            text=document.text[start:end],
            tokens=self.count(name, start, end),
            page=document.page_at(start),
            header=self.header(name, start),
        )


@lru_cache(maxsize=1000)
def header_tokens(header: str) -> int:
    """The tokens of a table's header rows, with the rule below them: the prompt shows both."""
    return len(TokenOffsets.of(header).starts) if header else 0
