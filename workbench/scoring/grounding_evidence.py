"""Reads passages into sentences, stems, quantities and acronyms, with which claims are compared.
Knows nothing about claims. A passage is read once and cached: a sweep scores the same passages often."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise, zip_longest

from workbench.scoring.clauses import split_cells, split_statements
from workbench.scoring.negations import NEGATIONS
from workbench.scoring.opposites import Relation, find_relations
from workbench.scoring.quantities import Quantity, find_quantities
from workbench.scoring.table_rows import Row, read_rows
from workbench.scoring.verbatim import VerbatimText, read_verbatim
from workbench.text import STOP_WORDS, UNSPACED, Span, stem, word_spans

NEGATING = NEGATIONS | frozenset("can't lack lacks lacked fail fails failed".split())
_CAPITALISED = r"(?:[A-ZÀ-ÖØ-Þ][\w’'-]{0,60})"  # with an end, or a long "word" takes quadratic time
RUN = re.compile(rf"{_CAPITALISED}(?:\s+(?:(?:of|the|and|for|de|in|on)\s+){{0,2}}{_CAPITALISED})+")
_ACRONYM = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z][A-Z0-9&]+s?\b")
_LONGEST_LETTERS = 6


HEAD = frozenset({"|"})
"""The key of a table's first row. It is no word, so that no claim names it."""
_RULE = re.compile(r"^\s*\|[\s:|-]*-[\s:|-]*$")
_UNSPACED = re.compile(UNSPACED)


def folded(word: str) -> str:
    """The word in lower case, without possessive and accents; "U.S." becomes "us"."""
    word = word.casefold().replace("’", "'").removesuffix("'s").removesuffix("'")
    if "." in word and not word[0].isdigit():
        word = word.replace(".", "")
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return word


@dataclass(frozen=True, slots=True)
class Token:
    """A word that is no stop word, or a part of a quantity."""

    stem: str
    """The form in which it is compared."""
    start: int
    """The offset in the text of its word or quantity."""
    end: int
    """The offset in the text after its word or quantity."""
    content: bool
    """Whether it is no stop word; always true, as stop words become no token."""
    quantity: bool
    """Whether it is a part of a quantity."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as claims and sentences are compared."""

    tokens: tuple[Token, ...]
    """Its words and quantities in order, without stop words."""
    stems: tuple[str, ...]
    """The stems of the tokens, in the same order."""
    quantities: tuple[Quantity, ...]
    """Its numbers, amounts and dates, in order."""
    negated: frozenset[str]
    """The stems and parts of quantities up to four words after a negation."""
    negations: int
    """The number of negations."""
    relations: frozenset[Relation]
    """Its "before", "above", "on" and the like, with the stem behind each."""


_NEGATION_REACH = 4
_DENIED = re.compile(
    r"\b(?:is|are|was|were|be) (?:an? )?(?:\w+ )?(?:myth|false|untrue|wrong|incorrect)\b"
    r"|\bnot (?:true|correct|right|the case)\b|\b(?:deny|denies|denied) that\b",
    re.IGNORECASE,
)


def is_unspaced(word: str) -> bool:
    """Whether a word is of a script without spaces between words."""
    return bool(_UNSPACED.match(word))


def character_pairs(word: str) -> list[str]:
    """The pairs of neighbouring characters of a text without spaces: each stands for a word."""
    return [word[i : i + 2] for i in range(max(1, len(word) - 1))]


def read_text(text: str) -> Reading:
    """Read a claim or a sentence."""
    quantities = find_quantities(text)
    tokens: list[Token] = []
    pending = deque(quantities)
    read_to = 0  # the end of the last quantity that has begun
    negated: set[str] = set()
    negations, reach = 0, 0
    for word in word_spans(text):
        while pending and pending[0].start <= word.start:
            q = pending.popleft()
            read_to = max(read_to, q.end)
            tokens.extend(Token(stem(t), q.start, q.end, True, True) for t in q.tokens)
            negated.update(q.tokens if reach else ())
        if word.start < read_to or (pending and pending[0].start < word.end):
            continue
        if is_unspaced(word.text):
            pairs = enumerate(character_pairs(word.text), word.start)
            tokens.extend(Token(pair, start, start + 2, True, False) for start, pair in pairs)
            continue
        plain = folded(word.text)
        if plain in NEGATING or plain.endswith("n't"):
            negations, reach = negations + 1, _NEGATION_REACH + 1
        content = plain not in STOP_WORDS and bool(plain)
        if content:
            tokens.append(Token(stem(plain), word.start, word.end, True, False))
        if reach:
            reach -= 1
            if content:
                negated.add(stem(plain))
    for q in pending:
        tokens.extend(Token(stem(t), q.start, q.end, True, True) for t in q.tokens)
    if _DENIED.search(text):
        negations = max(1, negations)
        negated.update(t.stem for t in tokens)
    stems = tuple(t.stem for t in tokens)
    relations = find_relations(text, [(t.start, t.stem) for t in tokens])
    return Reading(tuple(tokens), stems, tuple(quantities), frozenset(negated), negations, relations)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage."""

    passage: int
    """The index of its passage."""
    start: int
    """The offset in the passage of its first character."""
    end: int
    """The offset in the passage after its last character."""
    text: str
    reading: Reading
    key: frozenset[str] = frozenset()
    """The stems in the first cell of a table row or record, which says what it is about; HEAD of a table's
    head; empty for other text, and where that cell has no words, day or month."""
    title_offers: frozenset[str] = frozenset()
    """The offers of the quantities of its passage's title: the 15 of "Ember 15"."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """What is cached of a passage; the fields other than `sentences` are as in Evidence."""

    sentences: tuple[tuple[int, int, str, Reading, frozenset[str]], ...]
    """(start, end, text, reading, key) of each sentence, in order."""
    offers: frozenset[str]
    amounts: tuple[tuple[str, float], ...]
    acronyms: frozenset[str]
    initials: frozenset[str]
    words: frozenset[str]
    verbatim: VerbatimText
    rows: tuple[Row, ...]


