"""Tells whether a question is there already, in the same words, in nearly the same, or with the same meaning.
Knows nothing about where questions come from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from workbench.corpus.draft_types import OK
from workbench.providers.embedded.encoder import shared_encoder
from workbench.text import content_tokens
from workbench.typography import comparable, normalise

DUPLICATE = "the same question exists already"
LIKE_ANOTHER = "a question like it exists already"
SAME_MEANING = "a question with the same meaning exists already"
ALIKE = 0.8
"""The share of words from which two questions are alike."""
ALIKE_IN_MEANING = 0.93
"""The cosine of the embedded encoder's vectors from which two questions with the same names and numbers mean
the same. Questions of one template about two sections of a document reach 0.90."""
_TELLING = re.compile(r"\S*\d\S*|“[^”]*”|\b[A-Z]\w+")
_CAPITAL = re.compile(r"\b[A-Z]\w*")
_CASED = re.compile(r"\b[A-Za-z]\w*")
SOME = 1 / 3
"""The share of the shorter question's words that two questions have in common before vectors are compared."""
MOSTLY = 0.6
"""The share of capitalised words from which capitals tell nothing about names."""


def question_key(question: str) -> frozenset[str]:
    """What two questions of the same words share, whatever their order and stop words."""
    return frozenset(content_tokens(normalise(question)))


def are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two keys share nearly all words."""
    return len(one & other) >= ALIKE * len(one | other)


def check_duplicate(question: str, keys: Iterable[frozenset[str]]) -> str:
    """No question may be there already, nor one of nearly the same words.

    keys: `question_key` of the questions that are there.
    """
    own = question_key(question)
    for other in keys:
        if own == other:
            return DUPLICATE
        if are_alike(own, other):
            return LIKE_ANOTHER
    return OK


class KnownQuestions:
    """The questions that are there, to be asked about further ones."""

    def __init__(self, texts: Iterable[str]) -> None:
        """texts: those that are there before drafting begins."""
        self._keys: dict[frozenset[str], None] = {}
        self._like: dict[frozenset[str], list[str]] = {}  # what they tell apart → those of the same
        self._vectors: dict[str, np.ndarray] = {}
        for text in texts:
            self.add(text)

    def has(self, question: str) -> bool:
        """Whether the same words are there."""
        return question_key(question) in self._keys

    def add(self, question: str) -> None:
        """Add a question."""
        self._keys[question_key(question)] = None
        self._like.setdefault(_telling(question), []).append(question)

    def check(self, question: str) -> str:
        """OK, or why it is a duplicate.

        Only questions with the same names, numbers and quoted words can be alike: those for two rows of a
        table differ in nothing else.
        """
        if self.has(question):
            return DUPLICATE
        like = self._like.get(_telling(question), [])
        verdict = check_duplicate(question, map(question_key, like))
        if verdict != OK or not like:
            return verdict
        own, *others = self._encode([question, *like])
        return SAME_MEANING if max(other @ own for other in others) >= ALIKE_IN_MEANING else OK

    def _encode(self, questions: list[str]) -> list[np.ndarray]:
        """The questions' vectors, each of which is made once."""
        new = [question for question in questions if question not in self._vectors]
        if new:
            self._vectors.update(zip(new, shared_encoder().encode(new), strict=True))
        return [self._vectors[question] for question in questions]


def _telling(question: str) -> frozenset[str]:
    """Names, numbers and quoted words, in which questions of one template differ."""
    return frozenset(_TELLING.findall(question[1:]))


class ProtectedQuestions:
    """Questions of which no copy may get anywhere, to be asked about many others at once.

    It is stricter than KnownQuestions: case tells nothing, and a name or number makes two questions different
    only where it is among the words in which they differ.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = list(dict.fromkeys(texts))
        self._same = {comparable(text): n for n, text in reversed(list(enumerate(self.texts)))}
        self._keys = [question_key(text) for text in self.texts]
        self._of_key = {key: n for n, key in reversed(list(enumerate(self._keys))) if key}
        self._names = [_names(text) for text in self.texts]
        self._with_token: dict[str, list[int]] = {}
        for number, key in enumerate(self._keys):
            for token in key:
                self._with_token.setdefault(token, []).append(number)

    def find_copies(self, questions: Sequence[str]) -> list[int | None]:
        """For each question the position of one in `texts` that it is a copy of; None where it is none."""
        found: list[int | None] = []
        near: dict[int, list[int]] = {}
        for place, question in enumerate(questions):
            key, names = question_key(question), _names(question)
            found.append(self._by_words(question, key, names))
            if found[-1] is None:
                near[place] = [n for n in self._sharing(key) if self._may(n, key, names)]
        vectors = self._encode([text for place, some in near.items() if some
                                for text in (questions[place], *(self.texts[n] for n in some))])  # fmt: skip
        for place, some in near.items():
            own = vectors.get(questions[place])
            alike = (n for n in some if own is not None and vectors[self.texts[n]] @ own >= ALIKE_IN_MEANING)
            found[place] = next(alike, None)
        return found

    def _by_words(self, question: str, key: frozenset[str], names: frozenset[str]) -> int | None:
        same = self._same.get(comparable(question), self._of_key.get(key))
        if same is not None:
            return same
        near = (n for n in self._sharing(key) if are_alike(key, self._keys[n]))
        return next((n for n in near if self._may(n, key, names)), None)

    def _sharing(self, key: frozenset[str]) -> list[int]:
        """Those that share some words: without any, no vectors are as near as ALIKE_IN_MEANING."""
        shared = Counter(number for token in key for number in self._with_token.get(token, ()))
        return [n for n, count in sorted(shared.items()) if count >= SOME * min(len(key), len(self._keys[n]))]

    def _may(self, number: int, key: frozenset[str], names: frozenset[str]) -> bool:
        """Whether the words in which two questions differ hold no name and no number."""
        return not (key ^ self._keys[number]) & (names | self._names[number])

    def _encode(self, texts: Iterable[str]) -> dict[str, np.ndarray]:
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, shared_encoder().encode(distinct), strict=True)) if distinct else {}


def _names(question: str) -> frozenset[str]:
    """The stems of names, numbers and quoted words. Where most words are capitalised, capitals are no sign of
    a name."""
    text = normalise(question).strip()
    cased = len(_CASED.findall(text))
    if cased and len(_CAPITAL.findall(text)) >= MOSTLY * cased:
        text = text.lower()
    # The first word is capitalised whatever it is.
    return frozenset(token for piece in _TELLING.findall(text[1:]) for token in content_tokens(piece))
