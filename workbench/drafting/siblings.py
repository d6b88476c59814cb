"""Finds the documents of a corpus that are alike: two plans, or the same policy of two years.
Knows nothing about questions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from workbench.corpus.types import Document
from workbench.text import content_tokens

ALIKE = 0.35
"""The least share of the stems of two documents that both have, for documents that are alike."""
MOST_COMPARED = 300
"""The most documents of a corpus that are compared; in a larger one any document may have its like."""


def find_siblings(documents: Sequence[Document]) -> frozenset[str]:
    """The names of documents that are like another one in their words, or have its title but for numbers."""
    if len(documents) > MOST_COMPARED:
        return frozenset(document.name for document in documents)
    read = [(d.name, _title_of(d), frozenset(content_tokens(d.text))) for d in documents]
    alike: set[str] = set()
    for (name, title, stems), (other, other_title, others) in combinations(read, 2):
        same_title = bool(title) and title == other_title
        if same_title or len(stems & others) >= ALIKE * max(1, len(stems | others)):
            alike |= {name, other}
    return frozenset(alike)


def _title_of(document: Document) -> tuple[str, ...]:
    return tuple(token for token in content_tokens(document.title) if not token.isdigit())
