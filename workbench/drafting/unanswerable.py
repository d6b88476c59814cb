"""Makes questions that a corpus cannot answer, by exchanging a name or number for one that it does not have.
Knows nothing about how questions are made.

The new name or number occurs nowhere in the corpus, so no document can say anything about it. That is checked
again by asking: what several settings retrieve must not support the changed statement."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.drafting.passages import Passages
from workbench.drafting.place_names import CITIES, COUNTRIES
from workbench.drafting.types import Candidate
from workbench.drafting.vocabulary import PLACES, Vocabulary
from workbench.scoring.dates import MONTHS
from workbench.scoring.grounding import score_grounding
from workbench.scoring.support import SUPPORTED
from workbench.scoring.word_rarity import is_common
from workbench.text import content_tokens, stem, words

MOST_TRIED = 20
"""The most new names of one sort that are tried for an old one."""
_NUMBERED_NAME = re.compile(r"\b(?P<name>[A-Z][A-Za-z]+(?: [A-Z][a-z]+)?) (?P<number>\d{1,3})\b(?![.,:]\d)")
_CODE = re.compile(r"\b(?P<letters>[A-Z]{1,4}-?)(?P<number>\d{1,4})\b")
# A number in one of these is an amount, a date or a place in a document, not the name of a thing.
_NO_NAMES = frozenset(
    """january february march april may june july august september october november december section
    page step chapter figure table version part article under over about within after before from
    until the in at on for super bowl world war top room no number lower upper zone volume rated
    level stage step tier phase grade class day week month year rule law act note case""".split()
)
_PERSON = re.compile(r"\b(?P<first>[A-Z][a-z]+) (?P<last>[A-Z][a-z]{3,})\b")
_LANDMARK = re.compile(
    r"\b(?:[A-Z][a-z]+ )?[A-Z][a-z]+ (?P<sort>Square|Street|Station|Gate|Park|Bridge|Hall|House|Road|"
    r"Library|School|Hospital|University|College|Museum|Theatre|Airport|River|Valley|Island|Lake|"
    r"Church|Castle|Tower|Centre|Center)\b"
)
_LANDMARKS = "Abbey Bishop Chapel Harcourt Mercer Orchard Station Victoria Walnut Willow".split()
_SURNAMES = (
    "Abernathy Birkeland Castellano Dunmore Eriksson Fairbanks Grunwald Hathaway Ishikawa Kowalczyk".split()
)
# Names that a place, a person, a firm, a plan or a product may have: what a name in a text stands for is not
# known.
_INVENTED = (
    "Aldridge Ashford Colby Denholm Ellwood Farley Harlow Kendal Marlow Selby Thornbury Whitby".split()
)
_CAPITALISED = re.compile(r"\b[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*\b")
_NEVER_EXCHANGED = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday christmas easter english german french spanish
    italian european american british north south east west america united internet
    web bluetooth wi-fi""".split()
) | frozenset(MONTHS)
# Such a section may speak of every country, also of one that the corpus does not name.
_EVERYWHERE = re.compile(
    r"\b(?:other|all|any|every|each) (?:\w+ )?(?:countr\w+|region\w*|states?|places?|cit\w+|customers)\b|"
    r"\bworldwide\b|\belsewhere\b|\beverywhere\b|\brest of\b|\binternational",
    re.IGNORECASE,
)
# The title of a document or a heading in a question: exchanged, it would name one that is not there.
_TITLE = re.compile(r"“[^”]*”(?= (?:say|give)\b)|(?:according to|by|wrote|in|of|under) “[^”]*”(?=[,?])")
# A column of a table, or a value in one, which nobody looks up that is not there.
_COLUMN = re.compile(r"give as “[^”]*”|where “[^”]*” is “[^”]*”")
_LEAST_WORDS = 4  # of a question about a name of one word, stop words not counted: of what sort is it?


@dataclass(frozen=True)
class CorpusWords:
    """All words of a corpus, to know what it does not have."""

    words: frozenset[str]
    """In lower case, numbers included."""
    text: str
    """All of them in order, with one space before, between and after them."""

    def has(self, name: str) -> bool:
        """Whether the words of a name stand next to each other somewhere."""
        return f" {' '.join(words(name))} " in self.text


def read_words(documents: Sequence[Document]) -> CorpusWords:
    """The words of documents, their names and titles included."""
    found = [
        word
        for document in documents
        for word in words(f"{document.name.replace('-', ' ')} {document.title}\n{document.text}")
    ]
    return CorpusWords(frozenset(found), f" {' '.join(found)} ")


