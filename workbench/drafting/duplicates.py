"""Tells whether a question is there already, in the same words, in nearly the same, or with the same meaning.
Knows nothing about where questions come from."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from workbench.corpus.draft_types import OK
from workbench.drafting.checks import DUPLICATE, check_duplicate, question_key
from workbench.providers.embedded.encoder import shared_encoder

SAME_MEANING = "a question of the same meaning is there already"
ALIKE_IN_MEANING = 0.93
"""The cosine of the embedded encoder's vectors from which two questions with the same names and numbers mean
the same. Questions of one template about two sections of a document reach 0.90."""
_TELLING = re.compile(r"\S*\d\S*|“[^”]*”|\b[A-Z]\w+")


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
