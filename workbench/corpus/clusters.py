"""Finds which questions count as one: wordings of one fact, else questions about the same section.
Knows nothing about what is measured of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from workbench.corpus.sections import section_starts
from workbench.corpus.types import Document, Evidence, Question
from workbench.lru_cache import LruCache

LONGEST_SECTION = 6_000
"""Characters, about two pages. Of a longer section the paragraph stands for it: a document without headings
would be one section, and all of its questions would count as one."""
GROUP, SECTION = "group", "section"
"""What the name of a cluster begins with: wordings of one fact, or questions about one section."""
_kept = LruCache[tuple[str, str], list[int]](20_000)
"""(hash, kind) of a document → where its sections begin."""


def find_clusters(questions: Iterable[Question], documents: Sequence[Document]) -> dict[str, str]:
    """Question id → the name of its cluster, for each question that has one; the others stand alone.

    A group is a cluster. Without a group, it is the section in which the first piece of evidence lies: the
    row of a CSV file or a workbook, the paragraph of a long section. A whole document is a section where it
    has no more than one; a longer one does not say where the answer is, so the question stands alone, as
    without evidence.
    """
    by_name = {document.name: document for document in documents}
    clusters = {}
    for question in questions:
        if question.group:
            clusters[question.id] = f"{GROUP} {question.group}"
        elif question.evidence and (document := by_name.get(question.evidence[0].document)):
            start = _section_of(question.evidence[0], document)
            if start is not None:
                clusters[question.id] = f"{SECTION} {start} of {document.name}"
    return clusters


def count_groups(clusters: Sequence[str]) -> int | None:
    """How many clusters there are; None where every question stands alone.

    clusters: the name of each question's cluster; empty for one that stands alone.
    """
    alone = sum(not name for name in clusters)
    groups = alone + len({name for name in clusters if name})
    return groups if groups < len(clusters) else None


def _section_of(evidence: Evidence, document: Document) -> int | None:
    """Where the section begins that holds the evidence; None where that cannot be told."""
    if document.has_records:
        return None if evidence.whole else document.text.rfind("\n", 0, evidence.start) + 1
    starts = _section_starts(document)
    if evidence.whole:
        is_short = len(starts) == 1 and len(document.text) <= LONGEST_SECTION
        return 0 if is_short else None
    after = bisect_right(starts, evidence.start)
    start, end = starts[after - 1], starts[after] if after < len(starts) else len(document.text)
    if end - start <= LONGEST_SECTION:
        return start
    return max(start, document.text.rfind("\n\n", start, evidence.start) + 2)


def _section_starts(document: Document) -> list[int]:
    """As `section_starts`; kept, since a plan is made again at each change of an experiment."""
    key = (document.sha256, document.kind)
    starts = _kept.find(key)
    if starts is None:
        starts = section_starts(document)
        _kept.keep(key, starts)
    return starts
