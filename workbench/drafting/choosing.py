"""Chooses among a document's candidates so that sections and kinds come evenly.
Knows nothing about questions' words."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.corpus.draft_types import KINDS, SEARCH_WORDS
from workbench.corpus.sections import Section
from workbench.drafting.types import Candidate

WEIGHT = {"heading": 2}
"""How much a draft of a kind counts, 1 for others. Questions by headings name their document, as people's
rarely do: with half as many of them, rankings agree better with those of people's questions."""


@dataclass
class DocumentQueue:
    """The candidates of one document that were not looked at yet."""

    sections: Sequence[Section]
    waiting: dict[tuple[int, str], list[tuple[float, Candidate]]]
    """(number of the section, kind) → (a random number, candidate) of each, the lowest number last: for each
    draft, only the last ones are compared, however many rows a table has."""
    of_section: Counter[int] = field(default_factory=Counter)
    """Number of a section → how many of its drafts were kept."""
    of_kind: Counter[str] = field(default_factory=Counter)
    """Kind → how many drafts of it were kept, weighed by WEIGHT."""

    def take(self) -> tuple[int, Candidate] | None:
        """Remove and return (number of the section, candidate) of the best one; None when none is left.

        Best is that of the section, then of the kind, with the fewest drafts so far; questions come before
        search words, which fill the count.
        """
        if not self.waiting:
            return None

        def key(of: tuple[int, str]) -> tuple[bool, int, int, int, float]:
            number, kind = of
            return (
                kind == SEARCH_WORDS, self.of_section[number], self.of_kind[kind], KINDS.index(kind),
                self.waiting[of][-1][0],
            )  # fmt: skip

        best = min(self.waiting, key=key)
        _, candidate = self.waiting[best].pop()
        if not self.waiting[best]:
            del self.waiting[best]
        return best[0], candidate

    def note(self, number: int, kind: str) -> None:
        """Count a draft that was kept."""
        self.of_section[number] += 1
        self.of_kind[kind] += WEIGHT.get(kind, 1)


def queue_up(
    sections: Sequence[Section], candidates: Sequence[Sequence[Candidate]], chance: random.Random
) -> DocumentQueue:
    """The queue of a document.

    candidates: those of each section.
    """
    waiting: defaultdict[tuple[int, str], list[tuple[float, Candidate]]] = defaultdict(list)
    for number, of_section in enumerate(candidates):
        for one in of_section:
            waiting[number, one.kind].append((chance.random(), one))
    for group in waiting.values():
        group.sort(key=lambda item: -item[0])
    return DocumentQueue(sections, dict(waiting))
