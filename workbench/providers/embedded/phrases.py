"""Finds the phrase of a sentence that answers, for prompts that want as few words as possible.
Knows nothing about passages or prompts: a question and one sentence are all it sees."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.features import (
    Matrix,
    has_type,
    question_type,
    words_of,
)
from workbench.providers.embedded.variant import VARIANTS_FOLDER
from workbench.text import STOP_WORDS, Span, content_tokens, word_spans, words

PHRASES_FILE = VARIANTS_FOLDER / "phrases" / "phrases.json"  # no variant: what `short` is cut with
MOST_WORDS = 10

# In this order in every row and in variants/phrases/phrases.json.
PHRASE_FEATURES = (
    "length",  # ln of its words
    "asked",  # share of its stems that the question has
    "near",  # 1 / (1 + words to the nearest stem of the question)
    "asked_before",  # stems of the question within six words before it, of six
    "asked_after",  # ... and after it
    "type_hit",  # holds what the question's form asks for (a date, a number, a name)
    "type_miss",
    "name_whole",  # asked for a name: capitalised throughout, and no more capitals beside it
    "number_first",  # asked for a number: begins with one
    "capitals",  # begins and ends with capitalised words
    "broken_name",  # the word before or after goes on with the same name or number
    "stop_inside",  # share of stop words inside
    "comma_inside",
    "after_article",  # the, a, an, this... before it
    "after_preposition",
    "after_by",  # asked who: "by" before it
    "after_verb",  # is, was, called... before it
    "before_boundary",  # ends at punctuation or at the end
    "before_stop",  # ends before a stop word
    "after_boundary",  # begins the sentence or follows punctuation
    "before_asked",  # the next word is one of the question's: "what language" before "language"
    "reason",  # asked why: after because, due to, to
)

_ARTICLES = frozenset("the a an this that these those its his her their our your".split())  # noqa: SIM905
_PREPOSITIONS = frozenset(
    "in on at of to from by with for as about into over under near between during since until".split()  # noqa: SIM905
)
_VERBS = frozenset("is are was were be been being called named became has had have includes".split())  # noqa: SIM905
_REASONS = frozenset("because to due since so".split())  # noqa: SIM905
_BREAK = re.compile(r"[.;:()\[\]\"“”—]|--")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words [first, last] of a sentence."""

    first: int
    last: int


