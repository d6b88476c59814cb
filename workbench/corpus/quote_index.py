"""Finds quotes in many documents at once: words tell which documents to look into, `find_quotes` where.
Knows nothing about questions and files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from workbench.corpus.quotes import comparable, find_quotes
from workbench.corpus.types import Document, Evidence


class QuoteIndex:
    """The documents of a corpus by their words.

    What a quote is compared by is a stretch of the document's own form for comparing, so each of its words
    but the first and the last, which may be parts of longer ones, is a word of the document.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = list(documents)
        self._texts = [comparable(document.text) for document in self._documents]
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for number, text in enumerate(self._texts):
            for word in set(text.split()):
                self._by_word[word].add(number)

    def find(self, quotes: Iterable[str]) -> dict[str, tuple[Evidence, ...]]:
        """Quote → a piece of evidence for each document that holds it, with all its places there, by
        document.

        A quote that no document holds has none.
        """
        by_document: dict[int, list[str]] = defaultdict(list)
        found: dict[str, dict[int, Evidence]] = {}
        for quote in dict.fromkeys(quotes):
            found[quote] = {}
            for number in self._documents_with(quote):
                by_document[number].append(quote)
        # Document by document: what a text is compared by is remembered for the last few hundred texts only.
        for number, its_quotes in by_document.items():
            document = self._documents[number]
            for quote in its_quotes:
                if places := find_quotes(document.text, quote):
                    first, *others = places
                    found[quote][number] = Evidence(document.name, *first, tuple(others))
        return {quote: tuple(pieces[n] for n in sorted(pieces)) for quote, pieces in found.items()}

    def _documents_with(self, quote: str) -> Sequence[int]:
        needle = comparable(quote.strip()).strip()
        if not needle:
            return ()
        sets = sorted((self._by_word.get(word, set()) for word in needle.split()[1:-1]), key=len)
        candidates = sets[0].intersection(*sets[1:]) if sets else range(len(self._texts))
        return [number for number in sorted(candidates) if needle in self._texts[number]]
