"""Drafts questions from documents by rules: makes candidates, and spreads drafts of them over the corpus.
Knows nothing about files and models."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from workbench.corpus.draft_types import QUESTION_KINDS, SEARCH_WORDS, UNANSWERABLE, Draft
from workbench.corpus.sections import Section, read_sections
from workbench.corpus.types import Document
from workbench.drafting.choosing import DocumentQueue, queue_up
from workbench.drafting.making import NO_UNANSWERABLE, DraftMaker
from workbench.drafting.passages import MOST_ENCODED, read_passages
from workbench.drafting.rules import (
    amounts,
    definitions,
    facts,
    headings,
    list_items,
    names,
    openings,
    situations,
    tables,
)
from workbench.drafting.rules.search_words import SearchWords
from workbench.drafting.types import Candidate, DraftReport
from workbench.drafting.unanswerable import read_words
from workbench.drafting.vocabulary import read_vocabulary
from workbench.formatting import counted
from workbench.pipeline.question_copies import DUPLICATE, KnownQuestions
from workbench.scoring.document_languages import foreign_in_words, may_be_english

ENGLISH_ONLY = "rules draft from English only"
SEARCH_WORDS_MAY_FILL = "Search words may add some: choose them in the app, or use `--kinds all`."
RULES = (headings, definitions, amounts, names, situations, tables, list_items, facts)
UNANSWERABLE_SHARE = 0.15
EXCHANGED = tuple(kind for kind in QUESTION_KINDS if kind != "fact")
"""The kinds whose questions become unanswerable; a fact is asked of posts and bodies, whose names come apart
badly, and search words find something whatever name is exchanged."""
LEAST_EXCHANGED = 3
"""The most unanswerable drafts of one document, where the others give enough."""
SAME_SHARE = 0.7
"""The share of an answer's characters that make up another one, from which on both are one answer."""
LEAST_SAME_WORDS = 4
"""The fewest words of an answer that is not given twice by chance, as "14 days" is."""
LEAST_LEFT_OUT = 40
"""So many drafts of a run that failed a filter are kept for a person to judge, or as many as are missing."""

Tell = Callable[[int, int], None]
"""Is told how many drafts are made, and how many are asked for."""
IsStopped = Callable[[], bool]
"""Says whether drafting is to end with what it has."""


def draft_questions(
    documents: Sequence[Document],
    count: int,
    *,
    kinds: Iterable[str] = QUESTION_KINDS,
    seed: int = 7,
    taken: Iterable[str] = (),
    wordings: int = 1,
    tell: Tell = lambda done, count: None,
    is_stopped: IsStopped = lambda: False,
) -> DraftReport:
    """Draft up to `count` questions; the same arguments give the same drafts.

    kinds: which of RULE_KINDS.
    taken: the texts of questions that are there already.
    wordings: how many wordings each fact gets at most, the first included; all of them count.
    """
    return _Drafting(documents, count, frozenset(kinds), seed, list(taken), wordings, tell, is_stopped).run()


