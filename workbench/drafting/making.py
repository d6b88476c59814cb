"""Makes drafts of candidates: checks them, names their document where others rival it, and adds evidence.
Knows nothing about which candidates are taken, and nothing about files."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from workbench.corpus.draft_types import OK, SEARCH_WORDS, UNANSWERABLE, Draft, Quote
from workbench.corpus.question_rows import make_question_id
from workbench.corpus.quotes import find_quotes
from workbench.corpus.sections import Place, Section, evidence_around
from workbench.corpus.types import Document
from workbench.drafting import checks
from workbench.drafting.passages import Passages
from workbench.drafting.siblings import find_siblings
from workbench.drafting.surroundings import (
    OF_ONE_SENTENCE,
    Surroundings,
    names_in_short,
    names_title_word,
)
from workbench.drafting.types import Candidate
from workbench.drafting.unanswerable import CorpusWords, make_unanswerable
from workbench.drafting.vocabulary import Vocabulary
from workbench.drafting.wordings import reword
from workbench.pipeline.question_copies import DUPLICATE, KnownQuestions

NO_UNANSWERABLE = "no name in it can be exchanged so that nothing answers it"
LONG = 24  # words of a question that a person is asked to look at


@dataclass
class DraftMaker:
    """Makes drafts from the documents of one corpus."""

    documents: Mapping[str, Document]
    """Those that rules read, by name."""
    sections: Mapping[str, Sequence[Section]]
    """Name of a document → its sections."""
    passages: Passages
    vocabulary: Vocabulary
    words: CorpusWords
    known: KnownQuestions
    """The questions and drafts that are there."""
    chance: random.Random
    _facts: set[tuple[str, Place, str]] = field(default_factory=set)
    """(document, place of the quote, answer) of the drafts so far."""
    _exchanged: set[str] = field(default_factory=set)
    """The questions that were made unanswerable: a document may say a sentence several times."""

    @cached_property
    def siblings(self) -> frozenset[str]:
        """The names of documents that are like others."""
        return find_siblings(list(self.documents.values()))

    @cached_property
    def _surroundings(self) -> Surroundings:
        return Surroundings(self.sections, self.vocabulary)

    def answerable(self, document: Document, candidate: Candidate, most_copies: int = 2) -> Draft | str:
        """The draft, whose checks say what a filter found; or the reason why it is worth no look.

        most_copies: how many other documents may have the same words; in more, they are a footer or a notice.
        """
        if (verdict := checks.check_wording(candidate)) != OK:
            return verdict
        if (verdict := checks.check_example(document, candidate)) != OK:
            return verdict
        if (verdict := checks.check_lines(document, candidate)) != OK:
            return verdict
        around = self._surroundings.check(document, candidate)
        quote, answer = checks.check_quote(document, candidate), OK
        if quote == checks.ANSWER_NOT_IN_QUOTE:
            quote, answer = OK, quote
        if quote != OK:
            return quote
        context = checks.check_context(candidate)
        candidate, same, other = self._beside_rivals(document, candidate)
        fact = (document.name, candidate.place, candidate.answer)
        if fact in self._facts or self.known.has(candidate.question):
            return DUPLICATE
        if (verdict := checks.check_wording(candidate)) != OK:
            return verdict
        copies = self._copies(document, _text(document, candidate.place))
        if len({name for name, _ in copies}) > most_copies:
            return checks.IN_MANY_DOCUMENTS
        pieces = [(document.name, candidate.place), *(() if candidate.names_title else copies), *same]
        draft = self._assemble(candidate, list(dict.fromkeys(pieces)))
        verdicts = {
            "quote": OK,
            "answer": answer,
            "context": context,
            "surroundings": around,
            "other passages": other,
            "duplicate": self.known.check(candidate.question),
            "wording": _advice(candidate.question),
        }
        draft = replace(draft, checks=verdicts)
        if not draft.is_left_out:
            self._facts.add(fact)
        return draft

    def _assemble(self, candidate: Candidate, pieces: Sequence[tuple[str, Place]]) -> Draft:
        """pieces: (document, place of the quote), that of the candidate first."""
        quotes = [Quote(name, _text(self.documents[name], place)) for name, place in pieces]
        places = [candidate.evidence]
        places += [evidence_around(self.sections[name], place) for name, place in pieces[1:]]
        evidence = [
            Quote(name, _text(self.documents[name], place))
            for (name, _), place in zip(pieces, places, strict=True)
        ]
        return Draft(
            make_question_id(candidate.question), candidate.question, (candidate.answer,), tuple(quotes),
            tuple(dict.fromkeys(evidence)), True, candidate.kind, source_name=candidate.kind,
        )  # fmt: skip

    def wordings(self, draft: Draft, count: int) -> Iterator[Draft]:
        """Yield up to `count` other wordings of a draft, in its group."""
        made = 0
        for question in reword(draft.question):
            if made < count and not self.known.has(question):
                made += 1
                verdicts = draft.checks | {"wording": _advice(question)}
                yield replace(draft, id=make_question_id(question), question=question, checks=verdicts)

    def _beside_rivals(
        self, document: Document, candidate: Candidate
    ) -> tuple[Candidate, list[tuple[str, Place]], str]:
        """The candidate, with the document's title where other passages answer differently; the places that
        give the same answer; and OK, or why it fails."""
        quote = _text(document, candidate.place)
        same, rivals = [], []
        is_query = candidate.kind == SEARCH_WORDS
        for name, start, end in checks.find_rivals(
            candidate.question, document.name, candidate.evidence, self.passages,
            share=1 if is_query else checks.SHARE_OF_RIVALS,
        ):  # fmt: skip
            text = self.documents[name].text[start:end]
            if find_quotes(text, quote):
                continue  # a copy, which is evidence in any case
            places = find_quotes(text, candidate.answer) if _tells(candidate.answer) else []
            if places:
                same.append((name, Place(start + places[0][0], start + places[0][1])))
            else:
                rivals.append(name)
        if not (is_query or candidate.names_title) and (rivals or self._needs_title(document, candidate)):
            candidate = self._with_title(candidate, document)
        title = self._title(document)
        like = [name for name in rivals if is_query or self._title(self.documents[name]) == title]
        if candidate.kind in ("table", "list", "heading") and candidate.names_title:
            like = [name for name in like if name != document.name]  # these name the row or heading
        if candidate.names_title:
            same = [(name, place) for name, place in same if name == document.name]
        if like:
            return candidate, same, f"{checks.SEVERAL_ANSWERS}: {like[0]}"
        first = self.passages.find_nearest(candidate.question) if is_query else None
        place = candidate.place
        if first is not None and not (
            first.document == document.name and first.start < place.end and place.start < first.end
        ):
            return candidate, same, f"{checks.FINDS_ANOTHER}: {first.document}"
        return candidate, same, OK

    def _needs_title(self, document: Document, candidate: Candidate) -> bool:
        if candidate.kind not in OF_ONE_SENTENCE or candidate.needs_title:
            return candidate.needs_title
        of_many = candidate.kind == "fact" and document.name in self.siblings
        return (
            of_many
            or names_in_short(candidate.question, document, self.vocabulary)
            or names_title_word(candidate.question, self._title(document), self.vocabulary)
        )

    def _with_title(self, candidate: Candidate, document: Document) -> Candidate:
        question = f"{candidate.question.removesuffix('?')}, according to “{self._title(document)}”?"
        return replace(candidate, question=question, names_title=True)

    def _title(self, document: Document) -> str:
        sections = self.sections[document.name]
        return sections[0].title if sections else document.title

    def _copies(self, document: Document, quote: str) -> list[tuple[str, Place]]:
        """(document, place) of the same sentence in other documents."""
        found = []
        for name in sorted({c.document for c in self.passages.find(quote, 4)} - {document.name}):
            places = find_quotes(self.documents[name].text, quote)
            if places:
                found.append((name, Place(*places[0])))
        return found

    def unanswerable(self, document: Document, candidate: Candidate) -> Draft | str:
        """A draft like the candidate that nothing in the corpus answers; or the reason why there is none."""
        found = (
            checks.check_wording(candidate),
            checks.check_example(document, candidate),
            checks.check_context(candidate),
            checks.check_lines(document, candidate),
            self._surroundings.check_subject(document, candidate),
        )
        verdict = next((v for v in found if v != OK), OK)
        if verdict != OK:
            return verdict
        if self._needs_title(document, candidate) and not candidate.names_title:
            candidate = self._with_title(candidate, document)
        quote, around = _text(document, candidate.place), _text(document, candidate.evidence)
        question = make_unanswerable(
            candidate, quote, around, self.words, self.vocabulary, self.passages, self.chance
        )
        if question is None:
            return NO_UNANSWERABLE
        if (
            verdict := checks.check_quote(document, candidate)
        ) != OK:  # last, since most have no name to exchange
            return verdict
        if candidate.question in self._exchanged or self.known.has(question):
            return DUPLICATE
        self._exchanged.add(candidate.question)
        verdicts = {
            "nothing answers it": OK,
            "duplicate": self.known.check(question),
            "wording": _advice(question),
        }
        return Draft(
            make_question_id(question), question, (), (Quote(document.name, quote),), (), False,
            UNANSWERABLE, source_name=UNANSWERABLE, checks=verdicts,
        )  # fmt: skip


def _text(document: Document, place: Place) -> str:
    return document.text[place.start : place.end]


def _tells(answer: str) -> bool:
    """Whether an answer is not found by chance, as "2" is."""
    return len(answer) >= 4 and bool(re.search(r"[A-Za-z]{2}|\d\D+\d|[£€$%]", answer))


def _advice(question: str) -> str:
    """What a person should look at in a question; OK for nothing."""
    count = len(question.split())
    if count > LONG:
        return f"long: {count} words"
    return "says “we”: who is meant?" if checks.speaks_of_us(question) else OK
