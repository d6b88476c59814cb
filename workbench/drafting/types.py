"""Defines the candidates of rules, and reports, as frozen data.
Knows nothing about rules, checks and files."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.corpus.draft_types import Draft
from workbench.corpus.sections import Place


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question as a rule makes it, before anything is checked."""

    kind: str
    """One of KINDS."""
    question: str
    answer: str
    """The reference answer, in words of the document."""
    place: Place
    """The place of the quote: the sentence, list item or row that holds the answer."""
    evidence: Place
    """The place of the section or paragraph around the quote."""
    needs_title: bool = False
    """Whether the question makes sense only with the document's title ("we", "the target")."""
    names_title: bool = False
    """Whether the question has the title already."""

    @property
    def bare_question(self) -> str:
        """The question without ", according to" and the title."""
        return self.question.partition(", according to “")[0]


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What drafting made of a corpus."""

    drafts: tuple[Draft, ...]
    """Those that passed, in the order in which they were made."""
    dropped: dict[str, int]
    """Reason → how many candidates were dropped or left out for it."""
    documents: int
    """How many documents there are."""
    notes: tuple[str, ...] = ()
    """What a person should know: documents that are not in English, fewer drafts than asked for."""
    left_out: tuple[Draft, ...] = ()
    """Drafts that failed a filter, for a person to judge; a limited number of them, counted in `dropped`."""

    @property
    def touched(self) -> int:
        """How many documents have a draft of this run."""
        return len({quote.document for draft in self.drafts for quote in draft.quotes})

    @property
    def examined(self) -> int:
        """How many candidates were looked at."""
        return len(self.drafts) + sum(self.dropped.values())
