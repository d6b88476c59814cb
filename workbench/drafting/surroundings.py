"""Tells whether a question of one sentence makes sense, and its answer is whole, by what stands around it.
Knows nothing about rules and about other documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.corpus.draft_types import OK
from workbench.corpus.sections import Section, Sentence
from workbench.corpus.types import Document
from workbench.drafting.clauses import is_advice
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import FORMS, HELPERS
from workbench.drafting.vocabulary import Vocabulary
from workbench.scoring.quantities import find_quantities
from workbench.text import STOP_WORDS, content_tokens, stem, words

UNEXPLAINED = "only the text before it says what is meant"
GOES_ON = "the text continues the thought"
SAID_TWICE = "another sentence of the document says it differently"
OF_ONE_SENTENCE = ("situational", "fact", "definition", "name", "number", "price", "date")
"""The kinds whose questions are made of one sentence."""
_AMOUNTS = ("number", "price")

_NEAR = 5  # sentences before a sentence of which one may bring in what it speaks of
_DETERMINERS = frozenset("the your both".split())
_COMPLEMENTS = frozenset("of for to that who which between".split())
# What there is one of, or what every reader has.
_KNOWN = frozenset(
    """world earth sun moon sky sea ocean internet web public government country state law future past
    present day week month year decade century time morning evening weekend name doctor home house family
    employer account north south east west""".split()
)
_ORDINAL_OR_COMPARATIVE = re.compile(
    r"^(?:first|second|third|fourth|fifth|sixth|last|next|previous|other|same|remaining|rest|two|three|four|"
    r"current|new|initial|final|(?:larg|small|bigg|great|low|high|earli|lat|new|old|long|short|near|bett)er|worse)$"
)
_NUMBERED = re.compile(
    r"\b(?:stage|step|phase|level|part|tier|class|group|type|category|case|option|example|figure|table|question|"
    r"theorem|lemma|rule|article|section|chapter|round) (?:\d+|[IVX]+)\b(?! (?:of|in)\b)",
    re.IGNORECASE,
)
# What is told from something said before: "the area later", "Holden's announcement".
_TOLD_BEFORE = re.compile(
    r"\b(?:later|earlier|afterwards?|eventually|finally|again|also|still|instead|thereafter|meanwhile|"
    r"subsequently|otherwise|likewise|too|others|other (?:options|ways|questions|things))\b"
    r"|\b(?:(?:much|even|far) (?:\w+er|more|less)|a (?:more|less))\b(?!.* than\b)"
    r"|['’]s? (?:announcement|decision|proposal|attempt|request|claim|offer|action|response|plan|idea|move|"
    r"efforts?|statement)\b(?! (?:to|of|for|that|in)\b)"
)
# "The country's top flight", "How can I see why …?", which an example of several sentences answers.
_NAMED_BEFORE = re.compile(
    r"\bthe (?:country|city|club|team|town|village|album|film|couple)['’]s\b"
    r"|^How can (?:I|you) (?:see|illustrate|understand) ",
    re.IGNORECASE,
)
_PAST_DATE, _YEAR = re.compile(r"^On what date (?:did|was|were)\b"), re.compile(r"\b\d{4}\b")
_PLACE_OF_NOTHING = re.compile(r"\bat the (?:end|beginning|start|top|bottom)\b(?! of\b)", re.IGNORECASE)
_CONNECTED = re.compile(
    r"^(?:also|additionally|in addition|furthermore|moreover|however|but|yet|or|and|nor|otherwise|instead|"
    r"alternatively|conversely|then|next|finally|still|similarly|likewise|further|besides|nevertheless|"
    r"nonetheless|on the other hand|in contrast|by contrast|except|unless|only|if not|if so|"
    r"in (?:this|that|such|these|those|some|other) cases?|exceptions?)\b"
    r"|^(?:\S+ ){1,5}also\b|^(?:others?|another) \w+",
    re.IGNORECASE,
)
_SAME_SUBJECT = re.compile(
    r"^(?:these|this|it|they|he|she|you) (?:includes?|is|are|was|were|may|can|must|should)\b", re.IGNORECASE
)
_OF_BE = re.compile(r"What (?:is|are|was|were) .* (?:for|to|do|of|on|as|from)\b")
_LIST_MARK = re.compile(r"\s{1,8}(?:[-*+•–▪●]|\(?\d{1,3}[.)])\s")
_NOT = re.compile(r"\b(?:not|no|never|cannot|without|only|except|unless)\b|n[’']t\b", re.IGNORECASE)
_LEAST_KEYS = 3
_SHARE_OF_CASE, _SHARE_OF_AMOUNT, _SHARE_OF_DENIAL = 0.75, 0.5, 0.6
_MANY, _SHARE_OF_MANY = 500, 0.65  # so long a document says a thing in several places


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence or list item, to be compared with others."""

    sentence: Sentence
    stems: frozenset[str]