class _Sentence:
    """A sentence and a question, with everything about single words worked out once."""

    def __init__(self, question: str, text: str) -> None:
        self.text = text
        self.spans: list[Span] = word_spans(text)
        self.lower = [span.text.lower() for span in self.spans]
        asked = words_of(question).kinds
        self.stems = [set(content_tokens(span.text)) for span in self.spans]
        self.asked = [bool(stems & asked) for stems in self.stems]
        self.stop = [word in STOP_WORDS for word in self.lower]
        self.capital = [span.text[0].isupper() or span.text[0].isdigit() for span in self.spans]
        self.gaps = [
            text[a.end : b.start] for a, b in zip(self.spans, self.spans[1:], strict=False)
        ]  # gaps[i] lies between word i and word i + 1
        self.kind = question_type(question)
        self.who = bool(re.search(r"\bwho(?:m|se)?\b", question, re.I))
        self.question_words = frozenset(words(question))
        places = [i for i, found in enumerate(self.asked) if found]
        self.distance = [
            min((abs(i - place) for place in places), default=20) for i in range(len(self.spans))
        ]

    def candidates(self) -> list[Candidate]:
        """Runs of at most ten words, without stop words at the ends or breaks inside, not all asked."""
        found = []
        for first in range(len(self.spans)):
            if self.stop[first]:
                continue
            for last in range(first, min(first + MOST_WORDS, len(self.spans))):
                if last > first and _BREAK.search(self.gaps[last - 1]):
                    break
                if not self.stop[last] and not all(self.asked[first : last + 1]):
                    found.append(Candidate(first, last))
        return found

    def phrase(self, candidate: Candidate) -> str:
        """As written, with a currency sign before it and a percent sign after it."""
        start, end = self.spans[candidate.first].start, self.spans[candidate.last].end
        if start and self.text[start - 1] in "$€£¥":
            start -= 1
        if end < len(self.text) and self.text[end] in "%°":
            end += 1
        return self.text[start:end]

    def row(self, candidate: Candidate) -> tuple[float, ...]:
        first, last = candidate.first, candidate.last
        size = last - first + 1
        inside = slice(first, last + 1)
        before = self.lower[first - 1] if first else ""
        after = self.lower[last + 1] if last + 1 < len(self.spans) else ""
        gap_before = self.gaps[first - 1] if first else "."
        gap_after = self.gaps[last] if last < len(self.gaps) else "."
        content = [i for i in range(first, last + 1) if not self.stop[i]]
        typed = self.kind in ("date", "number", "name")
        # A capital at the sentence's beginning says nothing, so names are looked for behind another word.
        hit = typed and has_type(self.kind or "", f"_ {self.phrase(candidate)}", self.question_words)
        capitals = self.capital[first] and self.capital[last]
        broken = (first > 0 and capitals and self.capital[first - 1] and gap_before in " -") or (
            after != "" and capitals and self.capital[last + 1] and gap_after in " -"
        )
        every = all(self.capital[i] for i in content)
        return (
            math.log(size),
            sum(self.asked[inside]) / len(content),
            1 / (1 + min(self.distance[first], self.distance[last])),
            sum(self.asked[max(0, first - 6) : first]) / 6,
            sum(self.asked[last + 1 : last + 7]) / 6,
            hit,
            typed and not hit,
            self.kind == "name" and every and not broken,
            self.kind == "number" and bool(_DIGIT.match(self.spans[first].text)),
            capitals,
            broken,
            sum(self.stop[inside]) / size,
            any("," in gap for gap in self.gaps[first:last]),
            before in _ARTICLES,
            before in _PREPOSITIONS,
            self.who and before == "by",
            before in _VERBS,
            bool(gap_after.strip()),
            after in STOP_WORDS,
            bool(gap_before.strip()),
            after != "" and self.asked[last + 1],
            self.kind == "reason" and before in _REASONS,
        )


def phrase_rows(question: str, sentence: str) -> tuple[list[str], Matrix]:
    """The candidate phrases of a sentence, and a row of PHRASE_FEATURES for each: [n, 22]."""
    read = _Sentence(question, sentence)
    found = read.candidates()
    rows = np.array([read.row(candidate) for candidate in found], dtype=np.float64)
    return [read.phrase(candidate) for candidate in found], rows.reshape(len(found), len(PHRASE_FEATURES))


@lru_cache(maxsize=1)
def shipped_phrase_weights() -> tuple[float, ...]:
    """Weights of PHRASE_FEATURES from variants/phrases/phrases.json (tools/train_phrases.py makes it)."""
    weights = json.loads(PHRASES_FILE.read_text(encoding="utf-8"))["weights"]
    return tuple(float(weights[name]) for name in PHRASE_FEATURES)


def _expected_f1(phrases: Sequence[str], chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each phrase, its mean token F1 against all of them, weighted by their chances."""
    tokens = [frozenset(words(phrase)) for phrase in phrases]
    vocabulary = {word: i for i, word in enumerate(sorted(frozenset().union(*tokens)))}
    has = np.zeros((len(tokens), max(1, len(vocabulary))))
    for i, kinds in enumerate(tokens):
        has[i, [vocabulary[word] for word in kinds]] = 1
    sizes = has.sum(axis=1)
    f1 = 2 * (has @ has.T) / np.maximum(1, sizes[:, None] + sizes[None, :])
    return np.asarray(f1 @ chances)


def shorten(question: str, sentence: str, weights: Sequence[float] | None = None) -> str:
    """The phrase of the sentence with the highest expected token F1 (between a phrase that is too long and
    one that is too short, the likelier loss is the smaller); the whole sentence when there is none.
    """
    phrases, rows = phrase_rows(question, sentence)
    if not phrases:
        return sentence.rstrip(" .,;:")
    scores = rows @ np.array(weights if weights is not None else shipped_phrase_weights())
    chances = np.exp(scores - scores.max())
    return phrases[int(np.argmax(_expected_f1(phrases, chances / chances.sum())))]
