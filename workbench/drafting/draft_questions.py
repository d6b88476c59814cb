"""Drafts questions from documents by rules: makes candidates, checks them, and spreads them over the corpus.
Knows nothing about files and models."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from workbench.corpus.draft_types import OK, RULE_KINDS, UNANSWERABLE, Draft, Quote
from workbench.corpus.question_rows import make_question_id
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import Place, evidence_around, read_sections
from workbench.corpus.types import Document
from workbench.drafting import checks
from workbench.drafting.choosing import DocumentQueue, queue_up
from workbench.drafting.passages import Passages, read_passages
from workbench.drafting.rules import (
    amounts,
    definitions,
    headings,
    list_items,
    names,
    situations,
    tables,
    topics,
)
from workbench.drafting.types import Candidate, DraftReport
from workbench.drafting.unanswerable import CorpusWords, make_unanswerable, read_words
from workbench.drafting.vocabulary import Vocabulary, read_vocabulary
from workbench.scoring.language_detection import looks_english

RULES = (headings, definitions, amounts, names, situations, tables, list_items, topics)
UNANSWERABLE_SHARE = 0.15
BOILERPLATE = 3  # other documents with the same words: they are a footer or a notice
EXCHANGED = tuple(kind for kind in RULE_KINDS if kind != "topic")
"""The kinds whose questions become unanswerable; of two topics, only one would have no answer."""
NO_UNANSWERABLE = "no name in it can be exchanged so that nothing answers it"

Tell = Callable[[int, int], None]
"""Is told how many drafts are made, and how many are asked for."""


def draft_questions(
    documents: Sequence[Document],
    count: int,
    *,
    kinds: Iterable[str] = RULE_KINDS,
    seed: int = 7,
    taken: Iterable[str] = (),
    tell: Tell = lambda done, count: None,
) -> DraftReport:
    """Draft up to `count` questions; the same arguments give the same drafts.

    kinds: which of RULE_KINDS.
    taken: the texts of questions that are there already.
    """
    return _Drafting(documents, count, frozenset(kinds), seed, taken, tell).run()


class _Drafting:
    """One run over a corpus."""

    def __init__(
        self, documents: Sequence[Document], count: int, kinds: frozenset[str], seed: int,
        taken: Iterable[str], tell: Tell,
    ) -> None:  # fmt: skip
        self.english = [d for d in documents if d.kind == "csv" or looks_english(d.text[:5000])]
        self.documents = documents
        self.by_name = {d.name: d for d in self.english}
        self.count, self.kinds, self.tell = count, kinds, tell
        self.chance = random.Random(seed)
        self.keys = {checks.question_key(question) for question in taken}
        self.facts: set[tuple[str, Place, str]] = set()
        self.drafts: list[Draft] = []
        self.dropped: Counter[str] = Counter()
        self.passages: Passages = read_passages(self.english)
        self.vocabulary: Vocabulary = read_vocabulary(self.english)
        self.corpus_words: CorpusWords = read_words(documents)
        self.sections = {d.name: read_sections(d) for d in self.english}

    def run(self) -> DraftReport:
        unanswerable = round(self.count * UNANSWERABLE_SHARE) if UNANSWERABLE in self.kinds else 0
        if self.kinds == {UNANSWERABLE}:
            unanswerable = self.count
        if unanswerable:
            self._spread(self._queues(EXCHANGED), unanswerable, self._unanswerable)
        self._spread(self._queues(self.kinds), self.count, self._answerable)
        touched = {quote.document for draft in self.drafts for quote in draft.quotes}
        return DraftReport(
            tuple(self.drafts), dict(self.dropped), len(touched), len(self.documents), tuple(self._notes())
        )

    def _notes(self) -> Iterable[str]:
        foreign = len(self.documents) - len(self.english)
        if foreign:
            of = f"{foreign} of {len(self.documents)} documents"
            yield f"{of} do not look English; rules draft from English only."
        if len(self.drafts) < self.count:
            yield f"The documents gave {len(self.drafts)} drafts, of {self.count} asked for."

    def _queues(self, kinds: Iterable[str]) -> list[tuple[Document, DocumentQueue]]:
        wanted = frozenset(kinds)
        queues = []
        for document in self.english:
            sections = self.sections[document.name]
            candidates = [
                [c for rule in RULES for c in rule.draft(section, self.vocabulary) if c.kind in wanted]
                for section in sections
            ]
            queues.append((document, queue_up(sections, candidates, self.chance)))
        self.chance.shuffle(queues)
        return queues

    def _spread(
        self,
        queues: Sequence[tuple[Document, DocumentQueue]],
        count: int,
        make: Callable[[Document, Candidate], Draft | str],
    ) -> None:
        """Take one draft of each document in turn, until there are `count` in all or none is left."""
        waiting = list(queues)
        while waiting and len(self.drafts) < count:
            for document, queue in list(waiting):
                if len(self.drafts) >= count:
                    return
                if not self._take_one(document, queue, make):
                    waiting.remove((document, queue))

    def _take_one(
        self, document: Document, queue: DocumentQueue, make: Callable[[Document, Candidate], Draft | str]
    ) -> bool:
        while (taken := queue.take()) is not None:
            number, candidate = taken
            made = make(document, candidate)
            if isinstance(made, str):
                if made != NO_UNANSWERABLE:  # it may still be drafted as it is
                    self.dropped[made] += 1
                continue
            queue.note(number, candidate.kind)
            self.keys.add(checks.question_key(made.question))
            self.drafts.append(made)
            self.tell(len(self.drafts), self.count)
            return True
        return False

    def _checked(self, document: Document, candidate: Candidate) -> str:
        verdicts = (
            checks.check_wording(candidate),
            checks.check_context(candidate),
            checks.check_quote(document, candidate),
        )
        return next((verdict for verdict in verdicts if verdict != OK), OK)

    def _with_title(self, candidate: Candidate, document: Document) -> Candidate:
        title = self._title(document)
        question = f"{candidate.question.removesuffix('?')}, according to “{title}”?"
        return replace(candidate, question=question, names_title=True)

    def _title(self, document: Document) -> str:
        sections = self.sections[document.name]
        return sections[0].title if sections else document.title

    def _alone(self, document: Document, candidate: Candidate) -> Candidate | str:
        """The candidate, with the document's title where other documents speak of it; or why it fails."""
        rivals = checks.find_rivals(candidate.question, document.name, candidate.evidence, self.passages)
        quote = document.text[candidate.place.start : candidate.place.end]
        rivals = [r for r in rivals if not find_quotes(self.by_name[r[0]].text[r[1] : r[2]], quote)]
        if not candidate.names_title and (rivals or candidate.needs_title):
            candidate = self._with_title(candidate, document)
        title = self._title(document)
        same = [r for r in rivals if self._title(self.by_name[r[0]]) == title]
        if candidate.kind in ("table", "list", "heading") and candidate.names_title:
            same = [r for r in same if r[0] != document.name]  # these name the row or heading they ask for
        return checks.SEVERAL_ANSWERS if same else candidate

    def _answerable(self, document: Document, candidate: Candidate) -> Draft | str:
        verdict = self._checked(document, candidate)
        if verdict != OK:
            return verdict
        fact = (document.name, candidate.place, candidate.answer)
        alone = self._alone(document, candidate)
        if isinstance(alone, str):
            return alone
        candidate = alone
        if fact in self.facts or checks.question_key(candidate.question) in self.keys:
            return checks.DUPLICATE
        if (verdict := checks.check_wording(candidate)) != OK:
            return verdict
        quote = document.text[candidate.place.start : candidate.place.end]
        evidence = [Quote(document.name, document.text[candidate.evidence.start : candidate.evidence.end])]
        quotes = [Quote(document.name, quote)]
        copies = self._copies(document, quote)
        if len(copies) >= BOILERPLATE:
            return checks.IN_MANY_DOCUMENTS
        self.facts.add(fact)
        for other, around in copies if not candidate.names_title else ():
            evidence.append(Quote(other, around))
            quotes.append(Quote(other, quote))
        return Draft(
            make_question_id(candidate.question), candidate.question, (candidate.answer,), tuple(quotes),
            tuple(evidence), True, candidate.kind, source_name=candidate.kind, checks=_checks_of(candidate),
        )  # fmt: skip

    def _copies(self, document: Document, quote: str) -> list[tuple[str, str]]:
        """(document, section or sentence) of the other documents that have the same sentence."""
        found = []
        for name in sorted({c.document for c in self.passages.find(quote, 4)} - {document.name}):
            other = self.by_name[name]
            places = find_quotes(other.text, quote)
            if places:
                around = evidence_around(self.sections[name], Place(*places[0]))
                found.append((name, other.text[around.start : around.end]))
        return found

    def _unanswerable(self, document: Document, candidate: Candidate) -> Draft | str:
        verdict = self._checked(document, candidate)
        if verdict != OK:
            return verdict
        if candidate.needs_title and not candidate.names_title:
            candidate = self._with_title(candidate, document)
        quote = document.text[candidate.place.start : candidate.place.end]
        around = document.text[candidate.evidence.start : candidate.evidence.end]
        question = make_unanswerable(
            candidate, quote, around, self.corpus_words, self.vocabulary, self.passages, self.chance
        )
        if question is None:
            return NO_UNANSWERABLE
        if checks.question_key(question) in self.keys:
            return checks.DUPLICATE
        return Draft(
            make_question_id(question), question, (), (Quote(document.name, quote),), (), False,
            UNANSWERABLE, source_name=UNANSWERABLE,
            checks={"nothing answers it": OK, "wording": OK, "duplicate": OK},
        )  # fmt: skip


def _checks_of(candidate: Candidate) -> dict[str, str]:
    """The verdicts on a draft: those that would have dropped it are passed; one asks a person to look."""
    wording = OK
    if len(candidate.question.split()) > 24:
        wording = f"long: {len(candidate.question.split())} words"
    elif checks.speaks_of_us(candidate.question):
        wording = "says “we”: who is meant?"
    return {
        "quote": OK,
        "answer": OK,
        "context": OK,
        "other passages": OK,
        "duplicate": OK,
        "wording": wording,
    }
