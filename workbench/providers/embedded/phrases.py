"""Finds the phrase of a sentence that answers a question, for prompts that ask for a short answer.
Knows nothing about passages or prompts: it sees a question and one sentence."""

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

PHRASES_FILE = VARIANTS_FOLDER / "phrases" / "phrases.json"  # not a variant: weights of PHRASE_FEATURES
MOST_WORDS = 10

# Every row has this order.
PHRASE_FEATURES = (
    "length",  # ln of its number of words
    "asked",  # share of its content words that the question has
    "near",  # 1 / (1 + the distance in words to the nearest word of the question)
    "asked_before",  # share of the six words before it that the question has
    "asked_after",  # share of the six words after it that the question has
    "type_hit",  # it holds what the question's form asks for (a date, a number, a name)
    "type_miss",  # the question's form asks for one of these, and it holds none
    "name_whole",  # the question asks for a name: it is capitalised throughout, and its neighbours are not
    "number_first",  # the question asks for a number: it begins with one
    "capitals",  # it begins and ends with capitalised words
    "broken_name",  # the word before or after it belongs to the same name or number
    "stop_inside",  # share of its words that are stop words
    "comma_inside",
    "after_article",  # it follows the, a, an, this...
    "after_preposition",
    "after_by",  # the question asks who: it follows "by"
    "after_verb",  # it follows is, was, called...
    "before_boundary",  # punctuation or the sentence's end follows
    "before_stop",  # a stop word follows
    "after_boundary",  # it begins the sentence or follows punctuation
    "before_asked",  # the next word is in the question: "what language" before "language"
    "reason",  # the question asks why: it follows because, due, to...
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
    """A phrase that may be the answer: a run of a sentence's words, by index, both ends included."""

    first: int
    last: int


class _Sentence:
    """A sentence with what the features need to know about each of its words, computed once."""

    def __init__(self, question: str, text: str) -> None:
        self.text = text
        self.spans: list[Span] = word_spans(text)
        self.lower = [span.text.lower() for span in self.spans]
        question_stems = words_of(question).distinct
        self.stems = [set(content_tokens(span.text)) for span in self.spans]
        self.in_question = [bool(stems & question_stems) for stems in self.stems]
        self.stop = [word in STOP_WORDS for word in self.lower]
        self.capital = [span.text[0].isupper() or span.text[0].isdigit() for span in self.spans]
        self.gaps = [
            text[a.end : b.start] for a, b in zip(self.spans, self.spans[1:], strict=False)
        ]  # gaps[i] lies between word i and word i + 1
        # No phrase parts the two halves of a time or a ratio: "16:00".
        self.joined = [
            gap == ":" and text[a.end - 1].isdigit() and text[b.start].isdigit()
            for a, b, gap in zip(self.spans, self.spans[1:], self.gaps, strict=False)
        ]  # joined[i] belongs to gaps[i]
        self.kind = question_type(question)
        self.who = bool(re.search(r"\bwho(?:m|se)?\b", question, re.I))
        self.question_words = frozenset(words(question))
        positions = [i for i, shared in enumerate(self.in_question) if shared]
        self.distance = [min((abs(i - p) for p in positions), default=20) for i in range(len(self.spans))]

    def candidates(self) -> list[Candidate]:
        """Runs of at most ten words that neither begin nor end with a stop word.

        A run does not cross strong punctuation, and at least one of its words is not in the question.
        """
        candidates = []
        for first in range(len(self.spans)):
            if self.stop[first] or (first and self.joined[first - 1]):
                continue
            for last in range(first, min(first + MOST_WORDS, len(self.spans))):
                if last > first and not self.joined[last - 1] and _BREAK.search(self.gaps[last - 1]):
                    break
                if last < len(self.joined) and self.joined[last]:
                    continue
                if not self.stop[last] and not all(self.in_question[first : last + 1]):
                    candidates.append(Candidate(first, last))
        return candidates

    def phrase(self, candidate: Candidate) -> str:
        """The candidate's text as written, with a currency sign before it and a percent sign after it."""
        start, end = self.spans[candidate.first].start, self.spans[candidate.last].end
        if start and self.text[start - 1] in "$€£¥":
            start -= 1
        if end < len(self.text) and self.text[end] in "%°":
            end += 1
        return self.text[start:end]

    def row(self, candidate: Candidate) -> tuple[float, ...]:
        """The PHRASE_FEATURES of a candidate."""
        first, last = candidate.first, candidate.last
        size = last - first + 1
        inside = slice(first, last + 1)
        before = self.lower[first - 1] if first else ""
        after = self.lower[last + 1] if last + 1 < len(self.spans) else ""
        gap_before = self.gaps[first - 1] if first else "."
        gap_after = self.gaps[last] if last < len(self.gaps) else "."
        content = [i for i in range(first, last + 1) if not self.stop[i]]
        typed = self.kind in ("date", "number", "name")
        # has_type skips a text's first character, because a sentence begins with a capital; a phrase need
        # not.
        hit = typed and has_type(self.kind or "", f"_ {self.phrase(candidate)}", self.question_words)
        capitals = self.capital[first] and self.capital[last]
        broken = (first > 0 and capitals and self.capital[first - 1] and gap_before in " -") or (
            after != "" and capitals and self.capital[last + 1] and gap_after in " -"
        )
        all_capitalised = all(self.capital[i] for i in content)
        return (
            math.log(size),
            sum(self.in_question[inside]) / len(content),
            1 / (1 + min(self.distance[first], self.distance[last])),
            sum(self.in_question[max(0, first - 6) : first]) / 6,
            sum(self.in_question[last + 1 : last + 7]) / 6,
            hit,
            typed and not hit,
            self.kind == "name" and all_capitalised and not broken,
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
            after != "" and self.in_question[last + 1],
            self.kind == "reason" and before in _REASONS,
        )


def phrase_rows(question: str, sentence: str) -> tuple[list[str], Matrix]:
    """(the candidate phrases of a sentence, the PHRASE_FEATURES of each as float64 [phrases, 22])."""
    parsed = _Sentence(question, sentence)
    candidates = parsed.candidates()
    rows = np.array([parsed.row(candidate) for candidate in candidates], dtype=np.float64)
    phrases = [parsed.phrase(candidate) for candidate in candidates]
    return phrases, rows.reshape(len(candidates), len(PHRASE_FEATURES))


@lru_cache(maxsize=1)
def shipped_phrase_weights() -> tuple[float, ...]:
    """The weights of PHRASE_FEATURES in phrases.json, which tools/train_phrases.py writes."""
    weights = json.loads(PHRASES_FILE.read_text(encoding="utf-8"))["weights"]
    return tuple(float(weights[name]) for name in PHRASE_FEATURES)


def _expected_f1(phrases: Sequence[str], chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean token F1 of each phrase against all phrases, weighted by their chances: [phrases]."""
    tokens = [frozenset(words(phrase)) for phrase in phrases]
    vocabulary = {word: i for i, word in enumerate(sorted(frozenset().union(*tokens)))}
    has = np.zeros((len(tokens), max(1, len(vocabulary))))
    for i, phrase_words in enumerate(tokens):
        has[i, [vocabulary[word] for word in phrase_words]] = 1
    sizes = has.sum(axis=1)
    f1 = 2 * (has @ has.T) / np.maximum(1, sizes[:, None] + sizes[None, :])
    return np.asarray(f1 @ chances)


def shorten(question: str, sentence: str, weights: Sequence[float] | None = None) -> str:
    """The phrase of the sentence with the highest expected token F1 against the phrase that answers.

    Maximising it weighs the risk of a phrase that is too long against that of one that is too short. Returns
    the whole sentence when it has no candidate.

    weights: of PHRASE_FEATURES; None takes the shipped ones.
    """
    phrases, rows = phrase_rows(question, sentence)
    if not phrases:
        return sentence.rstrip(" .,;:")
    scores = rows @ np.array(weights if weights is not None else shipped_phrase_weights())
    chances = np.exp(scores - scores.max())
    return phrases[int(np.argmax(_expected_f1(phrases, chances / chances.sum())))]
