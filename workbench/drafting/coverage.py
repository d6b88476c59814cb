"""Counts the drafts of each document of a corpus, to see that none is left out.
Knows nothing about how drafts are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.corpus.draft_file import StoredDraft
from workbench.corpus.types import Document
from workbench.formatting import counted

MOST_LINES = 20
MOST_NAMES = 5


@dataclass(frozen=True)
class DocumentDrafts:
    """How many drafts of one document there are."""

    document: str
    """Its name."""
    before: int
    """Those that wait or were kept, before drafting."""
    after: int
    """Those that wait or were kept, after it; before it, those that there would be."""

    def to_json(self) -> dict[str, Any]:
        return {"document": self.document, "before": self.before, "after": self.after}


def count_drafts(stored: Iterable[StoredDraft]) -> Counter[str]:
    """Document's name → how many drafts that wait or were kept are made from it."""
    counts: Counter[str] = Counter()
    for one in stored:
        if one.review in ("waiting", "kept"):
            counts.update({quote.document for quote in one.draft.quotes})
    return counts


def compare_coverage(
    documents: Sequence[Document], before: Mapping[str, int], after: Mapping[str, int]
) -> tuple[DocumentDrafts, ...]:
    """The coverage of each document, in the corpus's order."""
    return tuple(DocumentDrafts(d.name, before.get(d.name, 0), after.get(d.name, 0)) for d in documents)


def coverage_lines(coverage: Sequence[DocumentDrafts]) -> list[str]:
    """The coverage as a table for people, the documents with the fewest drafts first."""
    ordered = sorted(coverage, key=lambda row: (row.after, row.document))
    width = max((len(row.document) for row in ordered[:MOST_LINES]), default=0)
    lines = [f"{'Drafts of each document':<{width}}  before  after"] if ordered else []
    lines += [f"{row.document:<{width}}  {row.before:>6}  {row.after:>5}" for row in ordered[:MOST_LINES]]
    rest = ordered[MOST_LINES:]
    if rest:
        low, high = rest[0].after, rest[-1].after
        span = f"{low}" if low == high else f"{low} to {high}"
        lines.append(f"… and {counted(len(rest), 'more document')} with {span} each.")
    return lines


def uncovered_note(coverage: Sequence[DocumentDrafts]) -> str | None:
    """Which documents have no draft, in words; None when each has one."""
    without = [row.document for row in coverage if not row.after]
    if not without:
        return None
    more = "" if len(without) <= MOST_NAMES else ", …"
    named = ", ".join(without[:MOST_NAMES]) + more
    return f"{counted(len(without), 'document')} without a draft: {named}."
