"""Reads passages into what claims are compared with: sentences, words in one form, quantities, acronyms.
Knows nothing about claims. A passage is read once and remembered: a sweep scores the same ones often."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.scoring.quantities import Quantity, find_quantities
from workbench.text import STOP_WORDS, Span, split_sentences, stem, word_spans

NEGATIONS = frozenset(
    (
        "no not never none nobody nothing neither nor without cannot can't hardly lack lacks lacked fail "
        "fails failed"
    ).split()
)
_CAPITALISED = r"(?:[A-ZÀ-ÖØ-Þ][\w’'-]*)"
RUN = re.compile(rf"{_CAPITALISED}(?:\s+(?:(?:of|the|and|for|de|in|on)\s+){{0,2}}{_CAPITALISED})+")
_ACRONYM = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z][A-Z0-9&]+s?\b")
_LONGEST_LETTERS = 6


# Scripts that put no space between words: Japanese, Chinese, Thai, Lao, Khmer.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def folded(word: str) -> str:
    """Lower case, one kind of apostrophe, no possessive, no accents, "U.S." as us."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if "." in word and not word[0].isdigit():
        word = word.replace(".", "")
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return word


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a part of a quantity. stem: its one form.  start, end: its place.  content: no stop word."""

    stem: str
    start: int
    end: int
    content: bool
    quantity: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence, read. negated: stems that a negation stands before, within a few words."""

    tokens: tuple[Token, ...]
    stems: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    negated: frozenset[str]
    negations: int


_NEGATION_REACH = 4


def _pairs_of_signs(word: Span) -> list[Token]:
    """Every two neighbouring signs stand for a word."""
    last = max(1, len(word.text) - 1)
    return [Token(word.text[i : i + 2], word.start + i, word.start + i + 2, True, False) for i in range(last)]


def read_text(text: str) -> Reading:
    quantities = find_quantities(text)
    tokens: list[Token] = []
    waiting = list(quantities)
    negated: set[str] = set()
    negations, reach = 0, 0
    for word in word_spans(text):
        while waiting and waiting[0].start <= word.start:
            q = waiting.pop(0)
            tokens.extend(Token(stem(t), q.start, q.end, True, True) for t in q.tokens)
            negated.update(q.tokens if reach else ())
        if quantities and any(q.start < word.end and word.start < q.end for q in quantities):
            continue
        if _UNSPACED.match(word.text):
            tokens.extend(_pairs_of_signs(word))
            continue
        plain = folded(word.text)
        if plain in NEGATIONS or plain.endswith("n't"):
            negations, reach = negations + 1, _NEGATION_REACH + 1
        content = plain not in STOP_WORDS and bool(plain)
        if content:
            tokens.append(Token(stem(plain), word.start, word.end, True, False))
        if reach:
            reach -= 1
            if content:
                negated.add(stem(plain))
    for q in waiting:
        tokens.extend(Token(stem(t), q.start, q.end, True, True) for t in q.tokens)
    return Reading(
        tuple(tokens), tuple(t.stem for t in tokens), tuple(quantities), frozenset(negated), negations
    )


@dataclass(frozen=True, slots=True)
class Sentence:
    """passage: its index.  start, end: its place in the passage."""

    passage: int
    start: int
    end: int
    text: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class _Passage:
    sentences: tuple[tuple[int, int, str, Reading], ...]
    offers: frozenset[str]
    amounts: tuple[tuple[str, float], ...]
    acronyms: frozenset[str]
    initials: frozenset[str]
    words: frozenset[str]


def initials_of(run: str) -> set[str]:
    """ "The United States of America" -> us, usa: the initials, without small words, from two letters on."""
    words = re.findall(r"[^\W\d_][\w’']*", run)
    while words and words[0].lower() in STOP_WORDS:
        words.pop(0)
    letters = "".join(w[0] for w in words if w[0].isupper()).lower()[:_LONGEST_LETTERS]
    every = "".join(w[0] for w in words).lower()[:_LONGEST_LETTERS]
    return {letters[:n] for n in range(2, len(letters) + 1)} | ({every} if len(every) > 1 else set())


@lru_cache(maxsize=2048)
def _read_passage(text: str) -> _Passage:
    sentences = tuple((s.start, s.end, s.text, read_text(s.text)) for s in split_sentences(text))
    quantities = [q for s in sentences for q in s[3].quantities]
    return _Passage(
        sentences,
        frozenset(o for q in quantities for o in q.offers),
        tuple((q.kind, q.value) for q in quantities if q.value is not None),
        frozenset(folded(m.group().rstrip("s")) for m in _ACRONYM.finditer(text)),
        frozenset(i for m in RUN.finditer(text) for i in initials_of(m.group())),
        frozenset(folded(w.text) for w in word_spans(text)),
    )


@dataclass(frozen=True)
class Evidence:
    """All sentences of the passages, in order, and which of them hold a stem."""

    sentences: tuple[Sentence, ...]
    places: dict[str, list[int]]
    offers: set[str]
    amounts: list[tuple[str, float]]
    acronyms: set[str]
    initials: set[str]
    words: set[str]
    by_beginning: dict[str, list[str]] = field(default_factory=dict)


BEGINNING = 4  # letters by which words are looked up that may be forms of one another


def read_evidence(passages: Sequence[str]) -> Evidence:
    sentences: list[Sentence] = []
    places: dict[str, list[int]] = {}
    found = Evidence((), places, set(), [], set(), set(), set())
    for i, text in enumerate(passages):
        passage = _read_passage(text)
        for start, end, words, reading in passage.sentences:
            for token in set(reading.stems):
                places.setdefault(token, []).append(len(sentences))
            sentences.append(Sentence(i, start, end, words, reading))
        found.offers.update(passage.offers)
        found.amounts.extend(passage.amounts)
        found.acronyms.update(passage.acronyms)
        found.initials.update(passage.initials)
        found.words.update(passage.words)
    by_beginning: dict[str, list[str]] = {}
    for token in places:
        if len(token) >= BEGINNING:
            by_beginning.setdefault(token[:BEGINNING], []).append(token)
    return Evidence(
        tuple(sentences),
        places,
        found.offers,
        found.amounts,
        found.acronyms,
        found.initials,
        found.words,
        by_beginning,
    )
