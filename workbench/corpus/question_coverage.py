"""Counts for each document of a corpus the questions and drafts about it, to show what nobody asks about.
Knows nothing about how questions are made and stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

LONG = 200
"""Words: a document that has more should have a question or draft."""


@dataclass(frozen=True, slots=True)
class DocumentCoverage:
    """How much is asked about one document."""

    document: str
    """Its name."""
    words: int
    questions: int
    """Questions of the corpus that have evidence in it."""
    drafts: int
    """Drafts that wait for review and have a quote in it."""

    @property
    def is_covered(self) -> bool:
        """Whether a question or draft is about it."""
        return self.questions + self.drafts > 0


@dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class Coverage:
    """How much is asked about each document of a corpus."""

    documents: tuple[DocumentCoverage, ...]
    """Those without a question or draft first, the longest of them before the others."""

    @cached_property
    def covered(self) -> int:
        """How many documents have a question or draft."""
        return sum(document.is_covered for document in self.documents)

    @cached_property
    def uncovered_long(self) -> int:
        """How many documents of more than LONG words have none."""
        return sum(not d.is_covered and d.words > LONG for d in self.documents)


def count_coverage(
    words: Mapping[str, int], questions: Iterable[Collection[str]], drafts: Iterable[Collection[str]]
) -> Coverage:
    """Count the coverage of documents.

    words: name of each document → its number of words.
    questions, drafts: the documents that each of them is about.
    """
    asked = Counter(name for names in questions for name in set(names))
    drafted = Counter(name for names in drafts for name in set(names))
    rows = (DocumentCoverage(name, count, asked[name], drafted[name]) for name, count in words.items())
    return Coverage(
        tuple(sorted(rows, key=lambda d: (d.is_covered, d.questions + d.drafts, -d.words, d.document)))
    )