def exchange(
    question: str, corpus: CorpusWords, vocabulary: Vocabulary, chance: random.Random, *, places: bool
) -> Iterator[tuple[str, str, str]]:
    """Yield (new question, old name, new name) for each exchange of a name that the corpus allows.

    places: whether countries and cities may be exchanged.
    """
    bare = _COLUMN.sub("", _TITLE.sub("", question))
    for match in _NUMBERED_NAME.finditer(bare):
        number = int(match["number"])
        if any(word.lower() in _NO_NAMES for word in match["name"].split()) or number < 2:
            continue
        if len(re.findall(rf"\b{re.escape(match['name'])} \d", bare)) > 1:
            continue  # "Ember 15, Ember 20": the other one is there
        names = [f"{match['name']} {n}" for n in range(number + 1, number + 9)]  # near ones might be there
        yield from _exchanges(question, match.group(), [n for n in names if not corpus.has(n)], chance)
    for match in _CODE.finditer(bare):
        width = len(match["number"])
        if width < 2 and len(match["letters"]) > 2:
            continue  # "SHA2": a standard, of which there are few
        codes = [f"{match['letters']}{n:0{width}}" for n in range(2, 10**width)]
        new = [c for c in chance.sample(codes, min(MOST_TRIED, len(codes))) if not corpus.has(c)]
        yield from _exchanges(question, match.group(), new, chance)
    for match in re.finditer(r"\b[A-Z][a-z]+\b", bare) if places else ():
        same_sort = next((names for names in (COUNTRIES, CITIES) if match.group() in names), ())
        if same_sort:
            new = [name for name in same_sort if not corpus.has(name)]
            yield from _exchanges(question, match.group(), new, chance)
    for match in _LANDMARK.finditer(bare):
        new = [f"{first} {match['sort']}" for first in _LANDMARKS if first.lower() not in corpus.words]
        yield from _exchanges(question, match.group(), new, chance)
    for match in _PERSON.finditer(bare):
        if not is_common(stem(match["first"].lower())) and not is_common(stem(match["last"].lower())):
            new = [f"{match['first']} {s}" for s in _SURNAMES if s.lower() not in corpus.words]
            yield from _exchanges(question, match.group(), new, chance)
    yield from _exchange_words(question, bare, corpus, vocabulary, chance)


def _exchange_words(
    question: str, bare: str, corpus: CorpusWords, vocabulary: Vocabulary, chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Exchange the last word of a name such as "Linden Cargo", or a name of one word, for an invented one."""
    new = [name for name in _INVENTED if name.lower() not in corpus.words]
    for match in _CAPITALISED.finditer(bare, 1):  # a question's first word has a capital in any case
        if re.match(r" \d", bare[match.end() :]):
            continue  # "the Ember 1": another name would not have this number
        parts = match.group().split()
        keys = [part.lower() for part in parts]
        if len(parts) == 1 and bare == question and len(content_tokens(question)) < _LEAST_WORDS:
            continue
        if any(key in _NEVER_EXCHANGED or part in PLACES for key, part in zip(keys, parts, strict=True)):
            continue
        if all(vocabulary.capital[key] > vocabulary.lower[key] for key in keys):
            before, last = parts[:-1], parts[-1]
            if before and is_common(stem(last.lower())):  # "Orange County": another county
                names = [f"{name} {last}" for name in new]
            else:
                names = [" ".join([*before, name]) for name in new]
            yield from _exchanges(question, match.group(), names, chance)


def _exchanges(
    question: str, old: str, new: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    titles = " ".join(match.group() for match in _TITLE.finditer(question))
    named = [part for part in old.split() if len(part) > 3]  # a document of a like name is of another thing
    if new and not any(re.search(rf"\b{re.escape(part)}\b", titles) for part in [old, *named]):
        chosen = chance.choice(new)
        yield _put(question, old, chosen), old, chosen


def _put(text: str, old: str, new: str) -> str:
    return re.sub(rf"\b{re.escape(old)}\b", new, text)


def is_supported(statement: str, question: str, passages: Passages) -> bool:
    """Whether what any setting retrieves for a question supports a statement, by the grounding score."""
    found = passages.find_everywhere(question, 5)
    score = score_grounding(
        statement, [chunk.text for chunk in found], None, [chunk.title for chunk in found]
    )
    return score.value is not None and score.value >= SUPPORTED


def make_unanswerable(
    candidate: Candidate,
    quote: str,
    around: str,
    corpus: CorpusWords,
    vocabulary: Vocabulary,
    passages: Passages,
    chance: random.Random,
) -> str | None:
    """A question like the candidate's that the corpus cannot answer; None where there is none.

    quote: the words that the candidate's answer stands in.
    around: the section or paragraph around the quote.
    """
    places = not _EVERYWHERE.search(around)
    for question, old, new in exchange(candidate.question, corpus, vocabulary, chance, places=places):
        changed = _put(quote, old, new)
        statement = changed if changed != quote else f"{new}: {quote}"
        if question != candidate.question and not is_supported(statement, question, passages):
            return question
    return None
