"""Finds quotes in many documents at once: words tell which documents to look into, `find_quotes` where.
Knows nothing about questions and files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from workbench.corpus.folding import fold, fold_document
from workbench.corpus.quotes import bare_form, find_quotes, split_elided
from workbench.corpus.types import Document, Evidence
from workbench.text import UNSPACED

# Shorter ones may be the marks of lists: "a)", "ii.".
_WORD = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})[^\W\d_])+")
_LEAST_LETTERS = 3


class QuoteIndex:
    """The documents of a corpus by their words.

    Each word of a quote but the first and the last, which may be parts of longer ones, is in the document.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = list(documents)
        self._texts: list[str] = []
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for number, document in enumerate(self._documents):
            folded = fold_document(document.text)
            self._texts.append(folded.text)
            # Also those that are set aside, as in an address: a stretch that begins within it holds them.
            for word in {*_WORD.findall(folded.text), *_WORD.findall(folded.plain.casefold())}:
                self._by_word[word].add(number)

    def find(self, quotes: Iterable[str]) -> dict[str, tuple[Evidence, ...]]:
        """Quote → a piece of evidence for each document that holds it, with all its places in it.

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

    def _documents_with(self, quote: str) -> list[int]:
        """Those that hold the quote as it is, else those with its words: it may stand there with other marks
        of lists or with words left out."""
        bare = bare_form(fold(quote.strip()).text)
        if not bare:  # nothing but an address, say
            return [n for n, document in enumerate(self._documents) if quote.strip() in document.text]
        sets = sorted((self._by_word.get(word, set()) for word in _inner_words(quote)), key=len)
        candidates = sorted(sets[0].intersection(*sets[1:]) if sets else range(len(self._texts)))
        closest = [n for n in candidates if bare in self._texts[n] or quote in self._documents[n].text]
        return closest or candidates


def _inner_words(quote: str) -> Iterator[str]:
    """The words of a quote but the first and the last of each part."""
    for part in split_elided(quote):
        for word in _WORD.findall(fold(part).text)[1:-1]:
            if len(word) >= _LEAST_LETTERS or not word.isascii():
                yield word