class Surroundings:
    """The sentences of the documents of one corpus, each with those around it."""

    def __init__(self, sections: Mapping[str, Sequence[Section]], vocabulary: Vocabulary) -> None:
        """sections: name of a document → its sections."""
        self._sections, self._vocabulary = sections, vocabulary
        self._said: dict[str, list[Said]] = {}

    def check(self, document: Document, candidate: Candidate) -> str:
        """OK, or why a question of one sentence cannot be asked, or its answer is not whole.

        Questions that other rules make of headings, tables and lists are OK in any case.
        """
        if candidate.kind not in OF_ONE_SENTENCE:
            return OK
        if (verdict := self.check_subject(document, candidate)) != OK or candidate.kind == "name":
            return verdict
        if self._goes_on(document, candidate):
            return GOES_ON
        return SAID_TWICE if self._is_said_again(document, candidate) else OK

    def check_subject(self, document: Document, candidate: Candidate) -> str:
        """OK, or that a question speaks of something that only the sentences before it bring in."""
        if candidate.kind not in OF_ONE_SENTENCE:
            return OK
        question = candidate.bare_question
        pointing = (_NUMBERED, _TOLD_BEFORE, _NAMED_BEFORE, _PLACE_OF_NOTHING)
        if any(pattern.search(question) for pattern in pointing):
            return UNEXPLAINED
        if _PAST_DATE.match(question) and not _YEAR.search(f"{question} {candidate.answer}"):
            return UNEXPLAINED  # the year stands before
        found = self._find(document, candidate)
        if found is None:
            return OK
        section, sentence, number = found
        before = section.sentences[max(0, number - _NEAR) : number] if number >= 0 else []
        heading = set(content_tokens(section.heading))
        known = set(content_tokens(section.title))
        brought_in = {token for one in before for token in content_tokens(one.text)}
        if candidate.kind in ("fact", "situational"):
            brought_in |= heading  # which their questions do not name
        else:
            known |= heading
        asked = question.lower()
        for phrase in definite_phrases(sentence.text, self._vocabulary):
            said = phrase.text.lower()
            in_question = said in asked or said.replace("your ", "my ") in asked
            # A guide speaks so of the parts of its thing ("the tank"), and prose of what it told before.
            is_prose = document.kind == "text" or candidate.kind not in (*_AMOUNTS, "date")
            if in_question and not _is_explained(phrase, known, brought_in, is_prose=is_prose):
                return UNEXPLAINED
            is_answer = candidate.kind == "fact" and not in_question
            if is_answer and _is_bare(phrase) and not known & set(content_tokens(phrase.nouns[0])):
                return UNEXPLAINED
        return OK

    def _find(self, document: Document, candidate: Candidate) -> tuple[Section, Sentence, int] | None:
        """The section of a candidate's sentence, the sentence and its number there; -1 for a list item."""
        for section in self._sections[document.name]:
            if section.start <= candidate.place.start < section.end:
                numbered = [*enumerate(section.sentences), *((-1, item) for item in section.items)]
                for number, sentence in numbered:
                    if sentence.place == candidate.place:
                        return section, sentence, number
        return None

    def _goes_on(self, document: Document, candidate: Candidate) -> bool:
        """Whether the next sentence says more of the same, or a list follows."""
        found = self._find(document, candidate)
        if found is None:
            return False
        section, this, number = found
        if number < 0:
            return False
        if _LIST_MARK.match(document.text, candidate.place.end):
            return True
        if number + 1 == len(section.sentences):
            return False
        following = section.sentences[number + 1]
        if _CONNECTED.match(following.text):
            return True
        goes_on = _SAME_SUBJECT.match(following.text)
        if goes_on and (candidate.kind == "situational" or _OF_BE.match(candidate.question)):
            return True
        is_next_case = re.match(r"(?:if|when|to|for) ", following.text, re.IGNORECASE)
        if candidate.kind != "situational" or this.paragraph != following.paragraph or is_next_case:
            return False
        if is_advice(following.text) and is_advice(candidate.answer):
            return True
        shared = set(content_tokens(following.text)) & set(content_tokens(this.text))
        return len(shared) >= 2

    def _is_said_again(self, document: Document, candidate: Candidate) -> bool:
        """Whether another sentence speaks of the same: with another amount of the same unit, or at all."""
        if candidate.kind == "date":
            return False
        asked = set(content_tokens(candidate.bare_question))
        keys = asked - set(content_tokens(document.title))
        if candidate.kind in _AMOUNTS:
            units = set(content_tokens(re.sub(r"[\d.,]+", " ", candidate.answer)))
            keys -= units | {"mani", "much", "percentag"}
        if len(keys) < _LEAST_KEYS and candidate.kind == "fact":
            keys = asked
        elif len(keys) < _LEAST_KEYS:
            return False
        share = _SHARE_OF_MANY if len(self._sentences(document)) > _MANY else _SHARE_OF_CASE
        if candidate.kind in _AMOUNTS:
            share = _SHARE_OF_AMOUNT
        answer = " ".join(words(candidate.answer))
        quote = document.text[candidate.place.start : candidate.place.end]
        for said in self._sentences(document):
            held = len(keys & said.stems) / len(keys)
            is_denial = bool(_NOT.search(said.sentence.text)) and not _NOT.search(quote)
            if said.sentence.place == candidate.place or held < (_SHARE_OF_DENIAL if is_denial else share):
                continue
            if answer in " ".join(words(said.sentence.text)):
                continue
            if candidate.kind not in _AMOUNTS or _has_other_amount(candidate.answer, said):
                return True
        return False

    def _sentences(self, document: Document) -> list[Said]:
        if document.name not in self._said:
            self._said[document.name] = [
                Said(one, frozenset(content_tokens(one.text)))
                for section in self._sections[document.name]
                for one in (*section.sentences, *section.items)
            ]
        return self._said[document.name]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun with its determiner and what stands between them."""

    text: str
    is_first: bool
    """Whether no verb stands before it: it is the subject or a part of it."""
    nouns: tuple[str, ...]
    """The words after the determiner; the last one is the noun."""
    following: str
    """The next word, in lower case; empty at the end of the sentence or before punctuation."""


def definite_phrases(sentence: str, vocabulary: Vocabulary) -> Iterator[Phrase]:
    """Yield "the …", "your …" and "both …" of a sentence, such as "the written certification"."""
    parts = sentence.split()
    verbs = (place for place, part in enumerate(parts) if place and (part in FORMS or part in HELPERS))
    first_verb = next(verbs, len(parts))
    for place, word in enumerate(parts):
        if word.lower() not in _DETERMINERS:
            continue
        nouns: list[str] = []
        following = ""
        for part in parts[place + 1 : place + 7]:
            bare = part.strip(",.;:()!?")
            is_verb = bare in FORMS or bare in HELPERS or vocabulary.is_verb(bare)
            if bare.lower() in STOP_WORDS or nouns and is_verb:
                following = bare.lower()
                break
            nouns.append(bare)
            if part != bare:
                break
        if nouns:
            yield Phrase(" ".join([word, *nouns]), place < first_verb, tuple(nouns), following)


def _is_explained(phrase: Phrase, known: set[str], brought_in: set[str], *, is_prose: bool) -> bool:
    """Whether a phrase makes sense without the sentences before it.

    known: stems of the document's title and the section's heading.
    brought_in: stems of the sentences before it.
    """
    determiner = phrase.text.split()[0].lower()
    stems = {stem(word) for noun in phrase.nouns for word in words(noun)}
    if determiner == "both":
        return phrase.following == "and"
    head = phrase.nouns[-1].lower()
    if stems & known and (stem(head) in known or any(re.search(r"[A-Z]", noun) for noun in phrase.nouns)):
        return True
    is_completed = phrase.following in _COMPLEMENTS
    if _ORDINAL_OR_COMPARATIVE.match(phrase.nouns[0]):
        return is_completed
    if any(re.search(r"[A-Z]", noun) for noun in phrase.nouns):
        return True
    if head in _KNOWN or re.search(r"\d", head):
        return True
    if stem(head) in brought_in and not is_completed:
        return False
    if is_prose and determiner == "the" and phrase.is_first and not is_completed:
        return len(phrase.nouns) > 2
    return True


def _is_bare(phrase: Phrase) -> bool:
    """Whether a phrase is one plain noun that nothing completes: "the song"."""
    noun = phrase.nouns[0]
    is_completed = phrase.following in _COMPLEMENTS | {"at", "in"}
    return len(phrase.nouns) == 1 and noun.islower() and not is_completed and noun not in _KNOWN


def _has_other_amount(answer: str, said: Said) -> bool:
    """Whether a sentence has an amount of the unit of an answer's, but another one."""
    asked = find_quantities(answer)
    unit = set(content_tokens(answer)[-1:])
    return any(
        one.kind == other.kind and one.value != other.value and (one.kind or unit & said.stems)
        for one in asked
        for other in find_quantities(said.sentence.text)
    )


def names_title_word(question: str, title: str, vocabulary: Vocabulary) -> bool:
    """Whether a question says "the …" or "your …" of what its document's title names: "the plan"."""
    titled = set(content_tokens(title))
    return any(
        titled & {stem(word) for noun in phrase.nouns for word in words(noun)}
        and not any(re.search(r"[A-Z0-9]", noun) for noun in phrase.nouns)
        for phrase in definite_phrases(question, vocabulary)
    )


def names_in_short(question: str, document: Document, vocabulary: Vocabulary) -> bool:
    """Whether a question calls somebody by one name whom its document calls by more: "Ames"."""
    for match in re.finditer(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*", question[1:]):
        name = re.sub(r"[’']s$", "", match.group())
        if not re.fullmatch(r"[A-Z][a-z]{2,}", name):
            continue
        longer = re.finditer(rf"\b(?P<first>[A-Z][a-z]+) {name}\b", document.text)
        if any(one["first"].lower() not in STOP_WORDS and vocabulary.is_name(one["first"]) for one in longer):
            return True
    return False