class _Drafting:
    """One run over a corpus."""

    def __init__(
        self, documents: Sequence[Document], count: int, kinds: frozenset[str], seed: int,
        taken: Sequence[str], wordings: int, tell: Tell, is_stopped: IsStopped,
    ) -> None:  # fmt: skip
        english = [d for d in documents if d.kind != "code" and may_be_english(d)]
        self.documents, self.english = documents, english
        self.count, self.kinds, self.wordings, self.tell = count, kinds, wordings, tell
        self.is_stopped = is_stopped
        self.chance = random.Random(seed)
        self.drafts: list[Draft] = []
        self.left_out: list[Draft] = []
        self.failed = 0
        self.dropped: Counter[str] = Counter()
        self.told: defaultdict[str, list[str]] = defaultdict(list)  # document → answers of its drafts
        self.vocabulary = read_vocabulary(english)
        self.sections = {d.name: read_sections(d) for d in english}
        self.maker = DraftMaker(
            {d.name: d for d in english}, self.sections, read_passages(english), self.vocabulary,
            read_words(documents), KnownQuestions(taken), self.chance,
        )  # fmt: skip

    def run(self) -> DraftReport:
        unanswerable = round(self.count * UNANSWERABLE_SHARE) if UNANSWERABLE in self.kinds else 0
        if self.kinds == {UNANSWERABLE}:
            unanswerable = self.count
        if unanswerable:
            most = max(LEAST_EXCHANGED, math.ceil(3 * unanswerable / max(1, len(self.english))))
            self._spread(self._queues(EXCHANGED), unanswerable, self.maker.unanswerable, most=most)
        self._spread(self._queues(self.kinds), self.count, self.maker.answerable, self._open)
        del self.left_out[max(LEAST_LEFT_OUT, self.count - len(self.drafts)) :]
        return DraftReport(
            tuple(self.drafts), dict(self.dropped), len(self.documents), tuple(self._notes()),
            tuple(self.left_out),
        )  # fmt: skip

    @property
    def _touched(self) -> set[str]:
        return {quote.document for draft in self.drafts for quote in draft.quotes}

    def _notes(self) -> Iterable[str]:
        if foreign := foreign_in_words(self.documents):
            yield f"{foreign}; {ENGLISH_ONLY}."
        if len(self.drafts) < self.count and not self.is_stopped():
            fewer = f"The documents gave {counted(len(self.drafts), 'draft')}, of {self.count:,} asked for."
            yield fewer if SEARCH_WORDS in self.kinds else f"{fewer} {SEARCH_WORDS_MAY_FILL}"
        if self.failed > len(self.left_out):
            yield (
                f"{self.failed:,} drafts failed a filter; the first {len(self.left_out)} of them can be "
                "looked at, and kept anyway."
            )
        searched = self.maker.passages.is_searched_by_meaning
        if not searched and any(draft.kind == UNANSWERABLE for draft in self.drafts):
            yield (
                f"The documents have more than {MOST_ENCODED:,} passages, so unanswerable drafts were "
                "checked by keyword search only."
            )

    def _queues(self, kinds: Iterable[str]) -> list[tuple[Document, DocumentQueue]]:
        wanted = frozenset(kinds)
        queues = []
        for document in self.english:
            sections = self.sections[document.name]
            candidates = [[c for c in self._candidates(section) if c.kind in wanted] for section in sections]
            queues.append((document, queue_up(sections, candidates, self.chance)))
        self.chance.shuffle(queues)
        return queues

    def _candidates(self, section: Section) -> Iterable[Candidate]:
        for rule in RULES:
            yield from rule.draft(section, self.vocabulary)
        if SEARCH_WORDS in self.kinds:
            yield from self._search_words.draft(section)

    @cached_property
    def _search_words(self) -> SearchWords:
        return SearchWords(self.sections, self.vocabulary, self.maker.passages.usual, self.maker.siblings)

    def _spread(
        self,
        queues: Sequence[tuple[Document, DocumentQueue]],
        count: int,
        make: Callable[[Document, Candidate], Draft | str],
        give_up: Callable[[Document], None] = lambda document: None,
        most: int = sys.maxsize,
    ) -> None:
        """Take one draft of each document in turn, until there are `count` in all or none is left.

        give_up: is told each document that has none left.
        most: the most drafts of one document.
        """
        waiting, turns = list(queues), 0
        while waiting and len(self.drafts) < count and turns < most:
            turns += 1
            for document, queue in list(waiting):
                if len(self.drafts) >= count or self.is_stopped():
                    return
                if not self._take_one(document, queue, make):
                    waiting.remove((document, queue))
                    give_up(document)

    def _open(self, document: Document) -> None:
        """Draft a question by its headings, or search words, for a long document that has no other draft."""
        is_short = len(document.text.split()) < openings.LEAST_WORDS
        if is_short or "heading" not in self.kinds or document.name in self._touched:
            return
        sections = self.sections[document.name]
        queries = map(self._search_words.draft, sections) if self.kinds.issuperset(QUESTION_KINDS) else ()
        for candidate in chain(openings.draft(sections), chain.from_iterable(queries)):
            made = self.maker.answerable(document, candidate, most_copies=len(self.documents))
            if isinstance(made, str) or made.is_left_out:
                continue
            if not any(made.answers[0] in told for told in self.told.values()):
                self._keep(made)
                return

    def _take_one(
        self, document: Document, queue: DocumentQueue, make: Callable[[Document, Candidate], Draft | str]
    ) -> bool:
        while (taken := queue.take()) is not None:
            number, candidate = taken
            made = make(document, candidate)
            if isinstance(made, str):
                if made != NO_UNANSWERABLE:  # it may still be drafted as it is
                    self.dropped[made] += 1
            elif made.is_left_out:
                self._leave_out(made)
            elif self._is_answer_again(made):
                self.dropped[DUPLICATE] += 1
            else:
                queue.note(number, candidate.kind)
                self._keep(made)
                return True
        return False

    def _is_answer_again(self, draft: Draft) -> bool:
        """Whether a draft of the same document has nearly the same answer; cells of a table may be alike."""
        if not draft.answerable or draft.kind == "table" or len(draft.answers[0].split()) < LEAST_SAME_WORDS:
            return False
        shorter_longer = (sorted((draft.answers[0], told), key=len) for told in self.told[_home(draft)])
        return any(s in t and len(s) >= SAME_SHARE * len(t) for s, t in shorter_longer)

    def _leave_out(self, draft: Draft) -> None:
        self.dropped[draft.left_out_for] += 1
        self.failed += 1
        if len(self.left_out) < max(LEAST_LEFT_OUT, self.count) and draft.id not in {
            one.id for one in self.left_out
        }:
            self.left_out.append(draft)

    def _keep(self, draft: Draft) -> None:
        further = min(self.wordings - 1, self.count - len(self.drafts) - 1) if draft.answerable else 0
        others = list(self.maker.wordings(draft, further))
        group = draft.id if others else None
        for one in (draft, *others):
            self.drafts.append(replace(one, group=group))
            self.maker.known.add(one.question)
        if draft.answerable:
            self.told[_home(draft)].append(draft.answers[0])
        self.tell(len(self.drafts), self.count)


def _home(draft: Draft) -> str:
    return draft.quotes[0].document
