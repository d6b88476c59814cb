"""Tells names from words by how a corpus writes them.
Knows nothing about sentences and questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.drafting.place_names import CITIES, COUNTRIES
from workbench.scoring.dates import MONTHS
from workbench.scoring.word_rarity import is_common
from workbench.text import STOP_WORDS, stem

_ENDING = re.compile(r"(?:ed|ing|ly|al|ive|able|ous|ful|less|ment|tion|ness|ity)$")  # of no names
_NO_NAMES = frozenset("the a an every each all any most many some several both no our your".split())
PLACES = frozenset((*COUNTRIES, *CITIES))
_AFTER = re.compile(r"\b(?:to|can|cannot|must|will|should|may|could|would) (?P<verb>[a-z]{2,})\b")
_WORD = re.compile(r"(?P<inside>(?<=[a-z,] )|(?<=[a-z] the ))?(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)")


@dataclass(frozen=True)
class Vocabulary:
    """The words of a corpus."""

    lower: Counter[str]
    """Word in lower case → how often it is written so."""
    capital: Counter[str]
    """Word in lower case → how often it has a capital inside a sentence."""
    verbs: frozenset[str]
    """Words that stand after "to", "can" and the like somewhere, in lower case."""

    def is_name(self, word: str) -> bool:
        """Whether a capitalised word keeps its capital inside a sentence."""
        key = re.sub(r"['’]s?$", "", word).lower()
        if not re.fullmatch(r"[A-Z](?:[^\W\d_A-Z]|['’-])*", word):
            return True  # an acronym, a code, a number
        if self.lower[key] or self.capital[key]:
            return self.capital[key] > self.lower[key]
        if key in STOP_WORDS or _ENDING.search(key):
            return False
        if word in PLACES or key in MONTHS:
            return True
        is_plural = key.endswith("s") and not key.endswith(("ss", "us", "is"))
        return not is_plural and not is_common(stem(key.partition("-")[0]))

    def is_verb(self, word: str) -> bool:
        """Whether a word in lower case, or what it is the third person of, is used as a verb."""
        return bool({word, word.removesuffix("s"), word.removesuffix("es")} & self.verbs)

    def inside(self, text: str) -> str:
        """A text as it stands inside a sentence: its first word without its capital, unless it is a name."""
        first, _, following = text.partition(" ")
        if first.lower() in _NO_NAMES:
            return text[:1].lower() + text[1:]
        if following[:1].isupper() and first.lower() not in STOP_WORDS or self.is_name(first.rstrip(",.;:")):
            return text
        return text[:1].lower() + text[1:]


def read_vocabulary(documents: Iterable[Document]) -> Vocabulary:
    """The words of documents."""
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    verbs: set[str] = set()
    for document in documents:
        verbs.update(match["verb"] for match in _AFTER.finditer(document.text))
        for match in _WORD.finditer(document.text):
            word = match["word"]
            if word[0].islower():
                lower[word.lower()] += 1
            elif match["inside"] is not None:
                capital[word.lower()] += 1
    return Vocabulary(lower, capital, frozenset(verbs))