def initials_of(run: str) -> set[str]:
    """The acronyms that a run of capitalised words may have, in lower case.

    They are the beginnings of its capitals, from two letters on, and all its initials, small words included:
    "The United States of America" may be us, usa or usoa.
    """
    words = re.findall(r"[^\W\d_][\w’']*", run)
    while words and words[0].lower() in STOP_WORDS:
        words.pop(0)
    capitals = "".join(w[0] for w in words if w[0].isupper()).lower()[:_LONGEST_LETTERS]
    initials = "".join(w[0] for w in words).lower()[:_LONGEST_LETTERS]
    return {capitals[:n] for n in range(2, len(capitals) + 1)} | ({initials} if len(initials) > 1 else set())


def _key_of(text: str) -> frozenset[str]:
    """The stems in the value of the first cell of a row or record, if it has words, a day or a month."""
    cells = split_cells(text)
    reading = read_text(cells[0].rpartition(": ")[2]) if cells else None
    if reading is None or all(t.quantity for t in reading.tokens) and not _names_a_day(reading):
        return frozenset()
    return frozenset(reading.stems)


def _names_a_day(reading: Reading) -> bool:
    return any(q.kind in ("weekday", "month") for q in reading.quantities)


def _with_keys(statements: Iterable[Span]) -> Iterator[tuple[Span, frozenset[str]]]:
    """Each statement with its key."""
    for statement, following in pairwise([*statements, None]):
        if statement is not None:
            is_head = following is not None and _RULE.match(following.text)
            yield statement, HEAD if is_head else _key_of(statement.text)


@lru_cache(maxsize=2048)
def _read_passage(text: str) -> _Passage:
    sentences = tuple(
        (s.start, s.end, s.text, read_text(s.text), key) for s, key in _with_keys(split_statements(text))
    )
    quantities = [q for s in sentences for q in s[3].quantities]
    return _Passage(
        sentences,
        frozenset(o for q in quantities for o in q.offers),
        tuple((q.kind, q.value) for q in quantities if q.value is not None),
        frozenset(folded(m.group().rstrip("s")) for m in _ACRONYM.finditer(text)),
        frozenset(i for m in RUN.finditer(text) for i in initials_of(m.group())),
        frozenset(folded(w.text) for w in word_spans(text)),
        read_verbatim(text),
        read_rows(text),
    )


@dataclass(frozen=True)
class Evidence:
    """The passages of an answer, read."""

    sentences: tuple[Sentence, ...]
    """The sentences of all passages, in order."""
    places: dict[str, list[int]]
    """Stem → indexes of the sentences that contain it."""
    offers: set[str]
    """The offers of all quantities (see Quantity.offers)."""
    amounts: list[tuple[str, float]]
    """(kind, value) of each quantity with a value."""
    acronyms: set[str]
    """The acronyms, in lower case and without a plural s."""
    initials: set[str]
    """The acronyms that runs of capitalised words may have (see initials_of)."""
    words: set[str]
    """All words, folded."""
    by_beginning: dict[str, list[str]] = field(default_factory=dict)
    """First BEGINNING characters → the stems that begin with them."""
    verbatim: tuple[VerbatimText, ...] = ()
    """The tokens of each passage."""
    rows: tuple[tuple[int, Row], ...] = ()
    """(index of the passage, row) of each table row and record."""


BEGINNING = 4  # characters that two stems share before they are compared as forms of one word


def read_evidence(
    passages: Sequence[str], titles: Sequence[str] = (), headers: Sequence[str] = ()
) -> Evidence:
    """Read the passages of an answer, given as texts.

    titles: what the prompt shows above each passage, in the same order. The words of a title count as words
    of each sentence of its passage.
    headers: the header rows that it shows between title and text, likewise. They are rows, too; their place
    is the beginning of their passage.
    """
    sentences: list[Sentence] = []
    places: dict[str, list[int]] = {}
    read = [_read_passage(text) for text in passages]
    above = zip_longest(titles, headers, fillvalue="")
    named = [_read_passage("\n".join(filter(None, pair))) for pair in above]
    for i, passage in enumerate(read):
        title = [reading for *_, reading, _ in named[i].sentences] if i < len(named) else []
        title_stems = {token for reading in title for token in reading.stems}
        title_offers = named[i].offers if i < len(named) else frozenset()
        for start, end, words, reading, key in passage.sentences:
            for token in {*reading.stems, *title_stems}:
                places.setdefault(token, []).append(len(sentences))
            sentences.append(Sentence(i, start, end, words, reading, key, title_offers))
    by_beginning: dict[str, list[str]] = {}
    for token in places:
        if len(token) >= BEGINNING:
            by_beginning.setdefault(token[:BEGINNING], []).append(token)
    both = [*read, *named]
    return Evidence(
        tuple(sentences),
        places,
        {offer for passage in both for offer in passage.offers},
        [amount for passage in both for amount in passage.amounts],
        {acronym for passage in both for acronym in passage.acronyms},
        {initials for passage in both for initials in passage.initials},
        {word for passage in both for word in passage.words},
        by_beginning,
        tuple(passage.verbatim for passage in read),
        (
            *((i, row) for i, passage in enumerate(read) for row in passage.rows),
            *((i, replace(row, start=0, end=0)) for i, text in enumerate(headers) for row in read_rows(text)),
        ),
    )
