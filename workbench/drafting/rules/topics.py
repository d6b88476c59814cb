"""Rule: asks what a text says about two things that one of its sentences names.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.corpus.sections import Section
from workbench.drafting.noun_phrases import find_noun_phrases
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import Vocabulary
from workbench.text import content_tokens

_ODD = re.compile(r"[{}\[\]<>|_=`*?“”\"]|https?:")
_POINTS_BACK = re.compile(
    r"^(?:This|That|These|Those|It|They|He|She|His|Her|Its|Their|Such|Both|Then|However)\b"
)
_LEAST_TOPIC_WORDS = 3  # stop words not counted: "the data and a query" asks for nothing in particular
_LEAST_WORDS, _MOST_WORDS = 9, 45


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each whole sentence that names two things."""
    for sentence in section.sentences:
        text = sentence.text
        if not _LEAST_WORDS <= len(text.split()) <= _MOST_WORDS or _ODD.search(text):
            continue
        if not re.match(r"[A-Z0-9]", text) or not text.endswith(".") or _POINTS_BACK.match(text):
            continue
        phrases = _different(find_noun_phrases(text, vocabulary))
        if len(phrases) == 2 and len(content_tokens(" ".join(phrases))) >= _LEAST_TOPIC_WORDS:
            question = f"What do the documents say about {phrases[0]} and {phrases[1]}?"
            evidence = section.evidence_of(sentence.paragraph)
            yield Candidate("topic", question, text.rstrip("."), sentence.place, evidence)


def _different(phrases: list[str]) -> list[str]:
    """The phrases that share no word with one before, those of most words first."""
    chosen: list[str] = []
    for phrase in sorted(phrases, key=lambda one: -len(one.split())):
        taken = {word for one in chosen for word in content_tokens(one)}
        if not taken & set(content_tokens(phrase)):
            chosen.append(phrase)
    return sorted(chosen[:2], key=phrases.index)
