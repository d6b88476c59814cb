"""Finds where passages stand that somebody else retrieved: by document and place, else by their text.
Knows nothing about who retrieved them. A passage that no document holds has no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from threading import Lock
from typing import NamedTuple

from workbench.corpus.document_names import by_name, find_named
from workbench.corpus.quote_index import QuoteIndex
from workbench.corpus.quotes import find_quotes
from workbench.corpus.types import Document
from workbench.lru_cache import LruCache
from workbench.replies.system_passages import SystemPassage

MOST_REMEMBERED = 5_000
"""Passages whose places are remembered: a system retrieves the same ones for many questions."""


class Place(NamedTuple):
    """A stretch of a document: a passage's place."""

    document: Document
    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last character."""


class PassagePlaces:
    """Finds passages in one set of documents. May be used by several threads."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = list(documents)
        self._remembered: LruCache[SystemPassage, tuple[Place | None]] = LruCache(MOST_REMEMBERED)
        self._one_at_a_time = Lock()

    def find(self, passage: SystemPassage) -> Place | None:
        """Where a passage stands; None when no document holds it.

        Its own place counts where the text there is the passage's. Otherwise its text is looked for: in the
        document that it names, then in all of them, letter by letter before whatever the typography and white
        space. Where it stands several times, the place nearest to the one it names counts, else the first.
        """
        known = self._remembered.find(passage)
        if known is None:
            known = (self._find(passage),)
            self._remembered.keep(passage, known)
        return known[0]

    def _find(self, passage: SystemPassage) -> Place | None:
        named = self._named(passage.document)
        if named is not None and passage.start is not None and passage.end is not None:
            text = named.text[passage.start : passage.end]
            fits = 0 <= passage.start < passage.end <= len(named.text)
            if fits and (not passage.text or _is_same(text, passage.text)):
                return Place(named, passage.start, passage.end)
        if not passage.text:
            return None
        return next(self._places_of_text(passage, named), None)

    def _places_of_text(self, passage: SystemPassage, named: Document | None) -> Iterator[Place]:
        first = [named] if named is not None else []
        for documents in (first, self._documents):
            for document in documents:
                start = document.text.find(passage.text)
                if start >= 0:
                    yield self._nearest(document, _all_places(document.text, passage.text), passage)
            for document in first if documents is first else self._documents_with(passage.text):
                if places := find_quotes(document.text, passage.text):
                    yield self._nearest(document, places, passage)

    def _nearest(
        self, document: Document, places: Sequence[tuple[int, int]], passage: SystemPassage
    ) -> Place:
        wanted = passage.start
        best = places[0] if wanted is None else min(places, key=lambda place: abs(place[0] - wanted))
        return Place(document, *best)

    def _named(self, name: str) -> Document | None:
        """The document of this name; else the only one whose path ends so, or has this name without its
        type, or this title: systems name files by their full paths, without folders, and by their titles."""
        if not name:
            return None
        found = find_named(self._by_name, name)
        if found is not None:
            return found
        path = PurePosixPath(name.replace("\\", "/"))
        for key in (path.name, path.stem, name):
            documents = self._by_other_names.get(key.casefold(), ())
            if len(documents) == 1:
                return documents[0]
        return None

    @cached_property
    def _by_name(self) -> dict[str, Document]:
        return by_name(self._documents)

    @cached_property
    def _by_other_names(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = defaultdict(list)
        for document in self._documents:
            path = PurePosixPath(document.name)
            for key in {path.name.casefold(), path.stem.casefold(), document.title.casefold()}:
                found[key].append(document)
        return found

    def _documents_with(self, text: str) -> list[Document]:
        """Those that hold the text, whatever its typography. The index is made when it is first needed."""
        with self._one_at_a_time:
            found = self._index.find([text])[text]
        return [document for piece in found if (document := self._by_name.get(piece.document)) is not None]

    @cached_property
    def _index(self) -> QuoteIndex:
        return QuoteIndex(self._documents)


def _is_same(text: str, other: str) -> bool:
    """Whether two texts are the same but for white space."""
    return text == other or text.split() == other.split()


def _all_places(text: str, wanted: str) -> list[tuple[int, int]]:
    places, start = [], text.find(wanted)
    while start >= 0:
        places.append((start, start + len(wanted)))
        start = text.find(wanted, start + 1)
    return places
