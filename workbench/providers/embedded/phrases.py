"""Trims a sentence to the phrase that answers, for prompts that want as few words as possible.
Knows nothing about passages: a question and one sentence are all it sees."""

from __future__ import annotations

import re

from workbench.providers.embedded.features import has_type, question_type
from workbench.text import words


def shorten(question: str, sentence: str) -> str:
    """The clause of the sentence that holds what the question's form asks for, else the whole sentence."""
    kind = question_type(question)
    asked = frozenset(words(question))
    clauses = [
        part.strip() for part in re.split(r"[;:]\s+|,\s+(?:and|but|which|who|where|while)\s+", sentence)
    ]
    if kind is not None:
        for clause in clauses:
            if has_type(kind, clause, asked):
                return clause.rstrip(" .,;:")
    return sentence.rstrip(" .,;:")
